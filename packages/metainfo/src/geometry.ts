// The sizes of a torrent: what is legal, for parsing and for making.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import { fieldInvalid, limitExceeded } from './errors.ts'

export const DEFAULT_MAX_FILES = 200_000
export const DEFAULT_MAX_PIECES: number = 2 ** 21
/** Folders in a path, as in libtorrent. */
export const MAX_PATH_DEPTH = 100

const MAX_PIECE_LENGTH = 256 * 2 ** 20
/** Blocks are counted in 32 bits. */
const MAX_TOTAL_LENGTH = 0xffff_ffff * BLOCK_LENGTH

const SMALLEST_CHOICE = 16 * 2 ** 10
const LARGEST_CHOICE = 16 * 2 ** 20
/** More pieces mean more hashes to carry, fewer mean more data lost to a bad block. */
const MOST_PIECES_CHOSEN = 2500

/** Total and piece length of a torrent in bytes. */
export interface Geometry {
  readonly totalLength: number
  readonly pieceLength: number
}

/**
 * Throws METAINFO_* unless pieces of this length may be used: 16 KiB to 256 MiB in steps of 16 KiB, or anything up to
 * that when one piece holds everything (old torrents of tiny files). Returns the number of pieces.
 */
export function checkGeometry({ totalLength, pieceLength }: Geometry, maxPieces: number): number {
  if (totalLength === 0) throw fieldInvalid('length', 'adds up to nothing: the torrent has no data')
  if (totalLength > MAX_TOTAL_LENGTH) throw limitExceeded('bytes', MAX_TOTAL_LENGTH)
  if (pieceLength < 1 || pieceLength > MAX_PIECE_LENGTH) throw fieldInvalid('piece length', 'is not 16 KiB to 256 MiB')
  if (pieceLength % BLOCK_LENGTH !== 0 && totalLength > pieceLength) {
    throw fieldInvalid('piece length', 'is not a multiple of 16 KiB')
  }
  const pieces = Math.ceil(totalLength / pieceLength)
  if (pieces > maxPieces) throw limitExceeded('pieces', maxPieces)
  return pieces
}

/**
 * The piece length in bytes for a new torrent: a power of two from 16 KiB to 16 MiB, the smallest with at most 2500
 * pieces.
 * @example choosePieceLength(4 * 2 ** 30) // 2 MiB
 */
export function choosePieceLength(totalLength: number): number {
  let length = SMALLEST_CHOICE
  while (length < LARGEST_CHOICE && totalLength / length > MOST_PIECES_CHOSEN) length *= 2
  return length
}
