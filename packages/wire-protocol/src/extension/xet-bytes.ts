// Reads and writes the bodies of cc_xet messages: integers are big-endian, what is counted has bounds.

import { readU32, writeU32 } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'
import { CC_XET } from './xet-abilities.ts'

const MAX_SAFE_HIGH = 0x1f_ffff
/** The longest message is a part of a chunk, or a query: 16 KiB and a little. */
const MAX_PAYLOAD_BYTES = 17_413

/** A message that is not what it should be. */
export function xetInvalid(problem: string): Error {
  return extensionInvalid(CC_XET, problem)
}

/** Reads numbers and bytes from the front; throws at the end of the payload. */
export class XetReader {
  readonly #payload: Uint8Array
  #at = 0

  constructor(payload: Uint8Array) {
    this.#payload = payload
  }

  get left(): number {
    return this.#payload.length - this.#at
  }

  u8(): number {
    return this.bytes(1)[0]!
  }

  u16(): number {
    return this.u8() * 256 + this.u8()
  }

  u32(): number {
    return readU32(this.bytes(4), 0)
  }

  u64(): number {
    const high = this.u32()
    if (high > MAX_SAFE_HIGH) throw xetInvalid('has an impossible size')
    return high * 4_294_967_296 + this.u32()
  }

  bytes(length: number): Uint8Array {
    if (length > this.left) throw xetInvalid('is cut off')
    this.#at += length
    return this.#payload.subarray(this.#at - length, this.#at)
  }

  /** The number, when it is from `min` to `max`. */
  counted(value: number, min: number, max: number): number {
    if (value < min || value > max) throw xetInvalid(`has ${value} of something that may be ${min} to ${max}`)
    return value
  }
}

/** Collects numbers and bytes. */
export class XetWriter {
  readonly #buffer = new Uint8Array(MAX_PAYLOAD_BYTES)
  #at = 0

  u8(value: number): void {
    this.#buffer[this.#at++] = value
  }

  u16(value: number): void {
    this.u8(value >>> 8)
    this.u8(value & 0xff)
  }

  u32(value: number): void {
    writeU32(this.#buffer, this.#at, value)
    this.#at += 4
  }

  u64(value: number): void {
    this.u32(Math.floor(value / 4_294_967_296))
    this.u32(value % 4_294_967_296)
  }

  bytes(value: Uint8Array): void {
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  take(): Uint8Array {
    return this.#buffer.slice(0, this.#at)
  }
}
