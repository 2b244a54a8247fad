// Time that moves only when a test says so. Timers fire in the order of their moments, ties in the order of their
// making; between two of them everything that the first one started comes to rest.

import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Cancel, Clock } from '@ccbt/primitives'

import { TimerHeap } from './timer-heap.ts'

/** What node calls work that goes on by itself and ends soon: turns of the event loop and operations on files. */
const WORK: ReadonlySet<string> = new Set(['Immediate', 'FSReqPromise', 'FSReqCallback', 'CloseReq'])

/**
 * A {@link Clock} in virtual time, starting at 0.
 *
 * Between two timers promise chains run to their end, `setImmediate` callbacks run, and operations on real files are
 * waited for: none of them takes virtual time, so that a run depends on nothing but the order of timers. What comes
 * from sockets, workers and real timers is not waited for.
 * @example
 * const clock = new VirtualClock()
 * clock.after(60_000, () => announce())
 * await clock.advance(60_000)
 */
export class VirtualClock implements Clock {
  #now = 0
  readonly #timers = new TimerHeap()

  now(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#timers.add(this.#now + Math.max(0, ms), fn)
  }

  /** Timers that have neither fired nor been cancelled: 0 when nothing leaks. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Moves time on by `ms` milliseconds and fires what becomes due; 0 only lets promises settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await rest()
    for (let timer = this.#timers.take(end); timer !== undefined; timer = this.#timers.take(end)) {
      this.#now = timer.at
      timer.fn()
      await rest()
    }
    this.#now = end
  }
}

/** Returns when nothing goes on that ends by itself. */
async function rest(): Promise<void> {
  do await nextTurn()
  while (process.getActiveResourcesInfo().some((name) => WORK.has(name)))
}
