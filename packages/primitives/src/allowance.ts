// How much of something may be done: so much at once, and so much more as time goes by.

import type { Clock } from './clock.ts'

/** The bounds of an {@link Allowance}. */
export interface AllowanceBounds {
  /** What there is at the start, and what can be saved up. */
  readonly burst: number
  readonly perSecond: number
}

/** Counts what a stranger may cost us. */
export class Allowance {
  readonly #clock: Clock
  readonly #bounds: AllowanceBounds
  #left: number
  #updatedAtMs: number

  constructor(clock: Clock, bounds: AllowanceBounds) {
    this.#clock = clock
    this.#bounds = bounds
    this.#left = bounds.burst
    this.#updatedAtMs = clock.now()
  }

  /** Whether one more is allowed; counts it if so. */
  take(): boolean {
    return this.takeUpTo(1) === 1
  }

  /** Takes back one that turned out to be bounded by something else. */
  giveBack(): void {
    this.#left = Math.min(this.#bounds.burst, this.#left + 1)
  }

  /** How many of `count` are allowed, which are counted. */
  takeUpTo(count: number): number {
    const nowMs = this.#clock.now()
    const earned = ((nowMs - this.#updatedAtMs) * this.#bounds.perSecond) / 1000
    this.#left = Math.min(this.#bounds.burst, this.#left + earned)
    this.#updatedAtMs = nowMs
    const taken = Math.min(count, Math.floor(this.#left))
    this.#left -= taken
    return taken
  }
}
