// The tree over the hashes of chunks. Its shape depends on the hashes: a group of siblings ends after one that is divisible
// by four, so a change in the middle of a long list leaves most nodes as they were.

import type { ChunkList } from './chunk-list.ts'
import { hashAt } from './chunk-list.ts'
import { formatHash, HASH_BYTES } from './hash-text.ts'

/** Children of a node at most; at least three, but for the last node of a level. */
const MAX_CHILDREN = 9
const MIN_CHILDREN = 3

/** The byte of a hash whose two lowest bits are the hash modulo four: the lowest of its last word. */
const LAST_WORD_AT = 24

/** Hashes the description of a node. */
export type NodeHash = (description: Uint8Array) => Uint8Array

/**
 * The hash that stands for all chunks. That of no chunk is zero, that of a single one its own: there is no node then.
 */
export function rootHash(list: ChunkList, nodeHash: NodeHash): Uint8Array {
  if (list.lengths.length === 0) return new Uint8Array(HASH_BYTES)
  let level = list
  while (level.lengths.length > 1) level = parents(level, nodeHash)
  return level.hashes.slice()
}

function parents(level: ChunkList, nodeHash: NodeHash): ChunkList {
  const count = level.lengths.length
  const lengths: number[] = []
  const hashes = new Uint8Array(Math.ceil(count / MIN_CHILDREN) * HASH_BYTES)
  for (let from = 0; from < count;) {
    const to = groupEnd(level.hashes, from, count)
    hashes.set(nodeHash(description(level, from, to)), lengths.length * HASH_BYTES)
    lengths.push(level.lengths.slice(from, to).reduce((sum, length) => sum + length, 0))
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

/** A line for each child: `HASH : LENGTH`. */
function description(level: ChunkList, from: number, to: number): Uint8Array {
  let text = ''
  for (let i = from; i < to; i++) text += `${formatHash(hashAt(level, i))} : ${level.lengths[i]!}\n`
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
