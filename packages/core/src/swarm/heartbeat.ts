// When a swarm looks after itself: every second, or now and then with everything there and nobody to look after. After
// minutes of that it is deserted, and the heart stands still until somebody comes or is found.

import type { Cancel, Clock } from '@ccbt/primitives'

const BEAT_MS = 1000
/** Between two looks for peers to dial, when there is nobody else to look after. */
const ALONE_BEAT_MS = 10_000
/** Peers that were lost with the network, or wait before they try again, have come back by then. */
const DESERTED_AFTER_MS = 300_000

/** What beats. */
export interface HeartbeatParts {
  readonly clock: Clock
  /** Looks after everything; so long after the time before. */
  readonly beat: (nowMs: number, elapsedMs: number) => void
  /** Whether there is nothing to download and nobody connected. */
  readonly isAlone: () => boolean
  readonly onDeserted: () => void
}

/** Beats from the beginning until it is stopped. */
export class Heartbeat {
  readonly #parts: HeartbeatParts
  #cancel: Cancel | undefined
  #lastMs: number
  #aloneSinceMs: number | undefined
  #isStopped = false

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#lastMs = parts.clock.now()
    this.#beatIn(BEAT_MS)
  }

  /** Somebody is there, or may be reached. */
  wake(): void {
    if (this.#aloneSinceMs === undefined || this.#isStopped) return
    this.#aloneSinceMs = undefined
    this.#cancel?.()
    this.#lastMs = this.#parts.clock.now()
    this.#beatIn(BEAT_MS)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  #beat(): void {
    const { clock, beat, isAlone, onDeserted } = this.#parts
    const nowMs = clock.now()
    const elapsedMs = nowMs - this.#lastMs
    this.#lastMs = nowMs
    beat(nowMs, elapsedMs)
    if (isAlone()) this.#aloneSinceMs ??= nowMs
    else this.#aloneSinceMs = undefined
    if (this.#isStopped) return
    if (this.#aloneSinceMs === undefined) this.#beatIn(BEAT_MS)
    else if (nowMs - this.#aloneSinceMs < DESERTED_AFTER_MS) this.#beatIn(ALONE_BEAT_MS)
    else onDeserted()
  }

  #beatIn(delayMs: number): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => this.#beat())
  }
}
