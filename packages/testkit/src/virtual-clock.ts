// Time that moves only when a test says so. Timers fire in the order of their moments, ties in the order of their
// making; between two of them every promise chain that the first one started runs to its end.

import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Cancel, Clock } from '@ccbt/primitives'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

/**
 * A {@link Clock} in virtual time, starting at 0.
 * @example
 * const clock = new VirtualClock()
 * clock.after(60_000, () => announce())
 * await clock.advance(60_000)
 */
export class VirtualClock implements Clock {
  #now = 0
  // A set keeps the order of insertion, which decides between timers of the same moment.
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): Cancel {
    const timer = { at: this.#now + Math.max(0, ms), fn }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Timers that have neither fired nor been cancelled: 0 when nothing leaks. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Moves time on by `ms` milliseconds and fires what becomes due; 0 only lets promises settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await nextTurn()
    for (let timer = this.#nextDue(end); timer !== undefined; timer = this.#nextDue(end)) {
      this.#timers.delete(timer)
      this.#now = timer.at
      timer.fn()
      await nextTurn()
    }
    this.#now = end
  }

  #nextDue(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
}
