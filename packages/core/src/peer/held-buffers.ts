// The cache buffers that a socket has not sent yet: one entry per run of blocks from the same buffer, released when the
// kernel has everything up to the end of the run.

import type { PieceStore } from '@ccbt/disk-io'
import type { ByteStream } from '@ccbt/transport'

/**
 * Runs that one connection may hold. The 1 MiB that waits in a socket are three buffers when served in order, five when
 * pieces of 256 KiB are; a peer that asks for one block of each buffer and does not read would hold 32 MiB.
 */
const MAX_HELD = 8

interface Held {
  readonly buffer: ArrayBufferLike
  /** Bytes written to the stream when the last block of the run was. */
  endsAt: number
}

/** What one connection holds of the read cache. */
export class HeldBuffers {
  readonly #store: Pick<PieceStore, 'retain' | 'release'>
  readonly #stream: Pick<ByteStream, 'writtenBytes' | 'queuedBytes'>
  readonly #held: Held[] = []

  constructor(store: Pick<PieceStore, 'retain' | 'release'>, stream: Pick<ByteStream, 'writtenBytes' | 'queuedBytes'>) {
    this.#store = store
    this.#stream = stream
  }

  /** Whether a view of `buffer` may be written; otherwise only a copy. */
  mayHold(buffer: ArrayBufferLike): boolean {
    return this.#held.length < MAX_HELD || this.#held.at(-1)?.buffer === buffer
  }

  /** A view of `buffer` was just written to the stream. */
  written(buffer: ArrayBufferLike): void {
    const last = this.#held.at(-1)
    if (last?.buffer === buffer) {
      last.endsAt = this.#stream.writtenBytes
      return
    }
    this.#store.retain(buffer)
    this.#held.push({ buffer, endsAt: this.#stream.writtenBytes })
  }

  /** Lets go of what the kernel has. */
  settle(): void {
    const sentBytes = this.#stream.writtenBytes - this.#stream.queuedBytes
    while (this.#held.length > 0 && this.#held[0]!.endsAt <= sentBytes) this.#store.release(this.#held.shift()!.buffer)
  }

  /** The connection is closed: its socket looks at nothing any more. */
  releaseAll(): void {
    for (const { buffer } of this.#held) this.#store.release(buffer)
    this.#held.length = 0
  }
}
