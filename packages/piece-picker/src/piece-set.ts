// A set of piece indexes as 32-bit words, piece p being bit p % 32 of word p / 32: made for `and`ing two sets
// 32 pieces at a time. `Bitfield` of @ccbt/primitives is the same set in wire order.

import type { Bitfield } from '@ccbt/primitives'

export class PieceSet {
  /** Bits at and above the size are always zero. */
  readonly words: Int32Array
  #count = 0

  constructor(size: number) {
    this.words = new Int32Array((size + 31) >>> 5)
  }

  static full(size: number): PieceSet {
    const out = new PieceSet(size)
    out.words.fill(-1)
    if ((size & 31) !== 0) out.words[size >>> 5] = (1 << (size & 31)) - 1
    out.#count = size
    return out
  }

  static fromBitfield(bits: Bitfield): PieceSet {
    const out = new PieceSet(bits.size)
    const { words } = out
    const { bytes } = bits
    for (let i = 0; i < bytes.length; i++) words[i >>> 2]! |= REVERSED[bytes[i]!]! << ((i & 3) << 3)
    out.#count = bits.count
    return out
  }

  get count(): number {
    return this.#count
  }

  has(piece: number): boolean {
    return ((this.words[piece >>> 5]! >>> (piece & 31)) & 1) !== 0
  }

  /** True when the piece was not in the set. */
  add(piece: number): boolean {
    if (this.has(piece)) return false
    this.words[piece >>> 5]! |= 1 << (piece & 31)
    this.#count++
    return true
  }

  /** True when the piece was in the set. */
  delete(piece: number): boolean {
    if (!this.has(piece)) return false
    this.words[piece >>> 5]! &= ~(1 << (piece & 31))
    this.#count--
    return true
  }

  clone(): PieceSet {
    const out = new PieceSet(this.words.length << 5)
    out.words.set(this.words)
    out.#count = this.#count
    return out
  }
}

/** The first piece at or after `from` that is in both sets; -1 = none. */
export function nextCommon(a: PieceSet, b: PieceSet, from: number): number {
  let mask = -1 << (from & 31)
  for (let i = from >>> 5; i < a.words.length; i++) {
    const word = a.words[i]! & b.words[i]! & mask
    if (word !== 0) return (i << 5) + lowestBit(word)
    mask = -1
  }
  return -1
}

/** The first word from `from` up to `end` with a piece that is in both sets; `end` = none. */
export function nextCommonWord(a: Int32Array, b: Int32Array, from: number, end: number): number {
  let i = from
  while (i < end && (a[i]! & b[i]!) === 0) i++
  return i
}

/** The number of the lowest set bit of a word that is not zero. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/** Each byte with its bits in the opposite order: wire order has the first piece in the high bit. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let out = 0
  for (let bit = 0; bit < 8; bit++) out |= ((byte >>> bit) & 1) << (7 - bit)
  return out
})
