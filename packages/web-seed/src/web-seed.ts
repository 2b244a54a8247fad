// One web seed of one torrent: fetches ranges of the torrent's byte space from it. Knows nothing of pieces' hashes, of
// pickers or stores; whoever fetches checks the bytes and decides what wrong ones mean.

import { setImmediate as nextTurn } from 'node:timers/promises'

import { bug, isCcbtError } from '@ccbt/primitives'
import type { CcbtError } from '@ccbt/primitives'

import { AddressGuard, systemResolve } from './address-guard.ts'
import { Delivery } from './delivery.ts'
import type { RangeSink } from './delivery.ts'
import { Flow } from './flow.ts'
import { Health } from './health.ts'
import { ConnectionPool } from './http/connection-pool.ts'
import { Requester } from './http/requester.ts'
import type { SeedTorrent, WebSeedOptions } from './options.ts'
import type { FetchFailure, FetchOutcome, WebSeedState } from './outcome.ts'
import { filePlanner, piecePlanner } from './request-plan.ts'
import type { Part, Planner, TorrentRange } from './request-plan.ts'
import { parseSeedUrl } from './seed-url.ts'
import type { SeedUrl } from './seed-url.ts'
import { Turns } from './turns.ts'

/** What nginx and most others let one client have without asking questions. */
const MAX_CONNECTIONS = 4
/** Zeros delivered at once; in between pauses and aborts are seen. */
const ZEROS_BYTES = 65_536
const DONE: FetchOutcome = { kind: 'done' }
const ABORTED: FetchOutcome = { kind: 'aborted' }

/** A fetch under way. */
export interface FetchHandle {
  /** Rejects only with what the sink throws, and for mistakes of the caller. */
  readonly result: Promise<FetchOutcome>
  /** Holds the server back: it is read from no more until `resume`. */
  pause(): void
  resume(): void
}

/** A web seed. Disposing it ends its fetches as `aborted` and closes its connections. */
export interface WebSeed extends Disposable {
  /**
   * Fetches a range of the torrent: one request per file, or per piece of `httpseeds`, on a connection that is kept; pad
   * files are zeros made here. Of fetches that are made at once, `maxConnections` run and up to 64 wait.
   */
  fetch(range: TorrentRange, sink: RangeSink, signal: AbortSignal): FetchHandle
  readonly state: WebSeedState
}

/**
 * A client of one web seed.
 * @throws WEB_SEED_URL_UNSUPPORTED
 * @example
 * using seed = createWebSeed({ url, style: 'url-list', ...torrent, userAgent, clock })
 * const fetch = seed.fetch({ offset: 0, length: pieceLength }, { data: (bytes) => piece.append(bytes) }, signal)
 * if ((await fetch.result).kind === 'done') verify(piece)
 */
export function createWebSeed(options: WebSeedOptions): WebSeed {
  return new HttpWebSeed(options, parseSeedUrl(options.url))
}

class HttpWebSeed implements WebSeed {
  readonly #torrent: SeedTorrent
  readonly #host: string
  readonly #plan: Planner
  readonly #pool: ConnectionPool
  readonly #requester: Requester
  readonly #health: Health
  readonly #turns: Turns
  readonly #closing = new AbortController()
  #bytes = 0

  constructor(options: WebSeedOptions, origin: SeedUrl) {
    const { clock, userAgent, bind, proxy, resolve = systemResolve, maxConnections = MAX_CONNECTIONS } = options
    const { refusal } = options
    const way = { ...(bind === undefined ? {} : { bind }), ...(proxy === undefined ? {} : { proxy }) }
    const allowsLocal = options.allowLocal ?? false
    const rules = { allowsLocal, isProxied: proxy !== undefined, ...(refusal === undefined ? {} : { refusal }) }
    const guard = new AddressGuard({ origin, resolve, ...rules, ...way })
    this.#torrent = options
    this.#host = origin.label
    this.#plan = (options.style === 'url-list' ? filePlanner : piecePlanner)(options, origin)
    this.#pool = new ConnectionPool({ guard, clock, maxIdle: maxConnections, ...way })
    this.#requester = new Requester({ origin, guard, pool: this.#pool, clock, userAgent })
    this.#health = new Health(clock, options.isMultiFile)
    this.#turns = new Turns(maxConnections)
  }

