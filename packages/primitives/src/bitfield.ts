// A fixed-size set of bits in wire order (BEP 3: bit 0 is the high bit of byte 0), with its count kept up to date.

import { bug } from './error.ts'

/**
 * A set of piece indexes.
 * @example
 * const have = new Bitfield(10)
 * have.set(3) // true: it was not set before
 */
export class Bitfield {
  /** How many bits there are. */
  readonly size: number
  /** The bytes in wire order; spare bits of the last byte are zero. Read only for others. */
  readonly bytes: Uint8Array
  #count = 0

  constructor(size: number) {
    this.size = size
    this.bytes = new Uint8Array((size + 7) >>> 3)
  }

  /** A bitfield from bytes in wire order; `undefined` when the length is wrong or a spare bit is set. */
  static fromBytes(bytes: Uint8Array, size: number): Bitfield | undefined {
    if (bytes.length !== (size + 7) >>> 3) return undefined
    const spare = size & 7
    if (spare !== 0 && (bytes[bytes.length - 1]! & (0xff >>> spare)) !== 0) return undefined
    const out = new Bitfield(size)
    out.bytes.set(bytes)
    for (const byte of bytes) out.#count += POPCOUNT[byte]!
    return out
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count
  }

  /** Whether every bit is set. */
  get isFull(): boolean {
    return this.#count === this.size
  }

  /** Whether no bit is set. */
  get isEmpty(): boolean {
    return this.#count === 0
  }

  has(index: number): boolean {
    return (this.bytes[index >>> 3]! & (0x80 >>> (index & 7))) !== 0
  }

  /** Sets a bit; true when it was clear. */
  set(index: number): boolean {
    if (index >= this.size) throw bug(`bit ${index} of ${this.size}`)
    if (this.has(index)) return false
    this.bytes[index >>> 3]! |= 0x80 >>> (index & 7)
    this.#count++
    return true
  }

  /** Clears a bit; true when it was set. */
  clear(index: number): boolean {
    if (!this.has(index)) return false
    this.bytes[index >>> 3]! &= ~(0x80 >>> (index & 7))
    this.#count--
    return true
  }

  /** Sets every bit. */
  fill(): void {
    this.bytes.fill(0xff)
    const spare = this.size & 7
    if (spare !== 0) this.bytes[this.bytes.length - 1] = (0xff << (8 - spare)) & 0xff
    this.#count = this.size
  }

  /** A copy that shares nothing. */
  clone(): Bitfield {
    const out = new Bitfield(this.size)
    out.bytes.set(this.bytes)
    out.#count = this.#count
    return out
  }
}

const POPCOUNT = Uint8Array.from({ length: 256 }, (_, n) => {
  let bits = 0
  for (let rest = n; rest > 0; rest >>>= 1) bits += rest & 1
  return bits
})
