import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arrangeFiles, buildTorrent, fileHashes, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashSource } from '../src/making/hash-source.ts'
import { readSourceTree } from '../src/making/source-tree.ts'

const BLOCK = 16_384

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ccbt-hash-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Files of these lengths, by their paths in the torrent. */
function writeFiles(lengths: readonly number[]): Map<string, Buffer> {
  rmSync(join(root, 't'), { recursive: true, force: true })
  mkdirSync(join(root, 't/sub'), { recursive: true })
  return new Map(
    lengths.map((length, n) => {
      const path = `t/${n % 2 === 0 ? '' : 'sub/'}file ${n}`
      const data = Buffer.alloc(length, createHash('sha512').update(path).digest())
      writeFileSync(join(root, path), data)
      return [path, data] as const
    }),
  )
}

function digests(algorithm: string, data: Buffer, size: number): Buffer {
  const parts = Array.from({ length: Math.ceil(data.length / size) }, (_, n) => data.subarray(n * size, (n + 1) * size))
  return Buffer.concat(parts.map((part) => createHash(algorithm).update(part).digest()))
}

/** What the torrent says of its files must be what a look at their data says. */
function compare(torrent: Metainfo, data: ReadonlyMap<string, Buffer>): void {
  const { pieceLength, files } = torrent
  const real = files.filter((file) => !file.isPad)
  expect(new Map(real.map((file) => [file.path.join('/'), file.length]))).toEqual(
    new Map([...data].map(([path, bytes]) => [path, bytes.length])),
  )
  const dataOf = (path: readonly string[], length: number): Buffer => data.get(path.join('/')) ?? Buffer.alloc(length)
  if (torrent.kind !== 'v2') {
    const space = Buffer.concat(files.map(({ path, length }) => dataOf(path, length)))
    expect(digests('sha1', space, pieceLength).equals(torrent.pieceHashes)).toBe(true)
  }
  for (const { path, length, piecesRoot } of torrent.kind === 'v1' ? [] : real) {
    if (length === 0) continue
    const leaves = new Uint8Array(digests('sha256', dataOf(path, length), BLOCK))
    expect(piecesRoot).toEqual(fileHashes(leaves, { length, pieceLength }).piecesRoot)
  }
}

describe('hashSource', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)(
    'makes %s torrents that tell of the very files',
    async (kind) => {
      const length = fc.oneof(fc.constantFrom(0, 1, BLOCK, 4 * BLOCK), fc.integer({ min: 0, max: 300_000 }))
      const sample = fc.record({
        lengths: fc.array(length, { minLength: 1, maxLength: 6 }).filter((all) => all.some((one) => one > 0)),
        pieceLength: fc.constantFrom(BLOCK, 4 * BLOCK, 64 * BLOCK),
        align: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(sample, async ({ lengths, pieceLength, align }) => {
          const data = writeFiles(lengths)
          const { files, name } = await readSourceTree(join(root, 't'))
          const arranged = arrangeFiles(files, { kind, pieceLength, align })
          let hashed = 0
          const progress = {
            signal: new AbortController().signal,
            onProgress: (bytes: number) => void (hashed += bytes),
          }
          const unhashed = { kind, name, isMultiFile: true, pieceLength, files: arranged }
          const torrent = parseTorrent(buildTorrent(await hashSource(unhashed, progress)))
          expect(torrent.warnings).toEqual([])
          compare(torrent, data)
          const counted = kind === 'v1' ? torrent.files : torrent.files.filter((file) => !file.isPad)
          expect(hashed).toBe(counted.reduce((sum, file) => sum + file.length, 0))
        }),
        { numRuns: 6 },
      )
    },
    60_000,
  )
})
