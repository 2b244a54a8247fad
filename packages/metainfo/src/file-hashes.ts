// What a v2 torrent says of one file's content, made from the hashes of its blocks.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import { fieldInvalid } from './errors.ts'
import { climb, HASH_BYTES, merkleRoot } from './merkle.ts'

/** The v2 hashes of one file with data. */
export interface FileHashes {
  /** Root of the file's Merkle tree: 32 bytes. */
  readonly piecesRoot: Uint8Array
  /** SHA-256 of each of the file's pieces, 32 bytes each; empty when the file is not longer than a piece. */
  readonly pieceLayer: Uint8Array
}

/**
 * The hashes of a file from the SHA-256 of each of its 16 KiB blocks (the last may be shorter), 32 bytes each in one
 * array. Throws METAINFO_FIELD_INVALID unless there is one for each block.
 * @example fileHashes(hash('sha256', 'hello', 'buffer'), { length: 5, pieceLength: 16_384 })
 */
export function fileHashes(leaves: Uint8Array, size: FileSize): FileHashes {
  const hashes = collectFileHashes(size).add(0, leaves)
  if (hashes === undefined) throw notTheBlocks()
  return hashes
}

/** Sizes of a file with data, in bytes. */
export interface FileSize {
  readonly length: number
  /** A power of two, at least 16 KiB. */
  readonly pieceLength: number
}

/** Makes the hashes of a file from its block hashes as they come. It keeps no more than one hash for each piece. */
export interface FileHashCollector {
  /**
   * Takes the SHA-256 of consecutive blocks, 32 bytes each, from the piece `firstPiece` on: of whole pieces, or up to
   * the end of the file. Gives the hashes of the file when these were the last blocks that were missing. Throws
   * METAINFO_FIELD_INVALID when the file has no such blocks.
   */
  add(firstPiece: number, leaves: Uint8Array): FileHashes | undefined
}

/**
 * Collects the block hashes of one file with data, each once and in any order.
 * @example collectFileHashes({ length, pieceLength }).add(0, leaves)?.piecesRoot
 */
export function collectFileHashes(size: FileSize): FileHashCollector {
  return new Collector(size)
}

class Collector implements FileHashCollector {
  /** Where the nodes are in the tree that are kept: the pieces of a long file, the blocks of a short one. */
  readonly #layer: number
  readonly #nodes: Uint8Array
  readonly #isLong: boolean
  readonly #blocksPerPiece: number
  #missing: number

  constructor({ length, pieceLength }: FileSize) {
    const blocks = Math.ceil(length / BLOCK_LENGTH)
    this.#isLong = length > pieceLength
    this.#layer = this.#isLong ? pieceLayerOf(pieceLength) : 0
    this.#blocksPerPiece = pieceLength / BLOCK_LENGTH
    this.#nodes = new Uint8Array((this.#isLong ? Math.ceil(length / pieceLength) : blocks) * HASH_BYTES)
    this.#missing = blocks
  }

  add(firstPiece: number, leaves: Uint8Array): FileHashes | undefined {
    const blocks = leaves.length / HASH_BYTES
    const nodes = climb(leaves, 0, this.#layer)
    const at = firstPiece * HASH_BYTES
    const left = this.#nodes.length - at - nodes.length
    const isWhole = blocks % this.#blocksPerPiece === 0
    if (blocks === 0 || blocks > this.#missing || left < 0 || (left > 0 && !isWhole)) throw notTheBlocks()
    this.#nodes.set(nodes, at)
    this.#missing -= blocks
    if (this.#missing > 0) return undefined
    const piecesRoot = merkleRoot(this.#nodes, this.#layer)
    return { piecesRoot, pieceLayer: this.#isLong ? this.#nodes : new Uint8Array(0) }
  }
}

function notTheBlocks(): Error {
  return fieldInvalid('block hashes', 'are not one for each block of the file')
}

/** The layer of the Merkle tree that has one node for each piece. */
export function pieceLayerOf(pieceLength: number): number {
  return Math.log2(pieceLength / BLOCK_LENGTH)
}
