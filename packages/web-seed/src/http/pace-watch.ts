// Notices that a server stalls or drips. Only time in which we wanted bytes counts: a pause, however often, neither is
// held against the server nor gives it more time.

import type { Cancel, Clock } from '@ccbt/primitives'

/** Longest time without a byte. */
export const SILENCE_MS = 30_000
/** The least that a server has to send, as a mean over {@link WINDOW_MS}. */
export const MINIMUM_BPS = 1024
const WINDOW_MS = 60_000
const WINDOW_BYTES = (MINIMUM_BPS * WINDOW_MS) / 1000

/** What a server did wrong. */
export type Stall = 'silent' | 'slow'

/** Watches one answer. Disposing it stops its timer. */
export class PaceWatch implements Disposable {
  readonly #clock: Clock
  readonly #onStall: (stall: Stall) => void
  /** Time in which bytes were wanted, up to the last pause. */
  #spentMs = 0
  /** Since when bytes are wanted; `undefined` while paused. */
  #since: number | undefined
  #cancel: Cancel | undefined
  /** Moments in time spent. */
  #lastByte = 0
  #windowStart = 0
  #windowBytes = 0

  constructor(clock: Clock, onStall: (stall: Stall) => void) {
    this.#clock = clock
    this.#onStall = onStall
    this.resume()
  }

  /** Bytes have come. */
  received(bytes: number): void {
    this.#windowBytes += bytes
    this.#lastByte = this.#now()
  }

  pause(): void {
    this.#spentMs = this.#now()
    this.#since = undefined
    this.#cancel?.()
  }

  resume(): void {
    if (this.#since !== undefined) return
    this.#since = this.#clock.now()
    this.#arm()
  }

  [Symbol.dispose](): void {
    this.pause()
  }

  #now(): number {
    return this.#spentMs + (this.#since === undefined ? 0 : this.#clock.now() - this.#since)
  }

  #arm(): void {
    const next = Math.min(this.#lastByte + SILENCE_MS, this.#windowStart + WINDOW_MS)
    this.#cancel = this.#clock.after(next - this.#now(), () => this.#check())
  }

  #check(): void {
    const now = this.#now()
    if (now - this.#lastByte >= SILENCE_MS) return this.#onStall('silent')
    if (now - this.#windowStart >= WINDOW_MS) {
      if (this.#windowBytes < WINDOW_BYTES) return this.#onStall('slow')
      this.#windowStart = now
      this.#windowBytes = 0
    }
    this.#arm()
  }
}
