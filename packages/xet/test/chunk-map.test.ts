import { createHash } from 'node:crypto'

import type { ChunkList } from '@ccbt/chunker'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeChunkMap, encodeChunkMap, loadHashSuite } from '../src/index.ts'
import type { ChunkMapResult } from '../src/index.ts'

const suite = await loadHashSuite('blake3')

function listOf(lengths: readonly number[]): ChunkList {
  return { lengths, hashes: Buffer.concat(lengths.map((_, i) => createHash('sha256').update(String(i)).digest())) }
}

const list = listOf([8192, 131_072, 70_000, 1])
const map = encodeChunkMap(suite, list)
const fileHash = suite.fileHash(list)

function decode(bytes: Uint8Array): ChunkMapResult {
  return decodeChunkMap(bytes, { suite, fileHash })
}

/** The map with these bytes written over it. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(map)
  copy.set(bytes, at)
  return copy
}

describe('chunk maps', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 8192, max: 131_072 }), { maxLength: 60 }),
        fc.nat(131_070),
        (body, tail) => {
          const written = listOf([...body, tail + 1])
          const bytes = encodeChunkMap(suite, written)
          expect(bytes).toHaveLength(17 + 36 * written.lengths.length)
          // Not at the start of its memory, as in a message.
          const inside = Buffer.concat([Buffer.from('ab'), bytes]).subarray(2)
          const size = written.lengths.reduce((sum, length) => sum + length, 0)
          const result = decodeChunkMap(inside, { suite, fileHash: suite.fileHash(written) })
          expect(result).toEqual({ kind: 'read', size, list: { ...written, hashes: Uint8Array.from(written.hashes) } })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('of an empty file have no chunk', () => {
    const empty = listOf([])
    const result = decodeChunkMap(encodeChunkMap(suite, empty), { suite, fileHash: new Uint8Array(32) })
    expect(result).toMatchObject({ kind: 'read', size: 0, list: { lengths: [] } })
  })

  it.each([
    ['too short', map.subarray(0, 16)],
    ['too short', new Uint8Array()],
    ['not a chunk map', changed(0, 0)],
    ['another suite', changed(4, 2)],
    ['too many chunks', changed(13, 0xff, 0xff, 0xff, 0xff)],
    ['wrong number of bytes', changed(16, 3)],
    ['wrong number of bytes', changed(16, 5)],
    ['wrong number of bytes', map.subarray(0, -1)],
    ['wrong number of bytes', Buffer.concat([map, Buffer.alloc(1)])],
    ['a chunk of an impossible length', changed(17, 0, 0, 0x1f, 0xff)],
    ['a chunk of an impossible length', changed(17, 0, 2, 0, 1)],
    ['a chunk of an impossible length', changed(17, 0xff, 0xff, 0xff, 0xff)],
    ['a chunk of an impossible length', changed(17 + 3 * 36, 0, 0, 0, 0)],
    ['lengths that do not add up to the size', changed(12, map[12]! ^ 1)],
    ['lengths that do not add up to the size', changed(5, 0xff)],
    ['another file hash', changed(30, map[30]! ^ 1)],
  ])('are refused: %s', (problem, bytes) => {
    expect(decode(bytes)).toEqual({ kind: 'refused', problem })
  })

  it('are refused when chunks changed places, or lengths', () => {
    const swapped = listOf([131_072, 8192, 70_000, 1])
    expect(decode(encodeChunkMap(suite, swapped))).toEqual({ kind: 'refused', problem: 'another file hash' })
  })

  it('of another suite are never taken for one of this', async () => {
    const other = await loadHashSuite('sha256')
    expect(decode(encodeChunkMap(other, list))).toEqual({ kind: 'refused', problem: 'another suite' })
    const claimed = Uint8Array.from(encodeChunkMap(other, list))
    claimed[4] = suite.id
    const result = decodeChunkMap(claimed, { suite, fileHash: other.fileHash(list) })
    expect(result).toEqual({ kind: 'refused', problem: 'another file hash' })
  })

  it('no change of a byte passes', () => {
    fc.assert(
      fc.property(fc.nat(map.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expect(decode(changed(at, map[at]! ^ mask)).kind).toBe('refused')
      }),
    )
  })

  it('whatever comes is read or refused', () => {
    const head = fc.constant(map.subarray(0, 13))
    const bytes = fc.tuple(head, fc.uint8Array({ maxLength: 300 })).map((parts) => Buffer.concat(parts))
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        expect(decode(bytes).kind).toBe('refused')
      }),
    )
  })
})
