// A rate limit with debt: whoever finds the bucket not empty may take all it needs, and the next one waits until the
// debt is paid. So a 256 KiB read needs no splitting and the long-run rate is exact.

import type { Clock } from '@ccbt/primitives'

/** How much may be saved up while nobody takes anything. */
const BURST_MS = 100

/** A limit in bytes per second; 0 = none. */
export class TokenBucket {
  readonly #clock: Clock
  #rateBps: number
  #tokens = 0
  #updatedAt: number

  constructor(clock: Clock, rateBps: number) {
    this.#clock = clock
    this.#rateBps = rateBps
    this.#updatedAt = clock.now()
  }

  get rateBps(): number {
    return this.#rateBps
  }

  /** Changes the limit; debts made under the old one are forgotten. */
  setRate(rateBps: number): void {
    this.#rateBps = rateBps
    this.#tokens = 0
    this.#updatedAt = this.#clock.now()
  }

  take(bytes: number): void {
    if (this.#rateBps > 0) this.#tokens -= bytes
  }

  /** Bytes that may be taken now without debt: 0 while there is debt, `Infinity` without a limit. */
  available(nowMs: number = this.#clock.now()): number {
    if (this.#rateBps === 0) return Number.POSITIVE_INFINITY
    this.#fill(nowMs)
    return Math.max(0, this.#tokens)
  }

  /** Milliseconds until something may be taken; 0 = now. */
  waitMs(nowMs: number = this.#clock.now()): number {
    if (this.#rateBps === 0) return 0
    this.#fill(nowMs)
    return this.#tokens > 0 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#rateBps)
  }

  /** Whether so much is saved up already that more would soon be lost. */
  isWasting(bytes: number): boolean {
    return this.#rateBps > 0 && bytes > (this.#rateBps * BURST_MS) / 2000
  }

  #fill(nowMs: number): void {
    const earned = ((nowMs - this.#updatedAt) * this.#rateBps) / 1000
    this.#tokens = Math.min(this.#tokens + earned, (this.#rateBps * BURST_MS) / 1000 + 1)
    this.#updatedAt = nowMs
  }
}
