/** Stops a timer; calling it again does nothing. */
export type Cancel = () => void

/** Monotonic time. Injected everywhere, so that simulations run on virtual time. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Runs `fn` once after `ms` milliseconds. */
  after(ms: number, fn: () => void): Cancel
}

/** A source of random numbers; seeded in tests. */
export interface Random {
  /** A uniformly distributed unsigned 32-bit integer. */
  u32(): number
}

/** A uniformly distributed integer in `[0, bound)`; `bound` is 1 to 2^32. */
export function randomBelow(random: Random, bound: number): number {
  // Multiply-shift instead of modulo: the bias is below bound / 2^32.
  return Math.floor((random.u32() / 4_294_967_296) * bound)
}

/**
 * A small deterministic generator (mulberry32) for tests and simulations; not for secrets.
 * @example const random = seededRandom(7)
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    u32(): number {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return (t ^ (t >>> 14)) >>> 0
    },
  }
}
