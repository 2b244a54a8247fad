// What the stores of one disk in memory share: the memory for received data, who retains which buffer, and whether writes
// succeed.

import { createHash } from 'node:crypto'

import { bug, CcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

/** How a disk behaves. */
export interface MemoryDiskOptions {
  readonly clock: Clock
  /** From a piece's last block to its verdict. Default 5. */
  readonly writeMs?: number
  /** A read that is not at once; 0 = every read is. Default 0. */
  readonly readMs?: number
  /** Memory for pieces from their first request to their verdict. Default 128 MiB. */
  readonly budgetBytes?: number
}

/** What a folder holds: the pieces that were written, right or wrong. */
export interface Volume {
  readonly pieces: Map<number, Uint8Array>
  /** Grows with every write; stands for the time of the files' last change. */
  changes: number
}

/** Memory for received data, and whether writes succeed: shared by the stores of a disk. */
export class DiskState {
  readonly clock: Clock
  readonly writeMs: number
  readonly readMs: number
  readonly #budgetBytes: number
  readonly #listeners = new Set<() => void>()
  readonly #held = new Map<ArrayBufferLike, number>()
  #usedBytes = 0
  #isRefused = false
  /** Writes fail with this code from now on. */
  failsWith: 'DISK_NO_SPACE' | 'DISK_WRITE_FAILED' | undefined

  constructor(options: MemoryDiskOptions) {
    this.clock = options.clock
    this.writeMs = options.writeMs ?? 5
    this.readMs = options.readMs ?? 0
    this.#budgetBytes = options.budgetBytes ?? 134_217_728
  }

  /** Memory of pieces without a verdict. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Buffers that somebody retains. */
  get heldBuffers(): number {
    return this.#held.size
  }

  take(bytes: number): boolean {
    // A piece larger than the whole budget has to be possible, alone.
    if (this.#usedBytes > 0 && this.#usedBytes + bytes > this.#budgetBytes) {
      this.#isRefused = true
      return false
    }
    this.#usedBytes += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes
    if (!this.#isRefused) return
    this.#isRefused = false
    for (const listener of this.#listeners) listener()
  }

  onWritable(fn: () => void): () => void {
    this.#listeners.add(fn)
    return () => void this.#listeners.delete(fn)
  }

  retain(buffer: ArrayBufferLike): void {
    this.#held.set(buffer, (this.#held.get(buffer) ?? 0) + 1)
  }

  release(buffer: ArrayBufferLike): void {
    const count = this.#held.get(buffer)
    if (count === undefined) throw bug('a buffer was released more often than it was retained')
    if (count === 1) this.#held.delete(buffer)
    else this.#held.set(buffer, count - 1)
  }

  get error(): CcbtError | undefined {
    if (this.failsWith === undefined) return undefined
    const errno = this.failsWith === 'DISK_NO_SPACE' ? 'ENOSPC' : 'EIO'
    return new CcbtError(this.failsWith, `cannot write: ${errno}`, {
      blame: 'disk',
      context: { path: 'memory', errno },
    })
  }
}

export function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest()
}
