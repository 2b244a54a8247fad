// The search for cuts in plain TypeScript, for where there is no WebAssembly. The 64 bits of the hash are two signed halves;
// the carry between them comes from the sign bits, because a comparison of unsigned halves would turn them into doubles and
// make the loop three times as slow.

import { gearTable } from './gear-table.ts'
import { MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, SKIPPED_BYTES } from './rules.ts'
import type { OpenChunk, Scanner } from './scanner.ts'

/** A scanner without WebAssembly. */
export function createPlainScanner(): Scanner {
  const table = gearTable()
  return new PlainScanner(new Int32Array(table.buffer, table.byteOffset, table.length / 4))
}

class PlainScanner implements Scanner {
  /** Low and high half of each word in turn. */
  readonly #table: Int32Array

  constructor(table: Int32Array) {
    this.#table = table
  }

  scan(open: OpenChunk, data: Uint8Array): number[] {
    const ends: number[] = []
    for (let at = 0; at < data.length;) {
      const end = this.#toEnd(open, data, at)
      if (end === undefined) break
      ends.push(end)
      at = end
      open.low = open.high = open.size = 0
    }
    return ends
  }

  /** Where the open chunk ends, when it does in `data`. */
  #toEnd(open: OpenChunk, data: Uint8Array, from: number): number | undefined {
    const start = from - open.size
    const limit = (size: number): number => Math.min(start + size, data.length)
    const first = Math.max(from, limit(SKIPPED_BYTES))
    const tested = Math.max(first, limit(MIN_CHUNK_BYTES - 1))
    this.#roll(open, data.subarray(first, tested), false)
    const tail = data.subarray(tested, limit(MAX_CHUNK_BYTES))
    const length = this.#roll(open, tail, true)
    const end = length < 0 ? tested + tail.length : tested + length
    open.size = end - start
    return length >= 0 || open.size === MAX_CHUNK_BYTES ? end : undefined
  }

  /** Hashes `data`, as far as the mark of a cut if that is asked for. Gives the length up to there, or -1. */
  #roll(open: OpenChunk, data: Uint8Array, isTested: boolean): number {
    const table = this.#table
    let { low, high } = open
    let found = -1
    for (let i = 0; i < data.length; i++) {
      const word = data[i]! << 1
      const twice = low << 1
      const added = table[word]!
      const sum = (twice + added) | 0
      const carry = ((twice & added) | ((twice | added) & ~sum)) >>> 31
      high = (((high << 1) | (low >>> 31)) + table[word + 1]! + carry) | 0
      low = sum
      if (isTested && high >>> 16 === 0) {
        found = i + 1
        break
      }
    }
    open.low = low
    open.high = high
    return found
  }
}
