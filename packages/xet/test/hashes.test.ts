// Hashes of both engines for BLAKE3: against the reference values.

import { createHash } from 'node:crypto'

import { createChunkEngine, formatHash, HASH_BYTES, parseHash } from '@ccbt/chunker'
import type { ChunkList, HashSuite } from '@ccbt/chunker'
import { fromHex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { generate, xetVectors } from '../../../test/vectors/xet-vectors.ts'
import { loadBlake3, loadHashSuite } from '../src/index.ts'

const { parameters, files, keyedPrimitives, merkle } = xetVectors

function listOf(data: Uint8Array, suite: HashSuite): ChunkList {
  const chunker = createChunkEngine().chunker()
  const ends = chunker.push(data)
  if (chunker.finish() > 0) ends.push(data.length)
  const chunks = ends.map((end, i) => data.subarray(ends[i - 1] ?? 0, end))
  return {
    lengths: chunks.map((chunk) => chunk.length),
    hashes: Buffer.concat(chunks.map((chunk) => suite.chunkHash(chunk))),
  }
}

function hashTexts({ lengths, hashes }: ChunkList): string[] {
  return lengths.map((_, i) => formatHash(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)))
}

describe.each(['wasm', 'native'] as const)('BLAKE3 by %s', async (engine) => {
  const { keyedHash } = await loadBlake3(engine)
  const suite = await loadHashSuite('blake3', engine)

  it('is the engine that was asked for', async () => {
    expect((await loadBlake3(engine)).engine).toBe(engine)
  })

  it.each(keyedPrimitives.cases)('hashes $size bytes with every key', (vector) => {
    const data = Uint8Array.from({ length: vector.size }, (_, i) => i % 251)
    const digest = (key: string): string => formatHash(keyedHash(fromHex(key)!)(data))
    expect(digest(parameters.DATA_KEY)).toBe(vector.keyed_data)
    expect(digest(parameters.INTERNAL_NODE_KEY)).toBe(vector.keyed_node)
    expect(digest(parameters.VERIFICATION_KEY)).toBe(vector.keyed_verification)
    expect(digest('00'.repeat(32))).toBe(vector.keyed_zero)
  })

  it.each(files)('hashes $generator, $size bytes', (vector) => {
    const list = listOf(generate(vector.generator, vector.size), suite)
    expect(createHash('sha256').update(list.hashes).digest('hex')).toBe(vector.chunkHashesSha256)
    if (vector.chunkHashes !== undefined) expect(hashTexts(list)).toEqual(vector.chunkHashes)
    expect(formatHash(suite.rootHash(list))).toBe(vector.xorbHash)
    expect(formatHash(suite.fileHash(list))).toBe(vector.fileHash)
    expect(formatHash(suite.verificationHash(list.hashes))).toBe(vector.verificationHash)
  })
})

it('blake3-wasm keeps the memory of many hashes in bounds', async () => {
  // Its own keyedHash fails after about 0.7 million calls.
  const suite = await loadHashSuite('blake3', 'wasm')
  const bytes = Buffer.alloc(1)
  const first = formatHash(suite.chunkHash(bytes))
  for (let i = 0; i < 800_000; i++) suite.chunkHash(bytes)
  expect(formatHash(suite.chunkHash(bytes))).toBe(first)
})

describe('the tree over lists of chunks', async () => {
  const suite = await loadHashSuite('blake3')
  // Plain BLAKE3 is no part of the suite; only the reference lists are made with it.
  const { hash } = await import('blake3-wasm')

  function leaves(n: number, firstLength: number): ChunkList {
    const number = Buffer.alloc(4)
    const hashes = Array.from({ length: n }, (_, i) => {
      number.writeUInt32LE(i)
      return Buffer.from(hash(Buffer.from(number)))
    })
    return { lengths: hashes.map((_, i) => firstLength + i), hashes: Buffer.concat(hashes) }
  }

  it('there are as many reference lists as were taken over', () => {
    expect(merkle.cases).toHaveLength(20)
  })

  it.each(merkle.cases)('of $n chunks', (vector) => {
    const list = leaves(vector.n, 1000)
    const salt = Buffer.from(hash(Buffer.from('salt')))
    expect(list.lengths.reduce((sum, length) => sum + length, 0)).toBe(vector.totalLength)
    expect(formatHash(suite.rootHash(list))).toBe(vector.xorbHash)
    expect(formatHash(suite.fileHash(list))).toBe(vector.fileHash)
    expect(formatHash(suite.fileHash(list, salt))).toBe(vector.saltedFileHash)
    expect(formatHash(suite.verificationHash(list.hashes))).toBe(vector.verificationHash)
  })

  // The two lowest bits of the byte that decides where a group ends.
  it.each([0, 1])('whose groups are all as short, or as long, as may be: %i', (bits) => {
    const { n, xorbHash } = merkle.shapes.cases[bits]!
    const list = leaves(n, 1)
    for (let at = 24; at < list.hashes.length; at += HASH_BYTES) list.hashes[at] = (list.hashes[at]! & ~3) | bits
    expect(formatHash(suite.rootHash(list))).toBe(xorbHash)
  })
})

describe('the suite with SHA-256', () => {
  it('matches no hash of the other one, but that of the empty file', async () => {
    const [blake3, sha256] = await Promise.all([loadHashSuite('blake3'), loadHashSuite('sha256')])
    expect([blake3.id, sha256.id]).toEqual([1, 2])
    expect(blake3.name).not.toBe(sha256.name)
    const data = generate('splitmix64:1', 256_000)
    const [one, other] = [listOf(data, blake3), listOf(data, sha256)]
    expect(other.lengths).toEqual(one.lengths)
    const texts = new Set([...hashTexts(one), formatHash(blake3.fileHash(one)), formatHash(blake3.rootHash(one))])
    for (const text of [...hashTexts(other), formatHash(sha256.fileHash(other))]) expect(texts.has(text)).toBe(false)
    expect(sha256.fileHash({ lengths: [], hashes: new Uint8Array() })).toEqual(new Uint8Array(HASH_BYTES))
  })
})

describe('the text of a hash', () => {
  it('is read back', () => {
    const text = files.at(-1)!.fileHash
    expect(formatHash(parseHash(text)!)).toBe(text)
  })

  it.each(['', 'ab', 'x'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), 'a'.repeat(66)])('%j is none', (text) => {
    expect(parseHash(text)).toBeUndefined()
  })
})
