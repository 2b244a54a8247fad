import fc from 'fast-check'
import type { ChunkList } from '@ccbt/chunker'
import { createChunkEngine } from '@ccbt/chunker'
import { describe, expect, it } from 'vitest'

import { generate, xetVectors } from '../../../test/vectors/xet-vectors.ts'
import { diffChunks, loadHashSuite } from '../src/index.ts'

const suite = await loadHashSuite('blake3')

function listOf(data: Uint8Array): ChunkList {
  const chunker = createChunkEngine().chunker()
  const ends = chunker.push(data)
  if (chunker.finish() > 0) ends.push(data.length)
  return {
    lengths: ends.map((end, i) => end - (ends[i - 1] ?? 0)),
    hashes: Buffer.concat(ends.map((end, i) => suite.chunkHash(data.subarray(ends[i - 1] ?? 0, end)))),
  }
}

/** Chunks of these lengths; the hash says which chunk it is. */
function listWith(chunks: readonly (readonly [id: number, length: number])[]): ChunkList {
  const hashes = Buffer.concat(chunks.map(([id]) => Buffer.alloc(32, id)))
  return { lengths: chunks.map(([, length]) => length), hashes }
}

const BLOCK = 16_384

describe('what travels', () => {
  const base = generate('splitmix64:0', 16_777_216)

  it('after one byte was put in, is the chunk around it', () => {
    const edited = Buffer.concat([base.subarray(0, 1_048_576), Buffer.from([7]), base.subarray(1_048_576)])
    const { newChunks, newBytes, blockBytes } = diffChunks(listOf(base), listOf(edited))
    expect({ newChunks, newBytes }).toEqual({
      newChunks: xetVectors.edit.newChunkIndexes,
      newBytes: xetVectors.edit.newBytes,
    })
    expect(blockBytes).toBe(5 * BLOCK)
  })

  it('is nothing between equal files, and all of the first version', () => {
    const list = listOf(base)
    expect(diffChunks(list, list)).toEqual({ newChunks: [], newBytes: 0, blockBytes: 0 })
    const empty = listWith([])
    expect(diffChunks(empty, list)).toMatchObject({ newBytes: base.length, blockBytes: base.length })
    expect(diffChunks(list, empty)).toEqual({ newChunks: [], newBytes: 0, blockBytes: 0 })
  })

  it('is once what occurs several times', () => {
    const wanted = listWith([
      [1, 20_000],
      [1, 20_000],
    ])
    expect(diffChunks(listWith([]), wanted)).toEqual({ newChunks: [0], newBytes: 20_000, blockBytes: 2 * BLOCK })
  })

  it('counts each block that has a byte of a new chunk, once', () => {
    const chunks = fc.array(
      fc.nat(11).map((id) => [id, 8192 + id * 7001] as const),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(chunks, chunks, (old, wanted) => {
        const size = wanted.reduce((sum, [, length]) => sum + length, 0)
        const known = new Set(old.map(([id]) => id))
        const blocks = new Set<number>()
        let at = 0
        for (const [id, length] of wanted) {
          if (!known.has(id)) for (let i = at; i < at + length; i++) blocks.add(Math.floor(i / BLOCK))
          known.add(id)
          at += length
        }
        const bytes = Array.from(blocks, (block) => Math.min(BLOCK, size - block * BLOCK))
        const expected = bytes.reduce((sum, count) => sum + count, 0)
        expect(diffChunks(listWith(old), listWith(wanted)).blockBytes).toBe(expected)
      }),
      { numRuns: 50 },
    )
  })
})
