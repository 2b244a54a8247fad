// What has to travel to somebody who has one version of a file and wants another.

import { formatHash, hashAt } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import { BLOCK_LENGTH } from '@ccbt/primitives'

/** What two versions of a file have in common, by their chunks. */
export interface ChunkDiff {
  /** Indexes of the chunks of the new version that are not in the old one; one that occurs several times counts once. */
  readonly newChunks: readonly number[]
  /** Bytes of these. */
  readonly newBytes: number
  /**
   * Bytes that are fetched when the unit is the block of 16 KiB, as between peers: of all blocks that are not wholly within
   * chunks that are there. This may be more than `newBytes`, or less: a last block may be short.
   */
  readonly blockBytes: number
}

/**
 * Compares two versions.
 * @example diffChunks(await chunker.chunk('old', o), await chunker.chunk('new', o)).newBytes
 */
export function diffChunks(old: ChunkList, wanted: ChunkList): ChunkDiff {
  const known = new Set(old.lengths.map((_, i) => formatHash(hashAt(old, i))))
  const newChunks: number[] = []
  let newBytes = 0
  let blockBytes = 0
  let offset = 0
  /** Up to where blocks have been counted. */
  let counted = 0
  const size = wanted.lengths.reduce((sum, length) => sum + length, 0)
  for (const [i, length] of wanted.lengths.entries()) {
    const hash = formatHash(hashAt(wanted, i))
    const end = offset + length
    if (!known.has(hash)) {
      known.add(hash)
      newChunks.push(i)
      newBytes += length
      const from = Math.max(counted, offset - (offset % BLOCK_LENGTH))
      counted = Math.min(Math.ceil(end / BLOCK_LENGTH) * BLOCK_LENGTH, size)
      blockBytes += Math.max(0, counted - from)
    }
    offset = end
  }
  return { newChunks, newBytes, blockBytes }
}
