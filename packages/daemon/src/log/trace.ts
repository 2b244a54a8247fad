// Looking closely for a while: lines of one peer or one torrent are kept whatever their level. A trace ends by itself, so that
// nobody who has gone keeps one running.

/** What is looked at; everything that is given has to fit. */
export interface TraceFilter {
  /** `host` or `host:port`. */
  readonly peer?: string
  /** Beginning of a torrent's info-hash. */
  readonly infoHash?: string
}

const MAX_TRACES = 20
const MAX_TRACE_MS = 600_000

/** The traces that run. */
export class Traces {
  readonly #now: () => number
  #traces: { readonly filter: TraceFilter; readonly endsAtMs: number }[] = []

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Begins one, or lets it go on; of too many the one that ends first ends now. */
  start(filter: TraceFilter, durationMs: number): void {
    const endsAtMs = this.#now() + Math.min(durationMs, MAX_TRACE_MS)
    const others = this.#traces.filter(
      ({ filter: { peer, infoHash } }) => peer !== filter.peer || infoHash !== filter.infoHash,
    )
    this.#traces = [...others, { filter, endsAtMs }].sort((a, b) => a.endsAtMs - b.endsAtMs).slice(-MAX_TRACES)
  }

  /** Nobody has looked for a while. */
  get isIdle(): boolean {
    return this.#traces.length === 0
  }

  /** Whether something about this peer (`host:port`, or '') and torrent (or '') is looked at. */
  covers(peer: string, infoHash: string): boolean {
    if (this.#traces.length === 0) return false
    const now = this.#now()
    this.#traces = this.#traces.filter(({ endsAtMs }) => endsAtMs > now)
    return this.#traces.some(({ filter }) => fits(filter, peer, infoHash))
  }
}

function fits(filter: TraceFilter, peer: string, infoHash: string): boolean {
  if (filter.infoHash !== undefined && (infoHash === '' || !infoHash.startsWith(filter.infoHash))) return false
  if (filter.peer === undefined) return filter.infoHash !== undefined
  return peer === filter.peer || (peer !== '' && peer.slice(0, peer.lastIndexOf(':')) === filter.peer)
}
