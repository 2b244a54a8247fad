// Gets one part after the other: finds a connection, follows redirects by hand, because each hop is judged anew, and
// remembers where they led.

import type { Clock } from '@ccbt/primitives'

import type { AddressGuard } from '../address-guard.ts'
import type { Delivery } from '../delivery.ts'
import { addressRefused, fileUnavailable, httpStatus, isPermanentStatus, responseInvalid } from '../errors.ts'
import type { RequestPart } from '../request-plan.ts'
import { redirectTarget } from '../seed-url.ts'
import type { SeedUrl } from '../seed-url.ts'
import type { HttpConnection } from './connection.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { exchange } from './exchange.ts'
import type { Answer } from './exchange.ts'

const MAX_REDIRECTS = 5
/** Files whose redirects are remembered; of more, the one remembered first is forgotten. */
const MAX_REMEMBERED = 1024
/** Credentials and payment, a proxy's too, are about the server rather than the file. */
const SERVER_STATUSES: ReadonlySet<number> = new Set([401, 402, 407])

/** What a {@link Requester} works with. */
export interface RequesterOptions {
  readonly origin: SeedUrl
  readonly guard: AddressGuard
  readonly pool: ConnectionPool
  readonly clock: Clock
  readonly userAgent: string
}

/** Makes the requests of one web seed. */
export class Requester {
  readonly #options: RequesterOptions
  /** By index of the file: where its last redirect led. */
  readonly #remembered = new Map<number, SeedUrl>()

  constructor(options: RequesterOptions) {
    this.#options = options
  }

  /** Gets `part`. Rejects with WEB_SEED_*, ABORTED, or what the sink throws. */
  async get(part: RequestPart, delivery: Delivery): Promise<void> {
    const remembered = part.file && this.#remembered.get(part.file.index)
    if (part.file === undefined || remembered === undefined) return await this.#getAnew(part, delivery)
    const before = delivery.bytes
    try {
      await this.#follow(remembered, part, delivery)
    } catch (error) {
      this.#remembered.delete(part.file.index)
      // Such URLs expire; nothing is lost as long as no byte has come.
      if (delivery.signal.aborted || delivery.bytes > before) throw error
      await this.#getAnew(part, delivery)
    }
  }

  async #getAnew(part: RequestPart, delivery: Delivery): Promise<void> {
    const from = { ...this.#options.origin, path: part.path }
    const url = await this.#follow(from, part, delivery)
    if (url === from || part.file === undefined) return
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!)
    this.#remembered.set(part.file.index, url)
  }

  /** Gets `part` from `from` or where that redirects to; returns the URL that had it. */
  async #follow(from: SeedUrl, part: RequestPart, delivery: Delivery): Promise<SeedUrl> {
    const { label } = this.#options.origin
    let url = from
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      this.#options.guard.check(url)
      const answer = await this.#ask(url, part, delivery)
      if (answer.kind === 'done') return url
      if (answer.kind === 'refused') throw refusal(answer, part, url.label)
      const next = redirectTarget(answer.location, url)
      if (next === undefined) throw addressRefused(label, 'it redirects from https to http, or to no web address')
      url = next
    }
    throw responseInvalid(label, `more than ${MAX_REDIRECTS} redirects`)
  }

  async #ask(url: SeedUrl, part: RequestPart, delivery: Delivery): Promise<Exclude<Answer, { kind: 'stale' }>> {
    await delivery.flow.whileOpen(delivery.signal)
    const kept = this.#options.pool.take(url)
    const answer = kept === undefined ? undefined : await this.#exchange(kept, url, { part, delivery })
    if (answer !== undefined && answer.kind !== 'stale') return answer
    const connection = await this.#options.pool.open(url, delivery.signal)
    const second = await this.#exchange(connection, url, { part, delivery })
    if (second.kind === 'stale') throw responseInvalid(url.label, 'none')
    return second
  }

  #exchange(
    connection: HttpConnection,
    url: SeedUrl,
    { part, delivery }: { readonly part: RequestPart; readonly delivery: Delivery },
  ): Promise<Answer> {
    const { pool, clock, userAgent } = this.#options
    return exchange({
      connection,
      request: requestText(url, part, userAgent),
      part,
      delivery,
      clock,
      host: url.label,
      keep: () => pool.keep(url, connection),
    })
  }
}

function refusal(answer: Extract<Answer, { kind: 'refused' }>, part: RequestPart, host: string): Error {
  const { status, retryAfterMs } = answer
  const isOfFile = part.file !== undefined && isPermanentStatus(status) && !SERVER_STATUSES.has(status)
  return isOfFile
    ? fileUnavailable(host, part.file.index, `HTTP status ${status}`)
    : httpStatus(host, status, retryAfterMs)
}

function requestText(url: SeedUrl, { file, length }: RequestPart, userAgent: string): string {
  const lines = [
    `GET ${url.path} HTTP/1.1`,
    `Host: ${url.label}`,
    `User-Agent: ${userAgent}`,
    'Accept: */*',
    'Accept-Encoding: identity',
  ]
  if (file !== undefined) lines.push(`Range: bytes=${file.start}-${file.start + length - 1}`)
  if (url.auth !== undefined) lines.push(`Authorization: Basic ${Buffer.from(url.auth).toString('base64')}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