  get state(): WebSeedState {
    const { failures, isGone, missingFiles, reason, waitMs } = this.#health
    return {
      host: this.#host,
      running: this.#turns.running,
      bytes: this.#bytes,
      failures,
      isGone,
      missingFiles,
      ...(waitMs === 0 ? {} : { nextTryInMs: waitMs }),
      ...(reason === undefined ? {} : { reason }),
    }
  }

  fetch(range: TorrentRange, sink: RangeSink, signal: AbortSignal): FetchHandle {
    const { offset, length } = range
    const isInside = offset >= 0 && length > 0 && offset + length <= this.#torrent.totalLength
    if (!isInside || !Number.isInteger(offset) || !Number.isInteger(length)) throw bug('range outside the torrent')
    const flow = new Flow()
    const delivery = new Delivery(sink, flow, AbortSignal.any([signal, this.#closing.signal]))
    return { result: this.#run(range, delivery), pause: () => flow.pause(), resume: () => flow.resume() }
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    this.#pool[Symbol.dispose]()
  }

  async #run({ offset, length }: TorrentRange, delivery: Delivery): Promise<FetchOutcome> {
    if (delivery.signal.aborted) return ABORTED
    try {
      for (;;) {
        const rest = { offset: offset + delivery.bytes, length: length - delivery.bytes }
        const outcome = await this.#takeTurn(rest, delivery)
        if (outcome !== 'crowded') return outcome
      }
    } catch (error) {
      if (isCcbtError(error, 'ABORTED')) return ABORTED
      throw error
    }
  }

  /** `crowded`: the server has enough of us; the rest has to wait until another fetch has ended. */
  async #takeTurn(range: TorrentRange, delivery: Delivery): Promise<FetchOutcome | 'crowded'> {
    using _turn = await this.#turns.take(delivery.signal)
    try {
      const refusal = this.#health.refusal ?? this.#missingFile(range)
      if (refusal !== undefined) return refusal
      for (const part of this.#plan(range)) await this.#deliver(part, delivery)
      this.#health.succeeded()
      return DONE
    } catch (error) {
      if (!isSeedError(error)) throw error
      if (isCrowded(error) && this.#turns.lower()) return 'crowded'
      this.#turns.restore()
      return this.#health.failed(error)
    }
  }

  /** Looked at before the first byte, so that nothing is fetched that cannot be completed. */
  #missingFile(range: TorrentRange): FetchFailure | undefined {
    if (this.#health.missingFiles === 0) return undefined
    for (const part of this.#plan(range)) {
      const fileIndex = part.kind === 'request' ? part.file?.index : undefined
      const refusal = fileIndex === undefined ? undefined : this.#health.fileRefusal(fileIndex)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  async #deliver(part: Part, delivery: Delivery): Promise<void> {
    if (part.kind === 'zeros') return await deliverZeros(part.length, delivery)
    const before = delivery.bytes
    try {
      await this.#requester.get(part, delivery)
    } finally {
      this.#bytes += delivery.bytes - before
    }
  }
}

async function deliverZeros(length: number, delivery: Delivery): Promise<void> {
  const zeros = new Uint8Array(Math.min(length, ZEROS_BYTES))
  for (let left = length; left > 0; left -= zeros.length) {
    await delivery.flow.whileOpen(delivery.signal)
    delivery.data(left < zeros.length ? zeros.subarray(0, left) : zeros)
    await nextTurn()
  }
}

/** The server takes no more requests at the moment, from us or from anybody. */
function isCrowded(error: CcbtError): boolean {
  return isCcbtError(error, 'WEB_SEED_HTTP_STATUS') && (error.context.status === 429 || error.context.status === 503)
}

function isSeedError(error: unknown): error is CcbtError {
  return isCcbtError(error) && error.code.startsWith('WEB_SEED_')
}
