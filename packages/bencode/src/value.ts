// Values of a scanned document, built from the tape when somebody asks for them and not before.
// A key is a string of which every character is one byte (0-255), so that binary keys (info-hashes, Merkle roots) stay
// distinct; ASCII keys look as usual. Of a repeated key the first one counts.

import type { Tape } from './tape.ts'

/** A bencoded value: strings are views into the document, integers beyond 2^53 are bigints, never rounded. */
export type BencodeValue = Uint8Array | number | bigint | BencodeValue[] | BencodeDict

const INTEGER = 0x69
const MINUS = 0x2d
/** Above this many entries a lookup table pays. */
const INDEX_FROM = 16

/**
 * A dictionary: plain data whatever its keys are called (`__proto__`, `constructor`).
 * @example asText(asDict(decode(bytes).value)?.get('announce'))
 */
export class BencodeDict {
  readonly #tape: Tape
  readonly #index: number
  #places: Map<string, number> | undefined

  constructor(tape: Tape, index: number) {
    this.#tape = tape
    this.#index = index
  }

  /** The value of `key`, or `undefined`. */
  get(key: string): BencodeValue | undefined {
    const place = this.place(key)
    return place === undefined ? undefined : valueAt(this.#tape, place)
  }

  has(key: string): boolean {
    return this.place(key) !== undefined
  }

  /** The distinct keys in the order of the document, one byte per character. */
  keys(): IterableIterator<string> {
    return this.#indexed().keys()
  }

  /** The distinct keys with their values, each value built as it is reached. */
  *entries(): IterableIterator<[string, BencodeValue]> {
    for (const [key, place] of this.#indexed()) yield [key, valueAt(this.#tape, place)]
  }

  /** Number of distinct keys. */
  get size(): number {
    return this.#indexed().size
  }

  /**
   * How many tokens the value of `key` consists of, nested ones included; 0 without the key. Costs nothing, so that
   * the reader can refuse a huge list before `get` builds an array of it.
   */
  weight(key: string): number {
    const place = this.place(key)
    return place === undefined ? 0 : this.#tape.next(place) - place
  }

  /**
   * The items of the list `key` when all of them are dictionaries and at most `max`; else `undefined`.
   * Looks at the items' kinds before it builds anything.
   */
  dicts(key: string, max: number): BencodeDict[] | undefined {
    const tape = this.#tape
    const place = this.place(key)
    if (place === undefined || !tape.isList(place)) return undefined
    const end = tape.link(place)
    const out: BencodeDict[] = []
    for (let at = place + 1; at < end; at = tape.next(at)) {
      if (!tape.isDict(at) || out.length === max) return undefined
      out.push(new BencodeDict(tape, at))
    }
    return out
  }

  /** Tape index of the value of `key`: for this package only. */
  place(key: string): number | undefined {
    if (this.#places !== undefined) return this.#places.get(key)
    const tape = this.#tape
    const end = tape.link(this.#index)
    let seen = 0
    for (let at = this.#index + 1; at < end; at = tape.next(at + 1)) {
      if (isKey(tape, at, key)) return at + 1
      if (++seen > INDEX_FROM) return this.#indexed().get(key)
    }
    return undefined
  }

  #indexed(): ReadonlyMap<string, number> {
    if (this.#places !== undefined) return this.#places
    const tape = this.#tape
    const places = new Map<string, number>()
    const end = tape.link(this.#index)
    for (let at = this.#index + 1; at < end; at = tape.next(at + 1)) {
      const key = keyAt(tape, at)
      if (!places.has(key)) places.set(key, at + 1)
    }
    this.#places = places
    return places
  }
}

/** Builds the value at a tape index. Recursion is bounded by the scanner's depth limit; dictionaries stay unbuilt. */
export function valueAt(tape: Tape, index: number): BencodeValue {
  if (tape.isDict(index)) return new BencodeDict(tape, index)
  if (tape.isList(index)) return listAt(tape, index)
  if (tape.bytes[tape.start(index)] === INTEGER) return integerAt(tape, index)
  return tape.bytes.subarray(tape.payload(index), tape.end(index))
}

function listAt(tape: Tape, index: number): BencodeValue[] {
  const end = tape.link(index)
  const out: BencodeValue[] = []
  for (let at = index + 1; at < end; at = tape.next(at)) out.push(valueAt(tape, at))
  return out
}

function integerAt(tape: Tape, index: number): number | bigint {
  const first = tape.start(index) + 1
  const last = tape.end(index) - 1
  const isNegative = tape.bytes[first] === MINUS
  if (last - first > 15) return exactInteger(latin1(tape.bytes, first, last))
  let magnitude = 0
  for (let at = isNegative ? first + 1 : first; at < last; at++) magnitude = magnitude * 10 + (tape.bytes[at]! - 0x30)
  return isNegative ? -magnitude : magnitude
}

function exactInteger(digits: string): number | bigint {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : BigInt(digits)
}

function isKey(tape: Tape, index: number, key: string): boolean {
  const start = tape.payload(index)
  if (tape.end(index) - start !== key.length) return false
  for (let at = 0; at < key.length; at++) if (tape.bytes[start + at] !== key.charCodeAt(at)) return false
  return true
}

function keyAt(tape: Tape, index: number): string {
  return latin1(tape.bytes, tape.payload(index), tape.end(index))
}

/** 4096 arguments are safe for every engine's stack. */
const APPLY_LIMIT = 4096

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let out = ''
  for (let at = start; at < end; at += APPLY_LIMIT) {
    out += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + APPLY_LIMIT)))
  }
  return out
}

/** The bytes of a key as {@link BencodeDict} gives it: one byte per character. Characters above 255 are cut to a byte. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (char) => char.charCodeAt(0))
}

/** The key of these bytes: the inverse of {@link keyBytes}. */
export function keyOf(bytes: Uint8Array): string {
  return latin1(bytes, 0, bytes.length)
}
