// Chunking files in workers: the same as one pass over the bytes, for any number of segments.

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createChunkEngine, formatHash } from '@ccbt/chunker'
import { afterAll, describe, expect, it } from 'vitest'

import { generate, naturalCut, xetVectors } from '../../../test/vectors/xet-vectors.ts'
import { createFileChunker, loadHashSuite } from '../src/index.ts'
import type { FileChunks } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'ccbt-xet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { signal } = new AbortController()

function file(name: string, data: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, data)
  return path
}

/** In one pass, with everything in memory. */
async function expected(data: Uint8Array): Promise<Omit<FileChunks, 'size' | 'mtimeMs'>> {
  const suite = await loadHashSuite('blake3')
  const chunker = createChunkEngine().chunker()
  const ends = chunker.push(data)
  if (chunker.finish() > 0) ends.push(data.length)
  const hashes = Buffer.concat(ends.map((end, i) => suite.chunkHash(data.subarray(ends[i - 1] ?? 0, end))))
  const lengths = ends.map((end, i) => end - (ends[i - 1] ?? 0))
  return { lengths, hashes, fileHash: suite.fileHash({ lengths, hashes }) }
}

/** Runs of zeros with and without marks between them, where places that are certain are rare. */
function sparse(): Uint8Array {
  const sizes = Array.from(generate('splitmix64:9', 600), (byte) => byte * 90)
  return Buffer.concat(sizes.flatMap((size, i) => [new Uint8Array(size), i % 3 > 0 ? naturalCut() : new Uint8Array(9)]))
}

describe('parallel chunking equals one pass', () => {
  const inputs: readonly (readonly [name: string, data: Uint8Array])[] = [
    ['random', generate('splitmix64:0', 8_000_000)],
    ['zeros', generate('zeros', 3_000_000)],
    ['sparse', sparse()],
    ['half', Buffer.concat([generate('zeros', 1_500_000), generate('splitmix64:3', 1_500_000)])],
  ]

  it.each(inputs)('%s', async (name, data) => {
    const path = file(name, data)
    const one = await expected(data)
    for (const segmentBytes of [100_000, 333_333, 1_048_576, data.length]) {
      await using chunker = createFileChunker({ suite: 'blake3', workers: 2, segmentBytes })
      let progress = 0
      const many = await chunker.chunk(path, { signal, onProgress: (bytes) => (progress += bytes) })
      expect(many.lengths).toEqual(one.lengths)
      expect(formatHash(many.fileHash)).toBe(formatHash(one.fileHash))
      expect(Buffer.from(one.hashes).equals(many.hashes)).toBe(true)
      expect([many.size, progress]).toEqual([data.length, data.length])
    }
  })

  it('gives the reference hash of 16 MiB, and of nothing', async () => {
    await using chunker = createFileChunker({ suite: 'blake3', segmentBytes: 3_000_000 })
    for (const vector of xetVectors.files.filter(({ size }) => size === 16_777_216 || size === 0)) {
      const path = file('reference', generate(vector.generator, vector.size))
      const chunks = await chunker.chunk(path, { signal })
      expect(formatHash(chunks.fileHash)).toBe(vector.fileHash)
    }
  })

  it('uses the suite that was asked for', async () => {
    const data = generate('splitmix64:0', 1_000_000)
    await using chunker = createFileChunker({ suite: 'sha256' })
    const chunks = await chunker.chunk(file('sha256', data), { signal })
    expect(chunks.lengths).toEqual((await expected(data)).lengths)
    const suite = await loadHashSuite('sha256')
    expect(formatHash(chunks.fileHash)).toBe(formatHash(suite.fileHash(chunks)))
  })
})

describe('files that cannot be chunked', () => {
  it('are told apart', async () => {
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
    mkdirSync(join(folder, 'folder'))
    await expect(chunker.chunk(join(folder, 'folder'), { signal })).rejects.toMatchObject({ code: 'XET_NOT_A_FILE' })
    await expect(chunker.chunk(join(folder, 'missing'), { signal })).rejects.toMatchObject({
      code: 'XET_READ_FAILED',
      context: { errno: 'ENOENT' },
    })
  })

  it('a file that grows meanwhile is refused', async () => {
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1, segmentBytes: 1_000_000 })
    const path = file('growing', generate('zeros', 4_000_000))
    let grown = false
    const onProgress = (): void => {
      if (!grown) appendFileSync(path, 'x')
      grown = true
    }
    await expect(chunker.chunk(path, { signal, onProgress })).rejects.toMatchObject({ code: 'XET_FILE_CHANGED' })
  })

  it('a file that is cut short meanwhile is refused', async () => {
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1, segmentBytes: 100_000 })
    const path = file('shrinking', generate('splitmix64:0', 4_000_000))
    const onProgress = (): void => writeFileSync(path, '')
    await expect(chunker.chunk(path, { signal, onProgress })).rejects.toMatchObject({ code: 'XET_FILE_CHANGED' })
  })

  it('ends when it is asked to, and chunks the next file all the same', async () => {
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1, segmentBytes: 100_000 })
    const path = file('aborted', generate('splitmix64:0', 2_000_000))
    const abort = new AbortController()
    const onProgress = (): void => abort.abort()
    await expect(chunker.chunk(path, { signal: abort.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await chunker.chunk(path, { signal })).size).toBe(2_000_000)
  })
})
