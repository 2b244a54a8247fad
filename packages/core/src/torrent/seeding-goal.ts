// When a torrent has seeded enough.

import type { AddOptions } from '../options.ts'

/** Bytes up per byte of the torrent, or time since it began to seed. */
export class SeedingGoal {
  readonly #ratio: number | undefined
  readonly #timeMs: number | undefined

  constructor(options: Pick<AddOptions, 'seedRatio' | 'seedTimeMs'>) {
    this.#ratio = options.seedRatio
    this.#timeMs = options.seedTimeMs
  }

  isReached(uploaded: number, size: number, seedingMs: number): boolean {
    if (this.#ratio !== undefined && uploaded >= this.#ratio * size) return true
    return this.#timeMs !== undefined && seedingMs >= this.#timeMs
  }
}
