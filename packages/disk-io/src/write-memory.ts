// The memory of received data: open segments and those on their way through a worker. Together with the empty buffers that
// are kept for the next ones it never exceeds the limit. Two marks on the bytes in the workers keep the memory small when the network is
// faster than hashing and writing: above the high one nothing is reserved, below the low one listeners are told.

import type { BufferPool } from './buffer-pool.ts'
import type { Unsubscribe } from './store-types.ts'

/** Bytes with the workers above which nothing new is reserved. */
const HIGH_MARK_BYTES = 8_388_608
const LOW_MARK_BYTES = 4_194_304

export class WriteMemory {
  readonly #limitBytes: number
  readonly #buffers: BufferPool
  readonly #listeners = new Set<() => void>()
  #openBytes = 0
  #queuedBytes = 0
  #isRefused = false

  /** @param limitBytes for everything together; at least one segment per worker makes sense. */
  constructor(limitBytes: number, buffers: BufferPool) {
    this.#limitBytes = limitBytes
    this.#buffers = buffers
  }

  /** Bytes reserved for segments that are not complete. */
  get openBytes(): number {
    return this.#openBytes
  }

  /** Bytes of segments with the workers. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Takes room for one segment. The buffer is an old one when there is one, so that its memory is warm. */
  reserve(bytes: number): { readonly buffer: ArrayBuffer | undefined } | undefined {
    if (this.#queuedBytes >= HIGH_MARK_BYTES || this.#openBytes + this.#queuedBytes + bytes > this.#limitBytes) {
      this.#isRefused = true
      return undefined
    }
    const buffer = this.#buffers.take(bytes)
    this.#openBytes += bytes
    this.#buffers.shrinkTo(this.#limitBytes - this.#openBytes - this.#queuedBytes)
    return { buffer }
  }

  /** A segment is complete and goes to a worker. */
  sent(bytes: number): void {
    this.#openBytes -= bytes
    this.#queuedBytes += bytes
  }

  /** A segment is done with; its buffer, when it came back, is kept for another. */
  returned(bytes: number, buffer: ArrayBuffer | undefined): void {
    this.#queuedBytes -= bytes
    if (buffer !== undefined) this.#buffers.give(buffer)
    this.#announce()
  }

  /** A segment is given up. Its buffer is not used again: somebody may still hold a view of it. */
  dropped(bytes: number): void {
    this.#openBytes -= bytes
    this.#announce()
  }

  /** Calls `fn` when a reservation that was refused may succeed. */
  onWritable(fn: () => void): Unsubscribe {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  dispose(): void {
    this.#listeners.clear()
  }

  #announce(): void {
    if (!this.#isRefused || this.#queuedBytes > LOW_MARK_BYTES) return
    this.#isRefused = false
    for (const listener of this.#listeners) listener()
  }
}
