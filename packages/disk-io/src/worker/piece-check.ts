// What the bytes of one piece hash to, against what they must: SHA-1 over the piece with its padding (v1), the root of a
// Merkle tree over its blocks (v2), or both. Bytes come in order, in parts of whole blocks; only the last may be shorter.

import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import { climb, HASH_BYTES } from '@ccbt/metainfo/merkle'

import type { PieceTarget } from '../jobs.ts'

const BLOCK_LENGTH = 16_384
/** Zeros that padding is hashed from. */
const ZEROS = new Uint8Array(65_536)

/** `inconsistent`: one hash of a hybrid torrent is right and the other wrong, which no data can mend. */
export type PieceOutcome = 'right' | 'wrong' | 'inconsistent'

export class PieceCheck {
  readonly #target: PieceTarget
  readonly #sha1: Hash | undefined
  readonly #leaves: Buffer | undefined
  /** Bytes so far. */
  #length = 0

  constructor(target: PieceTarget) {
    this.#target = target
    if (target.sha1 !== undefined) this.#sha1 = createHash('sha1')
    if (target.tree !== undefined)
      this.#leaves = Buffer.alloc(Math.ceil(target.tree.length / BLOCK_LENGTH) * HASH_BYTES)
  }

  /** SHA-256 of each block, where there is a tree to prove them. */
  get leaves(): Uint8Array | undefined {
    const leaves = this.#leaves
    return leaves === undefined ? undefined : new Uint8Array(leaves.buffer, leaves.byteOffset, leaves.length)
  }

  add(bytes: Uint8Array): void {
    this.#sha1?.update(bytes)
    if (this.#leaves !== undefined) this.#addLeaves(this.#leaves, bytes)
    this.#length += bytes.length
  }

  /** To be asked once, after the last byte. */
  finish(): PieceOutcome {
    const { sha1, tree } = this.#target
    const isV1 = sha1 === undefined ? undefined : isEqual(this.#finishSha1(), sha1.digest)
    const isV2 = tree === undefined ? undefined : isEqual(climb(this.leaves!, 0, tree.layers), tree.root)
    if (isV1 !== undefined && isV2 !== undefined && isV1 !== isV2) return 'inconsistent'
    return (isV1 ?? isV2) === true ? 'right' : 'wrong'
  }

  #addLeaves(out: Buffer, bytes: Uint8Array): void {
    const data = bytes.subarray(0, Math.max(0, this.#target.tree!.length - this.#length))
    for (let at = 0; at < data.length; at += BLOCK_LENGTH) {
      const leaf = ((this.#length + at) / BLOCK_LENGTH) * HASH_BYTES
      // Through a one-byte string a hash is cheaper than through a Buffer of its own.
      out.write(hash('sha256', data.subarray(at, at + BLOCK_LENGTH), 'binary'), leaf, 'latin1')
    }
  }

  #finishSha1(): Uint8Array {
    for (let left = this.#target.sha1!.padding; left > 0; left -= ZEROS.length)
      this.#sha1!.update(ZEROS.subarray(0, left))
    return this.#sha1!.digest()
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
