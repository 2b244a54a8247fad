// The real clock and random numbers; everything else gets them injected.

import { randomBytes } from 'node:crypto'

import type { Clock, Random } from '@ccbt/primitives'

/** Longest delay that a node timer takes. */
const MAX_TIMER_MS = 2_147_483_647

/** Monotonic time of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(ms, 0), MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
}

/** The time of day as this computer has it. */
export const systemWallClock = (): Date => new Date()

/** Random numbers from the system's generator, fetched 1 KiB at a time. */
export function createSystemRandom(): Random {
  let pool = randomBytes(1024)
  let at = 0
  return {
    u32() {
      if (at === pool.length) {
        pool = randomBytes(1024)
        at = 0
      }
      const value = pool.readUInt32LE(at)
      at += 4
      return value
    },
  }
}
