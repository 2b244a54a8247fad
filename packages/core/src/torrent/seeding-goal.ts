// When a torrent has seeded enough, and what happens then.

import type { AddOptions } from '../options.ts'

/** Which goal it was: bytes up per byte of the torrent, time since it began to seed, or time since it last sent. */
export type SeedingGoalKind = 'ratio' | 'time' | 'idle'

/**
 * `stop`: the torrent is finished. `remove`: it leaves the session as well. `throttle`: it goes on at 10 KiB/s at most.
 * `superseed`: it goes on with super-seeding (BEP 16).
 */
export type SeedingGoalAction = 'stop' | 'remove' | 'throttle' | 'superseed'

/** Upload limit of a torrent that goes on throttled. */
export const THROTTLED_BPS = 10_240

/** How far a torrent is. */
export interface SeedingProgress {
  readonly nowMs: number
  /** Over all runs. */
  readonly uploaded: number
  readonly size: number
  readonly seedingSinceMs: number
}

/** When a torrent has seeded enough, and what happens then; as in the options with which it was added. */
export type SeedingGoals = Pick<AddOptions, 'seedRatio' | 'seedTimeMs' | 'seedIdleMs' | 'seedGoalAction'>

/** The goals of one torrent: the first that is reached counts. */
export class SeedingGoal {
  #options: SeedingGoals
  #uploaded = -1
  #idleSinceMs = 0
  #isOver = false

  constructor(options: SeedingGoals) {
    this.#options = options
  }

  get action(): SeedingGoalAction {
    return this.#options.seedGoalAction ?? 'stop'
  }

  get isSet(): boolean {
    const { seedRatio, seedTimeMs, seedIdleMs } = this.#options
    return seedRatio !== undefined || seedTimeMs !== undefined || seedIdleMs !== undefined
  }

  /** Replaces all goals. */
  set(options: SeedingGoals): void {
    this.#options = options
    this.#isOver = false
  }

  /** The goal that is reached now; when the torrent goes on after it, once only. To be asked about every second. */
  reached(progress: SeedingProgress): SeedingGoalKind | undefined {
    const { nowMs, uploaded, seedingSinceMs } = progress
    if (this.#isOver) return undefined
    if (uploaded !== this.#uploaded) this.#idleSinceMs = nowMs
    this.#uploaded = uploaded
    const kind = this.#kind(progress, nowMs - Math.max(this.#idleSinceMs, seedingSinceMs))
    this.#isOver = kind !== undefined && (this.action === 'throttle' || this.action === 'superseed')
    return kind
  }

  #kind({ nowMs, uploaded, size, seedingSinceMs }: SeedingProgress, idleMs: number): SeedingGoalKind | undefined {
    const { seedRatio, seedTimeMs, seedIdleMs } = this.#options
    if (seedRatio !== undefined && uploaded >= seedRatio * size) return 'ratio'
    if (seedTimeMs !== undefined && nowMs - seedingSinceMs >= seedTimeMs) return 'time'
    return seedIdleMs !== undefined && idleMs >= seedIdleMs ? 'idle' : undefined
  }
}
