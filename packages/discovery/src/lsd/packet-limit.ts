import type { Clock } from '@ccbt/primitives'

/** Datagrams per second that are looked at: more than a crowded network's worth. */
const RATE_PPS = 10
/** So many may come at once. */
const BURST = 50

/** Says how many datagrams are looked at, whoever sends them; the others are not worth the time. */
export class PacketLimit {
  readonly #clock: Clock
  #left = BURST
  #filledAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#filledAt = clock.now()
  }

  /** Whether one more may be looked at. */
  take(): boolean {
    const now = this.#clock.now()
    this.#left = Math.min(BURST, this.#left + ((now - this.#filledAt) / 1000) * RATE_PPS)
    this.#filledAt = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
