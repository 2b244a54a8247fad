// Lookups wait here for their turn, so that a session with ten thousand torrents neither floods its network (each lookup
// sends 30 to 80 datagrams to as many addresses, each of which is an entry in some router's table) nor its own loop.

import type { Cancel, Clock } from '@ccbt/primitives'

import { lookupAborted, tooManyLookups } from './errors.ts'

/** More than that many torrents are not announced: `run` throws. */
const MAX_WAITING = 65_536

/** How many lookups run. */
export interface LookupPace {
  /** At the same time; also how many may start at once. */
  readonly active: number
  /** Starts per second. */
  readonly perS: number
}

interface Waiting {
  readonly start: () => void
}

/** Starts work in the order in which it came. */
export class LookupQueue implements Disposable {
  readonly #clock: Clock
  readonly #pace: LookupPace
  readonly #waiting = new Set<Waiting>()
  #active = 0
  #credit: number
  #creditAt: number
  #cancelTimer: Cancel | undefined

  constructor(clock: Clock, pace: LookupPace) {
    this.#clock = clock
    this.#pace = pace
    this.#credit = pace.active
    this.#creditAt = clock.now()
  }

  get active(): number {
    return this.#active
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Runs `work` when it is its turn. Rejects with ABORTED when `signal` comes first, with DHT_BUSY when too many wait. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw lookupAborted()
    if (this.#waiting.size >= MAX_WAITING) throw tooManyLookups(this.#waiting.size)
    await this.#turn(signal)
    try {
      return await work()
    } finally {
      this.#active--
      this.#pump()
    }
  }

  /** Lets everything that waits start: what it is to work with is closed and ends it at once. */
  [Symbol.dispose](): void {
    this.#cancelTimer?.()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const { start } of waiting) start()
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => {
      this.#waiting.delete(waiting)
      reject(lookupAborted())
    }
    const waiting: Waiting = {
      start: () => {
        this.#active++
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.add(waiting)
    this.#pump()
    return promise
  }

  #pump(): void {
    this.#refill()
    for (const waiting of this.#waiting) {
      if (this.#active >= this.#pace.active) return
      if (this.#credit < 1) return this.#pumpLater()
      this.#credit--
      this.#waiting.delete(waiting)
      waiting.start()
    }
  }

  #refill(): void {
    const now = this.#clock.now()
    const earned = ((now - this.#creditAt) / 1000) * this.#pace.perS
    this.#credit = Math.min(this.#pace.active, this.#credit + earned)
    this.#creditAt = now
  }

  #pumpLater(): void {
    this.#cancelTimer ??= this.#clock.after(1000 / this.#pace.perS, () => {
      this.#cancelTimer = undefined
      this.#pump()
    })
  }
}
