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
export function fileHashes(
  leaves: Uint8Array,
  { length, pieceLength }: { readonly length: number; readonly pieceLength: number },
): FileHashes {
  if (length === 0 || leaves.length !== Math.ceil(length / BLOCK_LENGTH) * HASH_BYTES) {
    throw fieldInvalid('block hashes', 'are not one for each block of the file')
  }
  if (length <= pieceLength) return { piecesRoot: merkleRoot(leaves, 0), pieceLayer: new Uint8Array(0) }
  const layer = pieceLayerOf(pieceLength)
  const pieceLayer = climb(leaves, 0, layer)
  return { piecesRoot: merkleRoot(pieceLayer, layer), pieceLayer }
}

/** The layer of the Merkle tree that has one node for each piece. */
export function pieceLayerOf(pieceLength: number): number {
  return Math.log2(pieceLength / BLOCK_LENGTH)
}
