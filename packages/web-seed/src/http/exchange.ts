// One request and its answer on one connection. Whatever happens, the promise is settled once, and the connection is by
// then either ready for the next request or closed.

import type { Clock } from '@ccbt/primitives'

import { aborted, connectionLost, responseInvalid, timedOut, tooSlow } from '../errors.ts'
import type { Delivery } from '../delivery.ts'
import type { Pausable } from '../flow.ts'
import type { RequestPart } from '../request-plan.ts'
import type { ConnectionHandler, HttpConnection } from './connection.ts'
import { HttpSyntaxError } from './line-reader.ts'
import { MINIMUM_BPS, PaceWatch, SILENCE_MS } from './pace-watch.ts'
import type { Stall } from './pace-watch.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseParser } from './response-parser.ts'
import type { ResponseHandler } from './response-parser.ts'
import { retryAfterMs } from './retry-after.ts'
import { judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** Body of a redirect or refusal that is read so that the connection can be kept. */
const MAX_REFUSAL_BYTES = 16_384
/** Beginning of a refusal's body that is looked at. */
const MAX_TEXT_BYTES = 64

/** What came of a request. */
export type Answer =
  /** All bytes are delivered. */
  | { readonly kind: 'done' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | undefined }
  /** The server had closed the connection, which was not new, before it could see the request. */
  | { readonly kind: 'stale' }

/** What to ask, of whom. */
export interface ExchangeOptions {
  readonly connection: HttpConnection
  /** The request as sent. */
  readonly request: string
  /** What it asks for. */
  readonly part: RequestPart
  readonly delivery: Delivery
  readonly clock: Clock
  /** The server's name for messages. */
  readonly host: string
  /** Takes the connection when another request may follow. */
  readonly keep: () => void
}

/** Makes the request. Rejects with WEB_SEED_*, ABORTED, or what the sink throws. */
export function exchange(options: ExchangeOptions): Promise<Answer> {
  return new Exchange(options).answer
}

class Exchange implements ConnectionHandler, ResponseHandler, Pausable {
  readonly #options: ExchangeOptions
  readonly #parser = new ResponseParser(this)
  readonly #watch: PaceWatch
  readonly #result = Promise.withResolvers<Answer>()
  #isSettled = false
  #hasReceived = false
  #head: ResponseHead | undefined
  #verdict: Verdict | undefined
  #bodyBytes = 0
  #text = ''

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#watch = new PaceWatch(options.clock, this.#stalled)
    const { connection, request, delivery } = options
    delivery.signal.addEventListener('abort', this.#abort, { once: true })
    delivery.flow.attach(this)
    connection.send(request, this)
    if (delivery.signal.aborted) this.#abort()
  }

  get answer(): Promise<Answer> {
    return this.#result.promise
  }

  pause(): void {
    this.#watch.pause()
    this.#options.connection.pause()
  }

  resume(): void {
    this.#watch.resume()
    this.#options.connection.resume()
  }

  data(bytes: Uint8Array): void {
    if (this.#isSettled) return
    this.#hasReceived = true
    this.#watch.received(bytes.length)
    try {
      this.#parser.push(bytes)
    } catch (error) {
      // What comes after the answer only costs the connection; what the sink throws counts.
      if (!this.#parser.isComplete || !(error instanceof HttpSyntaxError)) return this.#fail(error)
    }
    if (this.#parser.isComplete || this.#hasAll()) this.#finish()
  }

  closed(cause: unknown): void {
    if (this.#isSettled) return
    const isStale = !this.#hasReceived && this.#options.connection.requests > 1
    if (isStale) this.#resolve({ kind: 'stale' })
    else if (this.#parser.finish()) this.#finish()
    else this.#fail(connectionLost(this.#options.host, cause))
  }

  head(head: ResponseHead): number {
    const { part, host } = this.#options
    this.#head = head
    this.#verdict = judge(head, part, host)
    return this.#verdict.kind === 'body' ? part.length : MAX_REFUSAL_BYTES
  }

  body(bytes: Uint8Array): void {
    this.#bodyBytes += bytes.length
    if (this.#verdict?.kind === 'body') this.#options.delivery.data(bytes)
    else if (this.#text.length < MAX_TEXT_BYTES)
      this.#text += String.fromCharCode(...bytes.subarray(0, MAX_TEXT_BYTES - this.#text.length))
  }

  /** All bytes asked for, when the end of the connection would be the end of the body: it is not waited for. */
  #hasAll(): boolean {
    return this.#head?.framing.kind === 'close' && this.#isBody() && this.#bodyBytes === this.#options.part.length
  }

  #isBody(): boolean {
    return this.#verdict?.kind === 'body'
  }

  #finish(): void {
    if (!this.#isBody()) return this.#resolve(this.#refusal())
    const { part, host } = this.#options
    if (this.#bodyBytes === part.length) this.#resolve({ kind: 'done' })
    // Nothing tells the end of such a body from the loss of the connection.
    else if (this.#head?.framing.kind === 'close') this.#reject(connectionLost(host, undefined))
    else this.#reject(responseInvalid(host, `${this.#bodyBytes} bytes instead of ${part.length}`))
  }

  /** Once the head has refused, nothing that follows makes a difference. */
  #fail(error: unknown): void {
    if (this.#verdict !== undefined && !this.#isBody()) this.#resolve(this.#refusal())
    else this.#reject(error instanceof HttpSyntaxError ? responseInvalid(this.#options.host, error.message) : error)
  }

  #refusal(): Answer {
    if (this.#verdict?.kind === 'redirect') return this.#verdict
    const { status, fields } = this.#head!
    return { kind: 'refused', status, retryAfterMs: retryAfterMs({ fields, text: this.#text }, Date.now()) }
  }

  #resolve(answer: Answer): void {
    this.#end()
    this.#result.resolve(answer)
  }

  #reject(error: unknown): void {
    this.#end()
    this.#result.reject(error)
  }

  #end(): void {
    this.#isSettled = true
    this.#watch[Symbol.dispose]()
    const { delivery, connection, keep } = this.#options
    delivery.flow.attach(undefined)
    delivery.signal.removeEventListener('abort', this.#abort)
    if (this.#parser.isReusable) keep()
    else connection[Symbol.dispose]()
  }

  readonly #abort = (): void => {
    if (!this.#isSettled) this.#reject(aborted())
  }

  readonly #stalled = (stall: Stall): void => {
    const { host } = this.#options
    this.#fail(stall === 'silent' ? timedOut(host, SILENCE_MS) : tooSlow(host, MINIMUM_BPS))
  }
}
