// Piece and block arithmetic of one torrent. `piece()` and `block()` are the only makers of PieceIndex and BlockId:
// a number from the network goes through them once and is trusted afterwards.

import type { Brand } from './brand.ts'
import { bug } from './error.ts'

/** Index of a piece, checked against the layout. */
export type PieceIndex = Brand<number, 'PieceIndex'>

/** Number of a block counted over the whole torrent (u32): `piece * blocksPerPiece + block in piece`. */
export type BlockId = Brand<number, 'BlockId'>

/** A small dense integer for a connected peer; reused after it has gone. */
export type PeerSlot = Brand<number, 'PeerSlot'>

/** What a request asks for: 16 KiB, less only for the last block of a torrent (BEP 3). */
export const BLOCK_LENGTH = 16_384

/** The place of a block: piece index, offset in the piece, length; all in bytes but the first. */
export interface BlockSpan {
  piece: PieceIndex
  begin: number
  length: number
}

/** A run of bytes of a torrent. */
export interface ByteRun {
  readonly offset: number
  readonly length: number
}

/** Sizes of a torrent: bytes. `pieceLength` is a multiple of {@link BLOCK_LENGTH} unless the torrent is a single short piece. */
export interface LayoutOptions {
  readonly totalLength: number
  readonly pieceLength: number
  /** Zeros that are in no file (BEP 47). Blocks of nothing but these at the end of a piece are not transferred. */
  readonly padding?: Iterable<ByteRun>
}

/**
 * Converts between bytes, pieces and blocks.
 * @example
 * const layout = new Layout({ totalLength: 100_000, pieceLength: 32_768 })
 * layout.pieces // 4
 */
export class Layout {
  readonly totalLength: number
  /** Length of every piece but the last. */
  readonly nominalPieceLength: number
  readonly pieces: number
  /** Blocks in every piece but the last. */
  readonly blocksPerPiece: number
  /** Block ids are below this. */
  readonly blocks: number
  /** Bytes of each piece that ends with padding, 0 for the others; absent when there is none. */
  readonly #padded: Uint32Array | undefined

  constructor(options: LayoutOptions) {
    const { totalLength, pieceLength, padding = [] } = options
    if (!Number.isSafeInteger(totalLength) || totalLength < 0) throw bug(`total length ${totalLength}`)
    if (!Number.isSafeInteger(pieceLength) || pieceLength <= 0) throw bug(`piece length ${pieceLength}`)
    this.totalLength = totalLength
    this.nominalPieceLength = pieceLength
    this.pieces = Math.ceil(totalLength / pieceLength)
    this.blocksPerPiece = Math.ceil(pieceLength / BLOCK_LENGTH)
    const lastLength = this.pieces === 0 ? 0 : totalLength - (this.pieces - 1) * pieceLength
    this.blocks = this.pieces === 0 ? 0 : (this.pieces - 1) * this.blocksPerPiece + Math.ceil(lastLength / BLOCK_LENGTH)
    if (this.blocks > 0xffff_ffff) throw bug(`${this.blocks} blocks`)
    this.#padded = this.#lengthsWithout(padding)
  }

  /** The checked index of piece `n`, or `undefined` when there is no such piece. */
  piece(n: number): PieceIndex | undefined {
    return Number.isInteger(n) && n >= 0 && n < this.pieces ? (n as PieceIndex) : undefined
  }

  /** The block that starts at `begin` of `piece` and has exactly `length` bytes, or `undefined`. */
  block(piece: number, begin: number, length: number): BlockId | undefined {
    if (piece < 0 || piece >= this.pieces || begin < 0 || begin % BLOCK_LENGTH !== 0) return undefined
    const rest = this.pieceLength(piece as PieceIndex) - begin
    if (rest <= 0 || length !== Math.min(rest, BLOCK_LENGTH)) return undefined
    return (piece * this.blocksPerPiece + begin / BLOCK_LENGTH) as BlockId
  }

  /** Whether `length` bytes at `begin` lie within `piece`: a legal request, aligned or not. */
  contains(piece: number, begin: number, length: number): boolean {
    if (piece < 0 || piece >= this.pieces || begin < 0 || length <= 0) return false
    return begin + length <= this.hashedLength(piece as PieceIndex)
  }

  /** Bytes of this piece that are transferred: whole blocks, less than nominal for the last piece and before padding. */
  pieceLength(piece: PieceIndex): number {
    const padded = this.#padded === undefined ? 0 : this.#padded[piece]!
    return padded === 0 ? this.hashedLength(piece) : padded
  }

  /** Bytes of this piece with its padding, as v1 hashes cover them: less than nominal only for the last. */
  hashedLength(piece: PieceIndex): number {
    if (piece < this.pieces - 1) return this.nominalPieceLength
    return this.totalLength - (this.pieces - 1) * this.nominalPieceLength
  }

  /** Blocks of this piece. */
  blocksIn(piece: PieceIndex): number {
    return Math.ceil(this.pieceLength(piece) / BLOCK_LENGTH)
  }

  /** The first block of a piece. */
  firstBlock(piece: PieceIndex): BlockId {
    return (piece * this.blocksPerPiece) as BlockId
  }

  /** The piece that a block belongs to. */
  pieceOf(block: BlockId): PieceIndex {
    return Math.floor(block / this.blocksPerPiece) as PieceIndex
  }

  /** Fills `out` with the place of a block and returns it; allocates nothing. */
  blockSpan(block: BlockId, out: BlockSpan): BlockSpan {
    const piece = this.pieceOf(block)
    const begin = (block - piece * this.blocksPerPiece) * BLOCK_LENGTH
    out.piece = piece
    out.begin = begin
    out.length = Math.min(BLOCK_LENGTH, this.pieceLength(piece) - begin)
    return out
  }

  #lengthsWithout(padding: Iterable<ByteRun>): Uint32Array | undefined {
    let lengths: Uint32Array | undefined
    for (const { offset, length } of padding) {
      for (let piece = Math.floor(offset / this.nominalPieceLength); piece < this.pieces; piece++) {
        const begin = piece * this.nominalPieceLength
        const whole = this.hashedLength(piece as PieceIndex)
        if (begin + whole > offset + length) break
        const blocks = Math.ceil(Math.max(0, offset - begin) / BLOCK_LENGTH)
        // A piece of nothing but padding has a block all the same: what has none is never complete.
        const left = Math.max(1, blocks) * BLOCK_LENGTH
        if (left >= whole) continue
        lengths ??= new Uint32Array(this.pieces)
        lengths[piece] = left
      }
    }
    return lengths
  }
}
