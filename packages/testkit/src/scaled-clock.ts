import type { Clock } from '@ccbt/primitives'

/**
 * A {@link Clock} that runs `speed` times faster than real time, for waits beside real sockets.
 * @example const clock = scaledClock(100) // a 15 s timeout passes in 150 ms
 */
export function scaledClock(speed = 1): Clock {
  const start = performance.now()
  return {
    now: () => (performance.now() - start) * speed,
    after(ms, fn) {
      const timer = setTimeout(fn, ms / speed)
      return () => clearTimeout(timer)
    },
  }
}
