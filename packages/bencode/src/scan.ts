// The strict scanner: the only code that looks at bytes nobody has checked. It is iterative, so that nesting cannot
// overflow the stack, and allocates nothing but the tape, so that a claimed length costs nothing before it is proven.
// What it accepts is bencode as BEP 3 defines it; dictionaries out of order are accepted with a warning unless forbidden.

import { depthExceeded, keyOrder, sizeExceeded, syntaxInvalid, trailingBytes } from './errors.ts'
import { Tape } from './tape.ts'

/** What a document may be. All limits are inclusive. */
export interface ScanLimits {
  /** Nesting of lists and dictionaries: default 64, at most 1000. */
  readonly maxDepth?: number
  /** Values plus closing marks: default 3 million, which is 24 MB of index. */
  readonly maxTokens?: number
  /** Whether bytes may follow the value, as the payload of ut_metadata (BEP 9) does. Default false. */
  readonly allowTrailing?: boolean
  /** Whether unsorted or repeated keys are an error instead of a warning. Default false. */
  readonly strictKeys?: boolean
}

/** A validated document. */
export interface Scan {
  readonly tape: Tape
  readonly warnings: string[]
  /** Byte after the value. */
  readonly end: number
}

const DEFAULT_DEPTH = 64
/** Lists are built by recursion from the tape; this depth is far from the end of any stack. */
const MAX_DEPTH = 1000
const DEFAULT_TOKENS = 3_000_000
/** The tape holds 32-bit places. */
const MAX_BYTES = 0x7fff_ffff
/** Digits of 2^64 - 1: more is no integer of any BEP. */
const MAX_INTEGER_DIGITS = 20
const MAX_WARNINGS = 8

const DICT = 0x64
const LIST = 0x6c
const INTEGER = 0x69
const END = 0x65
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30

