import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { HashBlocksOptions } from '../src/index.ts'
import { hashPieces, randomBytes, TempFolder, testDisk } from './support.ts'

const BLOCK = 16_384
const signal = new AbortController().signal

function leavesOf(data: Uint8Array): Buffer {
  const blocks = Array.from({ length: Math.ceil(data.length / BLOCK) }, (_, n) =>
    createHash('sha256')
      .update(data.subarray(n * BLOCK, (n + 1) * BLOCK))
      .digest(),
  )
  return Buffer.concat(blocks)
}

/** Collects leaves by their place; what arrives twice or is left out shows. */
class Collected {
  readonly #pieceLength: number
  readonly #files = new Map<number, Map<number, Uint8Array>>()

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength
  }

  readonly onLeaves: HashBlocksOptions['onLeaves'] = (index, firstPiece, leaves) => {
    const file = this.#files.get(index) ?? new Map<number, Uint8Array>()
    expect(file.has(firstPiece)).toBe(false)
    this.#files.set(index, file.set(firstPiece, leaves.slice()))
  }

  leaves(index: number): Buffer {
    const parts = [...(this.#files.get(index) ?? [])].sort(([a], [b]) => a - b)
    let piece = 0
    for (const [firstPiece, leaves] of parts) {
      expect(firstPiece).toBe(piece)
      piece += Math.ceil((leaves.length / 32) * (BLOCK / this.#pieceLength))
    }
    return Buffer.concat(parts.map(([, leaves]) => leaves))
  }
}

describe('hashing files for a new v2 or hybrid torrent', () => {
  const lengths = [0, 1, BLOCK, BLOCK + 1, 0, 300_000, 70_000_003, 65_536, 5]

  it.each([
    [BLOCK, true],
    [65_536, true],
    [33_554_432, true],
    [65_536, false],
  ])('gives the hashes of blocks and pieces, for pieces of %i bytes: %s', async (pieceLength, wantsPieces) => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const files = lengths.map((length, i) => ({
      absolutePath: folder.join(`${i}`),
      length,
      // The last one has none: an aligned torrent may end with its data.
      padding: i === lengths.length - 1 ? 0 : (pieceLength - (length % pieceLength)) % pieceLength,
    }))
    const data = files.map(({ absolutePath, length }, i) => {
      const bytes = randomBytes(length, i + 1)
      writeFileSync(absolutePath, bytes)
      return bytes
    })
    const collected = new Collected(pieceLength)
    let hashed = 0
    const digests = await disk.hashBlocks({
      files,
      pieceLength,
      wantsPieces,
      onLeaves: collected.onLeaves,
      onProgress: (bytes) => (hashed += bytes),
      signal,
    })
    for (const [i, bytes] of data.entries()) expect(collected.leaves(i).equals(leavesOf(bytes))).toBe(true)
    const space = Buffer.concat(data.flatMap((bytes, i) => [bytes, Buffer.alloc(files[i]!.padding)]))
    const expected = wantsPieces ? hashPieces(space, pieceLength) : new Uint8Array(0)
    expect(Buffer.compare(digests, expected)).toBe(0)
    expect(hashed).toBe(lengths.reduce((sum, length) => sum + length))
  })

  it('hashes many small files', async () => {
    using folder = new TempFolder()
    await using disk = testDisk({ maxOpenFiles: 6 })
    const files = Array.from({ length: 2500 }, (_, i) => ({ absolutePath: folder.join(`${i}`), length: 4, padding: 0 }))
    for (const [i, { absolutePath }] of files.entries()) writeFileSync(absolutePath, String(i).padStart(4))
    const collected = new Collected(BLOCK)
    await disk.hashBlocks({ files, pieceLength: BLOCK, wantsPieces: false, onLeaves: collected.onLeaves, signal })
    for (const i of files.keys()) {
      expect(collected.leaves(i).equals(leavesOf(Buffer.from(String(i).padStart(4))))).toBe(true)
    }
  })

  it('rejects when a file is shorter than it was or missing, and when it is aborted', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    writeFileSync(folder.join('short'), 'abc')
    const hash = (name: string, abort: AbortSignal): Promise<Uint8Array> =>
      disk.hashBlocks({
        files: [{ absolutePath: folder.join(name), length: 4, padding: 0 }],
        pieceLength: BLOCK,
        wantsPieces: true,
        onLeaves: () => {},
        signal: abort,
      })
    await expect(hash('short', signal)).rejects.toMatchObject({ code: 'DISK_FILE_TRUNCATED' })
    await expect(hash('missing', signal)).rejects.toMatchObject({ code: 'DISK_READ_FAILED' })
    await expect(hash('short', AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
