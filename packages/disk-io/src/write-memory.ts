// The memory of received data: open segments, those on their way through a worker, and empty buffers kept for the next ones.
// All of it together never exceeds the limit. Two marks on the bytes in the workers keep the memory small when the network is
// faster than hashing and writing: above the high one nothing is reserved, below the low one listeners are told.

import type { Cancel, Clock } from '@ccbt/primitives'

import type { Unsubscribe } from './store-types.ts'

/** Bytes with the workers above which nothing new is reserved. */
const HIGH_MARK_BYTES = 8_388_608
const LOW_MARK_BYTES = 4_194_304
/** Empty buffers are given back to the system after this long without traffic. */
const IDLE_MS = 5000

export class WriteMemory {
  readonly #limitBytes: number
  readonly #clock: Clock
  readonly #free = new Map<number, ArrayBuffer[]>()
  readonly #listeners = new Set<() => void>()
  #freeBytes = 0
  #openBytes = 0
  #queuedBytes = 0
  #isRefused = false
  #lastUseMs = 0
  #cancelTrim: Cancel | undefined

  /** @param limitBytes for everything together; at least one segment per worker makes sense. */
  constructor(limitBytes: number, clock: Clock) {
    this.#limitBytes = limitBytes
    this.#clock = clock
  }

  /** Bytes reserved for segments that are not complete. */
  get openBytes(): number {
    return this.#openBytes
  }

  /** Bytes of segments with the workers. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Bytes of empty buffers kept. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** Takes room for one segment. The buffer is an old one when there is one, so that its memory is warm. */
  reserve(bytes: number): { readonly buffer: ArrayBuffer | undefined } | undefined {
    if (this.#queuedBytes >= HIGH_MARK_BYTES || this.#openBytes + this.#queuedBytes + bytes > this.#limitBytes) {
      this.#isRefused = true
      return undefined
    }
    const buffer = this.#free.get(bytes)?.pop()
    if (buffer !== undefined) this.#freeBytes -= bytes
    this.#openBytes += bytes
    this.#shrinkTo(this.#limitBytes - this.#openBytes - this.#queuedBytes)
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
    if (buffer !== undefined) this.#keep(buffer)
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
    this.#cancelTrim?.()
    this.#cancelTrim = undefined
    this.#listeners.clear()
    this.#shrinkTo(0)
  }

  #announce(): void {
    if (!this.#isRefused || this.#queuedBytes > LOW_MARK_BYTES) return
    this.#isRefused = false
    for (const listener of this.#listeners) listener()
  }

  #keep(buffer: ArrayBuffer): void {
    const list = this.#free.get(buffer.byteLength)
    if (list === undefined) this.#free.set(buffer.byteLength, [buffer])
    else list.push(buffer)
    this.#freeBytes += buffer.byteLength
    this.#lastUseMs = this.#clock.now()
    this.#cancelTrim ??= this.#clock.after(IDLE_MS, () => this.#trim())
  }

  #trim(): void {
    const idleMs = this.#clock.now() - this.#lastUseMs
    this.#cancelTrim = undefined
    if (idleMs >= IDLE_MS) this.#shrinkTo(0)
    else this.#cancelTrim = this.#clock.after(IDLE_MS - idleMs, () => this.#trim())
  }

  #shrinkTo(bytes: number): void {
    for (const [length, list] of this.#free) {
      while (this.#freeBytes > bytes && list.pop() !== undefined) this.#freeBytes -= length
      if (list.length === 0) this.#free.delete(length)
    }
  }
}
