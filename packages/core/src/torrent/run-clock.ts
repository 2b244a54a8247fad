// The clock of a torrent that runs: twice a second, as long as there is something to do by itself. A torrent that seeds
// without a goal has nothing: thousands of them cost no time.

import type { Cancel, Clock } from '@ccbt/primitives'

/** Blocks are on disk at the second tick after their arrival: a kill costs no more than a second. */
const TICK_MS = 500
/** How often a record is written while downloading: each one syncs the data, and only a power loss needs it. */
const SAVE_EVERY_TICKS = 20

/** Who follows the clock. */
export interface RunClockParts {
  readonly clock: Clock
  /** Whether there is something to do by itself. */
  readonly isBusy: () => boolean
  readonly onTick: (isSaveDue: boolean) => void
}

/** Ticks while its torrent is busy. */
export class RunClock {
  readonly #parts: RunClockParts
  #cancel: Cancel | undefined
  #ticks = 0

  constructor(parts: RunClockParts) {
    this.#parts = parts
  }

  /** The torrent may be busy now, or no more. */
  follow(): void {
    this.stop()
    const { clock, isBusy } = this.#parts
    if (isBusy()) this.#cancel = clock.after(TICK_MS, () => this.#tick())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #tick(): void {
    this.follow()
    this.#parts.onTick(++this.#ticks % SAVE_EVERY_TICKS === 0)
  }
}
