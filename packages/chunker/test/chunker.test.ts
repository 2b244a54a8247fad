// The cuts of both engines: against the reference values, a model that is the definition word for word, and any way of
// splitting the stream.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { generate, naturalCut, xetVectors } from '../../../test/vectors/xet-vectors.ts'
import { gearTable } from '../src/gear-table.ts'
import { countUntilStable, createChunkEngine, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from '../src/index.ts'
import type { ChunkEngine } from '../src/index.ts'

const WORDS = new BigUint64Array(gearTable().buffer)
const MARK_MASK = 0xffff_0000_0000_0000n

/** The definition: hashes every byte, in whole numbers. */
function model(data: Uint8Array): number[] {
  const ends: number[] = []
  let start = 0
  let hash = 0n
  for (const [i, byte] of data.entries()) {
    hash = BigInt.asUintN(64, (hash << 1n) + WORDS[byte]!)
    const size = i + 1 - start
    const isMarked = size >= MIN_CHUNK_BYTES && (hash & MARK_MASK) === 0n
    if (!isMarked && size < MAX_CHUNK_BYTES) continue
    ends.push(i + 1)
    start = i + 1
    hash = 0n
  }
  if (start < data.length) ends.push(data.length)
  return ends
}

/** Where all chunks end when the stream comes in these parts. */
function cut(engine: ChunkEngine, parts: readonly Uint8Array[]): number[] {
  const chunker = engine.chunker()
  const ends: number[] = []
  let offset = 0
  for (const part of parts) {
    for (const end of chunker.push(part)) ends.push(offset + end)
    offset += part.length
  }
  const rest = chunker.finish()
  if (rest > 0) ends.push((ends.at(-1) ?? 0) + rest)
  return ends
}

function lengthsOf(ends: readonly number[]): number[] {
  return ends.map((end, i) => end - (ends[i - 1] ?? 0))
}

function split(data: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    parts.push(data.subarray(at, at + size))
    at += size
  }
  return [...parts, data.subarray(at)]
}

/** Data with many marks: at the end of most runs of zeros. */
const marked = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.boolean()), { minLength: 1, maxLength: 24 })
  .map((runs) => Buffer.concat(runs.flatMap(([zeros, isMarked]) => [new Uint8Array(zeros), isMarked ? MARK : NOTHING])))
const MARK = naturalCut()
const NOTHING = new Uint8Array()

const files = new Map<string, Uint8Array>()

function file(generator: string, size: number): Uint8Array {
  const key = `${generator} ${size}`
  const data = files.get(key) ?? generate(generator, size)
  files.set(key, data)
  return data
}

it('the table is that of the reference', () => {
  const digest = createHash('sha256').update(gearTable()).digest('hex')
  expect(digest).toBe(xetVectors.parameters.gearTable.sha256OfTableAs256xU64LE)
})

it('there are as many reference files as were taken over', () => {
  expect(xetVectors.files).toHaveLength(65)
})

describe.each(['webassembly', 'typescript'] as const)('%s', (kind) => {
  const engine = createChunkEngine(kind)

  it.each(xetVectors.files)('cuts $generator, $size bytes', ({ generator, size, sha256, boundaries }) => {
    const data = file(generator, size)
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256)
    expect(cut(engine, [data])).toEqual(boundaries)
  })

  it('takes no early mark for a cut', () => {
    // A search that gives up at a mark before the least size, or starts anew after it, cuts these at 8128 to 8191.
    const data = generate('xorshift32:2463534242', 1_048_576)
    expect(cut(engine, [data])[0]).toBe(17_709)
    expect(cut(engine, [generate('periodic:10', 65_536)])[0]).toBe(8270)
  })

  it('cuts as the definition says', () => {
    fc.assert(
      fc.property(marked, (data) => {
        expect(cut(engine, [data])).toEqual(model(data))
      }),
      { numRuns: 25 },
    )
  })

  it('does not depend on how the stream is split', () => {
    const random = file('splitmix64:0', 1_000_000)
    const whole = cut(engine, [random])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 150_000 }), { maxLength: 30 }), marked, (sizes, other) => {
        expect(cut(engine, split(random, sizes))).toEqual(whole)
        expect(cut(engine, split(other, sizes))).toEqual(cut(engine, [other]))
      }),
      { numRuns: 60 },
    )
  })

  it('takes a stream byte by byte', () => {
    const data = file('splitmix64:1', 256_000)
    const bytes = Array.from(data, (_, i) => data.subarray(i, i + 1))
    expect(cut(engine, bytes)).toEqual(cut(engine, [data]))
  })

  it('cuts two streams at once', () => {
    const [one, two] = [file('splitmix64:0', 1_000_000), file('xorshift32:1', 1_000_000)]
    const chunkers = [engine.chunker(), engine.chunker()]
    const ends: number[][] = [[], []]
    for (let at = 0; at < 1_000_000; at += 10_007) {
      for (const [i, data] of [one, two].entries()) {
        const part = data.subarray(at, at + 10_007)
        ends[i]!.push(...chunkers[i]!.push(part).map((end) => at + end))
      }
    }
    expect(ends[0]).toEqual(cut(engine, [one]).slice(0, -1))
    expect(ends[1]).toEqual(cut(engine, [two]).slice(0, -1))
  })

  it('starts anew after the end of a stream', () => {
    const chunker = engine.chunker()
    chunker.push(file('splitmix64:0', 65_535))
    expect(chunker.finish()).toBe(65_535)
    expect(chunker.finish()).toBe(0)
    const data = file('splitmix64:0', 1_000_000)
    expect(chunker.push(data)).toEqual(cut(engine, [data]).slice(0, -1))
  })
})

describe('chunking from the middle of a file', () => {
  const engine = createChunkEngine()

  /** What is wrong with the stable place that is found when chunking starts at `start`; and whether there is one. */
  function check(data: Uint8Array, start: number): boolean {
    const all = new Set(cut(engine, [data]))
    const ends = cut(engine, [data.subarray(start)]).map((end) => start + end)
    const count = countUntilStable(lengthsOf(ends.map((end) => end - start)))
    if (count === undefined) return false
    expect(ends.slice(count - 1).filter((end) => !all.has(end))).toEqual([])
    return true
  }

  it('is in step with the whole file from the stable place on', () => {
    const random = file('splitmix64:0', 1_048_576)
    let found = 0
    fc.assert(
      fc.property(marked, fc.nat(1_048_576), (data, at) => {
        if (check(data, at % (data.length + 1))) found++
        if (check(random, at)) found++
      }),
      { numRuns: 300 },
    )
    expect(found).toBeGreaterThan(100)
  })

  it('is never certain where all chunks are as long as may be', () => {
    expect(countUntilStable([MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES])).toBeUndefined()
  })

  it.each([
    [[], undefined],
    [[65_536], undefined],
    [[16_384, 16_384], 2],
    [[16_383, 16_384], undefined],
    [[16_384, 16_383], undefined],
    [[122_879, 122_879], 2],
    [[122_880, 122_879, 8192, 20_000, 20_000, 20_000], 5],
  ])('%j', (lengths, count) => {
    expect(countUntilStable(lengths)).toBe(count)
  })
})
