// Empty buffers that are kept for the next data, because fresh memory costs page faults and collections (0.5 s of CPU per
// GiB). Whoever takes one owns it; what is given must not be looked at any more. Bounded: what is too much is let go.

import type { Cancel, Clock } from '@ccbt/primitives'

/** Empty buffers kept at most. */
const MAX_FREE_BYTES = 16_777_216
/** They are given back to the system after this long without traffic. */
const IDLE_MS = 5000

/** Empty buffers by length. */
export class BufferPool {
  readonly #clock: Clock
  readonly #free = new Map<number, ArrayBuffer[]>()
  #freeBytes = 0
  #lastUseMs = 0
  #cancelTrim: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Bytes of the buffers that are here. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A used buffer of exactly this length, when there is one. */
  take(length: number): ArrayBuffer | undefined {
    const buffer = this.#free.get(length)?.pop()
    if (buffer !== undefined) this.#freeBytes -= length
    return buffer
  }

  /** Keeps a buffer for later, or lets it go when there are enough. */
  give(buffer: ArrayBuffer): void {
    if (this.#freeBytes + buffer.byteLength > MAX_FREE_BYTES) return
    const list = this.#free.get(buffer.byteLength)
    if (list === undefined) this.#free.set(buffer.byteLength, [buffer])
    else list.push(buffer)
    this.#freeBytes += buffer.byteLength
    this.#lastUseMs = this.#clock.now()
    this.#cancelTrim ??= this.#clock.after(IDLE_MS, () => this.#trim())
  }

  /** Lets buffers go until no more than `bytes` are kept. */
  shrinkTo(bytes: number): void {
    for (const [length, list] of this.#free) {
      while (this.#freeBytes > bytes && list.pop() !== undefined) this.#freeBytes -= length
      if (list.length === 0) this.#free.delete(length)
    }
  }

  dispose(): void {
    this.#cancelTrim?.()
    this.#cancelTrim = undefined
    this.shrinkTo(0)
  }

  #trim(): void {
    const idleMs = this.#clock.now() - this.#lastUseMs
    this.#cancelTrim = undefined
    if (idleMs >= IDLE_MS) this.shrinkTo(0)
    else this.#cancelTrim = this.#clock.after(IDLE_MS - idleMs, () => this.#trim())
  }
}
