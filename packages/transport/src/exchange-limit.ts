// How many key exchanges strangers may cost us: a token bucket.

import type { Clock } from '@ccbt/primitives'

/** One costs 0.2 ms (bench/micro/rc4.bench.ts): 2 % of a core. */
const RATE_PER_SECOND = 100

/** A swarm that comes back at once after our restart. */
const BURST = 200

/** Counts the key exchanges of incoming connections. */
export class ExchangeLimit {
  readonly #clock: Clock
  #tokens = BURST
  #updatedAtMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#updatedAtMs = clock.now()
  }

  /** Whether there may be another one now; counts it if so. */
  take(): boolean {
    const nowMs = this.#clock.now()
    const earned = ((nowMs - this.#updatedAtMs) * RATE_PER_SECOND) / 1000
    this.#tokens = Math.min(BURST, this.#tokens + earned)
    this.#updatedAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
