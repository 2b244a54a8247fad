import { collectFileHashes, fileHashes } from '@ccbt/metainfo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, sha256 } from './torrents.ts'

const BLOCK = 16_384

function leavesOf(blocks: number): Uint8Array {
  return new Uint8Array(Buffer.concat(Array.from({ length: blocks }, (_, n) => sha256(Buffer.from(String(n))))))
}

describe('collectFileHashes', () => {
  it('gives the same from parts in any order as from all blocks at once', () => {
    const sample = fc.record({
      blocks: fc.integer({ min: 1, max: 70 }),
      levels: fc.integer({ min: 0, max: 4 }),
      piecesPerPart: fc.integer({ min: 1, max: 5 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    })
    fc.assert(
      fc.property(sample, ({ blocks, levels, piecesPerPart, seed }) => {
        const size = { length: blocks * BLOCK - (seed % BLOCK), pieceLength: BLOCK * 2 ** levels }
        const leaves = leavesOf(blocks)
        const partBytes = piecesPerPart * 2 ** levels * 32
        const parts = Array.from({ length: Math.ceil(leaves.length / partBytes) }, (_, n) => n)
        const collector = collectFileHashes(size)
        const results = parts
          .sort((a, b) => ((a + seed) % 7) - ((b + seed) % 7))
          .map((n) => collector.add(n * piecesPerPart, leaves.subarray(n * partBytes, (n + 1) * partBytes)))
        expect(results.pop()).toEqual(fileHashes(leaves, size))
        expect(results.every((result) => result === undefined)).toBe(true)
      }),
    )
  })

  it.each<[string, number, number, number]>([
    // What is added: at which piece how many of the file's 7 blocks, two to a piece.
    ['too many', 0, 0, 8],
    ['a part beyond the end', 0, 4, 1],
    ['half a piece in the middle', 0, 0, 3],
    ['a full last piece where it is short', 6, 3, 2],
    ['nothing', 0, 0, 0],
  ])('refuses %s', (_, before, firstPiece, blocks) => {
    const collector = collectFileHashes({ length: 7 * BLOCK, pieceLength: 2 * BLOCK })
    if (before > 0) expect(collector.add(0, leavesOf(before))).toBeUndefined()
    expect(failure(() => collector.add(firstPiece, leavesOf(blocks)))).toBe('METAINFO_FIELD_INVALID')
  })

  it('refuses an empty file, and a file without some of its blocks', () => {
    const empty = { length: 0, pieceLength: BLOCK }
    expect(failure(() => fileHashes(new Uint8Array(0), empty))).toBe('METAINFO_FIELD_INVALID')
    const longer = { length: 8 * BLOCK, pieceLength: 2 * BLOCK }
    expect(failure(() => fileHashes(leavesOf(6), longer))).toBe('METAINFO_FIELD_INVALID')
  })
})
