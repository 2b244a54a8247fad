// Reads and hashes the files of a new v2 or hybrid torrent (BEP 52): SHA-256 of every block, and for a hybrid the SHA-1
// of every piece with the padding behind it. The data are read once, in windows that stay in the processor's cache.

import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import type { FilePart, LeafJob, LeafResult } from '../jobs.ts'
import { truncated } from './failure.ts'
import { pathOf } from './file-cache.ts'
import type { FileCache } from './file-cache.ts'
import { readFile } from './span-io.ts'

const BLOCK_LENGTH = 16_384
const WINDOW_LENGTH = 262_144
const LEAF_LENGTH = 32
const DIGEST_LENGTH = 20

export class LeafHasher {
  readonly #files: FileCache
  readonly #window = new Uint8Array(WINDOW_LENGTH)

  constructor(files: FileCache) {
    this.#files = files
  }

  /** Hashes the parts of one job. */
  run({ parts, pieceLength, wantsPieces }: LeafJob): LeafResult {
    const leaves = new LeafList(parts)
    const pieces = wantsPieces ? new PieceList(pieceLength) : undefined
    for (const part of parts) {
      for (let at = 0; at < part.length; at += WINDOW_LENGTH) {
        const window = this.#read(part, at)
        leaves.add(window)
        pieces?.add(window)
      }
      pieces?.pad(part.padding)
    }
    return { leaves: leaves.bytes, digests: pieces?.finish() ?? new Uint8Array(0) }
  }

  #read({ file, fileOffset, length }: FilePart, at: number): Uint8Array {
    const window = this.#window.subarray(0, Math.min(WINDOW_LENGTH, length - at))
    if (!readFile(this.#files, file, window, fileOffset + at)) throw truncated(pathOf(file))
    return window
  }
}

/** The block hashes of all parts, one after the other. */
class LeafList {
  readonly #out: Buffer
  #end = 0

  constructor(parts: readonly FilePart[]) {
    const count = parts.reduce((sum, { length }) => sum + Math.ceil(length / BLOCK_LENGTH), 0)
    this.#out = Buffer.alloc(count * LEAF_LENGTH)
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#out.buffer, this.#out.byteOffset, this.#out.length)
  }

  /** Every window but the last of a part is a number of whole blocks. */
  add(window: Uint8Array): void {
    for (let at = 0; at < window.length; at += BLOCK_LENGTH) {
      // Through a one-byte string a hash is cheaper than through a Buffer of its own.
      this.#out.write(hash('sha256', window.subarray(at, at + BLOCK_LENGTH), 'binary'), this.#end, 'latin1')
      this.#end += LEAF_LENGTH
    }
  }
}

/** The digests of the pieces of a stream of bytes. */
class PieceList {
  readonly #pieceLength: number
  readonly #digests: Buffer[] = []
  #hash: Hash = createHash('sha1')
  /** Bytes of the piece that is not complete. */
  #filled = 0

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#pieceLength - this.#filled)
      this.#hash.update(part)
      this.#filled += part.length
      at += part.length
      if (this.#filled === this.#pieceLength) this.#close()
    }
  }

  /** Adds this many zeros. */
  pad(length: number): void {
    for (let left = length; left > 0; left -= ZEROS.length) this.add(ZEROS.subarray(0, left))
  }

  /** The digests, that of an incomplete piece included. */
  finish(): Uint8Array {
    if (this.#filled > 0) this.#close()
    const out = new Uint8Array(this.#digests.length * DIGEST_LENGTH)
    for (const [n, digest] of this.#digests.entries()) out.set(digest, n * DIGEST_LENGTH)
    return out
  }

  #close(): void {
    this.#digests.push(this.#hash.digest())
    this.#hash = createHash('sha1')
    this.#filled = 0
  }
}

const ZEROS = new Uint8Array(WINDOW_LENGTH)
