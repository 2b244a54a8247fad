// The tree over the hashes of chunks. Its shape depends on the hashes: a group of siblings ends after one that is divisible
// by four, so a change in the middle of a long list leaves most nodes as they were.

import type { ChunkList } from './chunk-list.ts'
import { hashAt } from './chunk-list.ts'
import { HASH_BYTES } from './hash-text.ts'

/** Children of a node at most; at least three, but for the last node of a level. */
const MAX_CHILDREN = 9
const MIN_CHILDREN = 3

/** The byte of a hash whose two lowest bits are the hash modulo four: the lowest of its last word. */
const LAST_WORD_AT = 24

/** Hashes the description of a node. */
export type NodeHash = (description: Uint8Array) => Uint8Array

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const SEPARATOR = Uint8Array.from(' : ', (char) => char.charCodeAt(0))
const LINE_END = 0x0a

/** Bytes of the longest line about a child: a length has 16 digits at most. */
const LINE_BYTES = 84

/**
 * The hash that stands for all chunks. That of no chunk is zero, that of a single one its own: there is no node then.
 * A million chunks take 0.9 s.
 */
export function rootHash(list: ChunkList, nodeHash: NodeHash): Uint8Array {
  if (list.lengths.length === 0) return new Uint8Array(HASH_BYTES)
  const scratch = new Uint8Array(MAX_CHILDREN * LINE_BYTES)
  let level = list
  while (level.lengths.length > 1) level = parents(level, nodeHash, scratch)
  return level.hashes.slice()
}

function parents(level: ChunkList, nodeHash: NodeHash, scratch: Uint8Array): ChunkList {
  const count = level.lengths.length
  const lengths: number[] = []
  const hashes = new Uint8Array(Math.ceil(count / MIN_CHILDREN) * HASH_BYTES)
  for (let from = 0; from < count;) {
    const to = groupEnd(level.hashes, from, count)
    let at = 0
    let total = 0
    for (let i = from; i < to; i++) {
      at = writeLine(scratch, at, hashAt(level, i), level.lengths[i]!)
      total += level.lengths[i]!
    }
    hashes.set(nodeHash(scratch.subarray(0, at)), lengths.length * HASH_BYTES)
    lengths.push(total)
    from = to
  }
  return { lengths, hashes: hashes.subarray(0, lengths.length * HASH_BYTES) }
}

/** Where the group that starts at `from` ends. */
function groupEnd(hashes: Uint8Array, from: number, count: number): number {
  const limit = Math.min(from + MAX_CHILDREN, count)
  for (let to = from + MIN_CHILDREN; to < limit; to++) {
    if ((hashes[(to - 1) * HASH_BYTES + LAST_WORD_AT]! & 3) === 0) return to
  }
  return limit
}

/** Writes what a node says about a child, `HASH : LENGTH` with the hash as `formatHash` gives it; gives the end. */
function writeLine(out: Uint8Array, at: number, hash: Uint8Array, length: number): number {
  let next = at
  for (let i = 0; i < HASH_BYTES; i++) {
    // Words of eight bytes, each with its last byte first.
    const byte = hash[i ^ 7]!
    out[next++] = DIGITS[byte >>> 4]!
    out[next++] = DIGITS[byte & 15]!
  }
  out.set(SEPARATOR, next)
  const digits = String(length)
  next += SEPARATOR.length
  for (let i = 0; i < digits.length; i++) out[next++] = digits.charCodeAt(i)
  out[next++] = LINE_END
  return next
}
