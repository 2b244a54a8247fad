// Ranges of one family as they come, and sorted without overlaps in the end. Work is done in steps of a few milliseconds,
// between which the caller may let others run.

import { tooLarge } from './errors.ts'
import type { IpRange } from './line.ts'

/** The largest lists that are about have 3 million. */
const MAX_RANGES = 8_388_608
const FIRST_CAPACITY = 1024
/** Ranges per step: 2 ms. */
const STEP = 65_536
const DIGIT_BITS = 16
const DIGITS = 2 ** DIGIT_BITS

/** Ranges in order that neither overlap nor touch; range `n` is the words from `n * wordsPerIp`. */
export interface SortedRanges {
  readonly firsts: Uint32Array
  readonly lasts: Uint32Array
}

/** A growing list of ranges. */
export class RangeList {
  readonly #wordsPerIp: number
  #firsts: Uint32Array
  #lasts: Uint32Array
  #size = 0
  /** Most lists are. */
  #isInOrder = true

  /** `wordsPerIp` is 1 for IPv4, 4 for IPv6. */
  constructor(wordsPerIp: number) {
    this.#wordsPerIp = wordsPerIp
    this.#firsts = new Uint32Array(FIRST_CAPACITY * wordsPerIp)
    this.#lasts = new Uint32Array(FIRST_CAPACITY * wordsPerIp)
  }

  /** @throws IP_FILTER_TOO_LARGE */
  add({ first, last }: IpRange): void {
    const n = this.#size
    if (n === MAX_RANGES) throw tooLarge('ranges', MAX_RANGES)
    if ((n + 1) * this.#wordsPerIp > this.#firsts.length) this.#grow()
    this.#firsts.set(first, n * this.#wordsPerIp)
    this.#lasts.set(last, n * this.#wordsPerIp)
    this.#size++
    if (n > 0 && this.#isInOrder) this.#isInOrder = this.#compare(this.#firsts, n - 1, this.#firsts, n) <= 0
  }

  /** The list in order; each `next` does one step. Nothing may be added meanwhile or afterwards. */
  *sorted(): Generator<void, SortedRanges> {
    const order = this.#isInOrder ? undefined : yield* this.#order()
    const firsts = new Uint32Array(this.#size * this.#wordsPerIp)
    const lasts = new Uint32Array(this.#size * this.#wordsPerIp)
    let last = -1
    for (let i = 0; i < this.#size; i++) {
      if (i % STEP === 0) yield
      const n = order === undefined ? i : order[i]!
      if (last < 0 || !this.#touches(lasts, last, n)) {
        last++
        this.#copy(this.#firsts, n, firsts, last)
        this.#copy(this.#lasts, n, lasts, last)
      } else if (this.#compare(this.#lasts, n, lasts, last) > 0) {
        this.#copy(this.#lasts, n, lasts, last)
      }
    }
    const words = (last + 1) * this.#wordsPerIp
    return { firsts: firsts.slice(0, words), lasts: lasts.slice(0, words) }
  }

  /** The numbers of the ranges in the order of their first addresses: a radix sort, from the least significant digit. */
  *#order(): Generator<void, Uint32Array> {
    let order = new Uint32Array(this.#size)
    for (let n = 0; n < this.#size; n++) {
      if (n % STEP === 0) yield
      order[n] = n
    }
    let next = new Uint32Array(this.#size)
    for (let word = this.#wordsPerIp - 1; word >= 0; word--) {
      for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
        yield* this.#sortByDigit(order, next, { word, shift })
        ;[order, next] = [next, order]
      }
    }
    return order
  }

  /** Counts how often each digit occurs, which tells where each of them begins, then puts all in their places. */
  *#sortByDigit(from: Uint32Array, to: Uint32Array, digit: Digit): Generator<void> {
    const places = new Uint32Array(DIGITS + 1)
    for (let i = 0; i < this.#size; i++) {
      if (i % STEP === 0) yield
      places[this.#digitOf(i, digit) + 1]!++
    }
    for (let d = 1; d < DIGITS; d++) places[d]! += places[d - 1]!
    for (let i = 0; i < this.#size; i++) {
      if (i % STEP === 0) yield
      const n = from[i]!
      to[places[this.#digitOf(n, digit)]!++] = n
    }
  }

  #digitOf(n: number, { word, shift }: Digit): number {
    return (this.#firsts[n * this.#wordsPerIp + word]! >>> shift) & (DIGITS - 1)
  }

  /** Whether our range `n`, which begins no earlier, overlaps or directly follows `lasts[last]`. */
  #touches(lasts: Uint32Array, last: number, n: number): boolean {
    if (this.#compare(this.#firsts, n, lasts, last) <= 0) return true
    let carry = 1
    for (let word = this.#wordsPerIp - 1; word >= 0; word--) {
      const sum = lasts[last * this.#wordsPerIp + word]! + carry
      if (this.#firsts[n * this.#wordsPerIp + word] !== sum >>> 0) return false
      carry = sum > 0xffff_ffff ? 1 : 0
    }
    return carry === 0
  }

  #compare(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
    for (let word = 0; word < this.#wordsPerIp; word++) {
      const difference = a[i * this.#wordsPerIp + word]! - b[j * this.#wordsPerIp + word]!
      if (difference !== 0) return difference
    }
    return 0
  }

  #copy(from: Uint32Array, i: number, to: Uint32Array, j: number): void {
    for (let word = 0; word < this.#wordsPerIp; word++) {
      to[j * this.#wordsPerIp + word] = from[i * this.#wordsPerIp + word]!
    }
  }

  #grow(): void {
    const firsts = new Uint32Array(2 * this.#firsts.length)
    const lasts = new Uint32Array(2 * this.#lasts.length)
    firsts.set(this.#firsts)
    lasts.set(this.#lasts)
    this.#firsts = firsts
    this.#lasts = lasts
  }
}

interface Digit {
  readonly word: number
  readonly shift: number
}
