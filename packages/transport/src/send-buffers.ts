// Where encrypted bytes wait for the kernel. A stream holds the buffers that its socket still looks at and gives each back
// when all of it is sent; one that is never slower than the network uses the same buffer over and over.

import type { Rc4 } from '@ccbt/wire-protocol'

import type { ByteStream } from './byte-stream.ts'

/** Three blocks with their headers, and some more. */
const BUFFER_BYTES = 65_536

/** 4 MiB. Streams with more to send than that get new buffers; how much that is at most, is up to who writes. */
const MAX_FREE = 64

/** Free buffers, shared by all streams. */
export class SendBufferPool {
  readonly #free: Uint8Array[] = []

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(BUFFER_BYTES)
  }

  give(buffer: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer)
  }
}

interface Held {
  readonly buffer: Uint8Array
  usedBytes: number
  /** What `writtenBytes` of the stream was when the last byte was written. */
  endsAt: number
}

/** The writing half of an encrypted stream. */
export class SendBuffers {
  readonly #pool: SendBufferPool
  readonly #stream: ByteStream
  readonly #cipher: Rc4
  /** Oldest first; the last one may have room. */
  readonly #held: Held[] = []

  constructor(pool: SendBufferPool, stream: ByteStream, cipher: Rc4) {
    this.#pool = pool
    this.#stream = stream
    this.#cipher = cipher
  }

  /** Encrypts `bytes`, which may change when this returns, and writes them. */
  write(bytes: Uint8Array): boolean {
    this.settle()
    let mayWriteMore = true
    for (let at = 0; at < bytes.length;) {
      const held = this.#withRoom()
      const part = bytes.subarray(at, at + held.buffer.length - held.usedBytes)
      mayWriteMore = this.#writePart(held, part)
      at += part.length
    }
    this.settle()
    return mayWriteMore
  }

  /** Gives back what the kernel has. */
  settle(): void {
    const sentBytes = this.#stream.writtenBytes - this.#stream.queuedBytes
    while (this.#held.length > 0 && this.#held[0]!.endsAt <= sentBytes) this.#pool.give(this.#held.shift()!.buffer)
  }

  /** The stream is closed: it looks at nothing any more. */
  releaseAll(): void {
    for (const { buffer } of this.#held) this.#pool.give(buffer)
    this.#held.length = 0
  }

  #withRoom(): Held {
    const last = this.#held.at(-1)
    if (last !== undefined && last.usedBytes < last.buffer.length) return last
    const held = { buffer: this.#pool.take(), usedBytes: 0, endsAt: 0 }
    this.#held.push(held)
    return held
  }

  #writePart(held: Held, part: Uint8Array): boolean {
    const target = held.buffer.subarray(held.usedBytes, held.usedBytes + part.length)
    this.#cipher.apply(part, target)
    held.usedBytes += part.length
    const mayWriteMore = this.#stream.write(target)
    held.endsAt = this.#stream.writtenBytes
    return mayWriteMore
  }
}
