// The `pieces root` of a file (BEP 52), made from its bytes as they come. It keeps one hash for each MiB.

import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import { collectFileHashes } from '@ccbt/metainfo'
import type { FileHashCollector } from '@ccbt/metainfo'
import { BLOCK_LENGTH } from '@ccbt/primitives'

/** Block hashes are brought together in units of so many bytes; the root is the same with any. */
const UNIT_BYTES = 1_048_576
const LEAF_BYTES = 32

/** Hashes one file. */
export class FileRoot {
  readonly #length: number
  readonly #collector: FileHashCollector
  readonly #leaves = Buffer.alloc((UNIT_BYTES / BLOCK_LENGTH) * LEAF_BYTES)
  #block: Hash = createHash('sha256')
  #done = 0
  #root: Uint8Array | undefined

  /** @param length of the file, in bytes. */
  constructor(length: number) {
    this.#length = length
    this.#collector = collectFileHashes({ length, pieceLength: UNIT_BYTES })
  }

  /** 32 bytes; `undefined` before the last byte is there, and for a file that has none. */
  get root(): Uint8Array | undefined {
    return this.#root
  }

  /** Takes the next bytes; the file has no more than it was said to have. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOCK_LENGTH - (this.#done % BLOCK_LENGTH))
      this.#block.update(part)
      this.#done += part.length
      at += part.length
      if (this.#done % BLOCK_LENGTH === 0 || this.#done === this.#length) this.#endBlock()
    }
  }

  #endBlock(): void {
    const last = this.#done - 1
    const leaf = Math.floor((last % UNIT_BYTES) / BLOCK_LENGTH)
    this.#block.digest().copy(this.#leaves, leaf * LEAF_BYTES)
    this.#block = createHash('sha256')
    if (this.#done % UNIT_BYTES !== 0 && this.#done !== this.#length) return
    const leaves = this.#leaves.subarray(0, (leaf + 1) * LEAF_BYTES)
    this.#root = this.#collector.add(Math.floor(last / UNIT_BYTES), leaves)?.piecesRoot
  }
}
