// How often any one host is dialled, over all torrents: whoever fills trackers, the DHT or peer exchange with the address
// of a victim gets two connection attempts a minute out of us, however many ports and torrents he names.

import type { Clock } from '@ccbt/primitives'

const WINDOW_MS = 60_000
const DIALS_PER_WINDOW = 2
/** Hosts that are remembered; the oldest make room. */
const MAX_HOSTS = 10_000

/** Attempts per host. */
export class DialLimit {
  readonly #clock: Clock
  /** Moments of the last attempts; hosts in the order of their first. */
  readonly #attempts = new Map<string, number[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts an attempt; false when there were enough. */
  take(host: string): boolean {
    const now = this.#clock.now()
    const recent = (this.#attempts.get(host) ?? []).filter((at) => now - at < WINDOW_MS)
    if (recent.length >= DIALS_PER_WINDOW) return false
    recent.push(now)
    this.#attempts.delete(host)
    this.#attempts.set(host, recent)
    const [oldest] = this.#attempts.keys()
    if (this.#attempts.size > MAX_HOSTS && oldest !== undefined) this.#attempts.delete(oldest)
    return true
  }
}
