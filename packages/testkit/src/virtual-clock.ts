// Time that moves only when a test says so. Timers fire in the order of their moments, ties in the order of their
// making; between two of them everything that the first one started comes to rest.

import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Cancel, Clock } from '@ccbt/primitives'

import { TimerHeap } from './timer-heap.ts'

/** What node calls operations on files. */
const FILE_WORK: ReadonlySet<string> = new Set(['FSReqPromise', 'FSReqCallback', 'CloseReq'])

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

  /** Moves time on until a promise is settled, and gives what became of it. */
  async until<T>(promise: PromiseLike<T>): Promise<T> {
    const pending = { isSettled: false }
    const settled = (): void => void (pending.isSettled = true)
    promise.then(settled, settled)
    for (await this.advance(0); !pending.isSettled;) await this.advance(1)
    return promise
  }
}

/** Lets everything come to rest that takes no virtual time. */
async function rest(): Promise<void> {
  do {
    await nextTurn()
    // A promise chain may have asked for one more turn.
    await nextTurn()
  } while (process.getActiveResourcesInfo().some((name) => FILE_WORK.has(name)))
}