/** Validates one value at the start of `bytes` and indexes it. Throws BENCODE_* with the position. */
export function scan(bytes: Uint8Array, limits: ScanLimits = {}): Scan {
  return new Scanner(bytes, limits).run()
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #limits: ScanLimits
  readonly #maxDepth: number
  readonly #maxTokens: number
  readonly #tape: Tape
  readonly #warnings: string[] = []
  /** Tape indexes of the open containers. */
  readonly #open: number[] = []
  /** For each open container: index of its last key, -1 before the first key of a dictionary, -2 for a list. */
  readonly #lastKey: number[] = []
  #at = 0
  /** Whether the next token of the innermost dictionary is a key. */
  #wantsKey = false

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    if (bytes.length > MAX_BYTES) throw sizeExceeded(MAX_BYTES, MAX_BYTES)
    this.#bytes = bytes
    this.#limits = limits
    this.#maxDepth = Math.min(limits.maxDepth ?? DEFAULT_DEPTH, MAX_DEPTH)
    this.#maxTokens = limits.maxTokens ?? DEFAULT_TOKENS
    this.#tape = new Tape(bytes)
  }

  run(): Scan {
    do this.#token()
    while (this.#open.length > 0)
    const extra = this.#bytes.length - this.#at
    if (extra > 0 && this.#limits.allowTrailing !== true) throw trailingBytes(this.#at, extra)
    return { tape: this.#tape, warnings: this.#warnings, end: this.#at }
  }

  #token(): void {
    if (this.#tape.length >= this.#maxTokens) throw sizeExceeded(this.#at, this.#maxTokens)
    const first = this.#bytes[this.#at]
    if (first === END) this.#close()
    else if (this.#wantsKey) this.#key()
    else this.#value(first)
  }

  #value(first: number | undefined): void {
    if (first === DICT || first === LIST) return this.#openContainer(first)
    if (first === INTEGER) this.#integer()
    else this.#string()
    this.#wantsKey = this.#isInDict()
  }

  #isInDict(): boolean {
    const top = this.#lastKey.length - 1
    return top >= 0 && this.#lastKey[top]! !== -2
  }

  #openContainer(first: number): void {
    if (this.#open.length >= this.#maxDepth) throw depthExceeded(this.#at, this.#maxDepth)
    this.#open.push(this.#tape.push(this.#at, 0))
    this.#lastKey.push(first === DICT ? -1 : -2)
    this.#wantsKey = first === DICT
    this.#at++
  }

  #close(): void {
    const index = this.#open.pop()
    if (index === undefined) throw syntaxInvalid(this.#at, 'nothing to close')
    const isDict = this.#lastKey.pop() !== -2
    if (isDict && !this.#wantsKey) throw syntaxInvalid(this.#at, 'a key without a value')
    this.#tape.close(index, this.#tape.push(this.#at, 0))
    this.#at++
    this.#wantsKey = this.#isInDict()
  }

  #key(): void {
    const position = this.#at
    const key = this.#string()
    const top = this.#lastKey.length - 1
    const previous = this.#lastKey[top]!
    if (previous >= 0) this.#checkOrder(previous, key, position)
    this.#lastKey[top] = key
    this.#wantsKey = false
  }

  #checkOrder(previous: number, key: number, position: number): void {
    const order = compareStrings(this.#tape, previous, key)
    if (order < 0) return
    const problem = order === 0 ? 'repeated dictionary key' : 'dictionary keys out of order'
    if (this.#limits.strictKeys === true) throw keyOrder(position, problem)
    if (this.#warnings.length < MAX_WARNINGS) this.#warnings.push(`${problem} at byte ${position}`)
  }

  /** Consumes `<length>:<bytes>` and returns its tape index. */
  #string(): number {
    const start = this.#at
    const length = this.#stringLength()
    const end = this.#at + length
    if (end > this.#bytes.length) throw syntaxInvalid(start, 'a string runs past the end')
    this.#at = end
    return this.#tape.push(start, end)
  }

  #stringLength(): number {
    const start = this.#at
    const digits = this.#digits(start)
    if (digits === 0) throw syntaxInvalid(start, start >= this.#bytes.length ? 'it ends too early' : 'no value here')
    if (this.#bytes[start] === ZERO && digits > 1) throw syntaxInvalid(start, 'a string length with a leading zero')
    if (digits > 10) throw syntaxInvalid(start, 'a string runs past the end')
    let length = 0
    for (let at = start; at < start + digits; at++) length = length * 10 + (this.#bytes[at]! - ZERO)
    if (this.#bytes[start + digits] !== COLON) throw syntaxInvalid(start + digits, 'no colon after a string length')
    this.#at = start + digits + 1
    return length
  }

  #integer(): void {
    const start = this.#at
    const isNegative = this.#bytes[start + 1] === MINUS
    const first = start + (isNegative ? 2 : 1)
    const digits = this.#digits(first)
    if (digits === 0 || digits > MAX_INTEGER_DIGITS)
      throw syntaxInvalid(start, 'an integer without or with too many digits')
    if (this.#bytes[first] === ZERO && (digits > 1 || isNegative)) {
      throw syntaxInvalid(start, 'an integer with a leading zero or a negative zero')
    }
    if (this.#bytes[first + digits] !== END) throw syntaxInvalid(first + digits, 'an integer that does not end')
    this.#at = first + digits + 1
    this.#tape.push(start, this.#at)
  }

  /** Counts the digits from `from`, stopping after one more than any integer may have. */
  #digits(from: number): number {
    let at = from
    const stop = Math.min(this.#bytes.length, from + MAX_INTEGER_DIGITS + 1)
    while (at < stop && this.#bytes[at]! >= ZERO && this.#bytes[at]! <= 0x39) at++
    return at - from
  }
}

/** Order of two strings of a tape by their raw bytes: negative, 0 or positive. */
function compareStrings(tape: Tape, left: number, right: number): number {
  const bytes = tape.bytes
  let a = tape.payload(left)
  let b = tape.payload(right)
  const aEnd = tape.end(left)
  const bEnd = tape.end(right)
  for (; a < aEnd && b < bEnd; a++, b++) {
    if (bytes[a] !== bytes[b]) return bytes[a]! - bytes[b]!
  }
  return aEnd - a - (bEnd - b)
}
