// A clock for tests with real sockets. On a machine with other work a process stands still for a tenth of a second now
// and then: at a hundredfold speed that would be a time-out of everybody who waits. Such a pause does not count here.

import type { Clock } from '@ccbt/primitives'

/** Real milliseconds between two beats while somebody waits. */
const BEAT_MS = 1

/** What counts between two beats at most; the rest is a pause. */
const MAX_STEP_MS = 4

const MAX_TIMER_MS = 2_147_483_647

/**
 * A {@link Clock} that runs `speed` times faster than real time, for waits beside real sockets. While timers are
 * pending, no turn of the event loop takes more than four real milliseconds of it, however long it lasts.
 * @example const clock = scaledClock(100) // a 15 s timeout passes in 150 ms
 */
export function scaledClock(speed = 1): Clock {
  const time = new CountedTime()
  const now = (): number => time.now() * speed
  return {
    now,
    after(ms, fn) {
      const dueMs = now() + ms
      const stop = time.count()
      const look = (): void => {
        const restMs = dueMs - now()
        if (restMs > 0) return arm(restMs)
        stop()
        fn()
      }
      let timer: NodeJS.Timeout
      const arm = (restMs: number): void => {
        timer = setTimeout(look, Math.min(restMs / speed, MAX_TIMER_MS))
      }
      arm(ms)
      return () => {
        clearTimeout(timer)
        stop()
      }
    },
  }
}

/** Real time; while somebody counts it, without its pauses. */
class CountedTime {
  #ms = 0
  #at = performance.now()
  #beat: NodeJS.Timeout | undefined
  readonly #counting = new Set<symbol>()

  now(): number {
    const passed = performance.now() - this.#at
    return this.#ms + (this.#beat === undefined ? passed : Math.min(passed, MAX_STEP_MS))
  }

  /** Leaves pauses out until the returned function is called. */
  count(): () => void {
    const mine = Symbol('count')
    this.#counting.add(mine)
    if (this.#beat === undefined) {
      this.#step()
      this.#beat = setInterval(() => this.#step(), BEAT_MS).unref()
    }
    return () => {
      if (!this.#counting.delete(mine) || this.#counting.size > 0) return
      this.#step()
      clearInterval(this.#beat)
      this.#beat = undefined
    }
  }

  #step(): void {
    this.#ms = this.now()
    this.#at = performance.now()
  }
}
