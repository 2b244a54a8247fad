// Pieces that are verified by Merkle trees (BEP 52), alone and beside SHA-1, against trees that are made leaf by leaf.

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { BLOCK_LENGTH, Layout } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PieceTree, StoreOptions } from '../src/index.ts'
import {
  allBlocks,
  blocksOf,
  contentOf,
  makeTorrent,
  receive,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
  writeFiles,
} from './support.ts'
import type { TestTorrent } from './support.ts'

const KIB = 1024
const MIB = 1_048_576

/** Files that each begin with a piece, with the trees of their pieces. */
function makeTrees(
  lengths: readonly number[],
  pieceLength: number,
): TestTorrent & { trees: (PieceTree | undefined)[] } {
  const plans = lengths.flatMap((length) => [
    { length },
    { length: (pieceLength - (length % pieceLength)) % pieceLength, isPad: true },
  ])
  const torrent = makeTorrent(plans, pieceLength)
  const padding = torrent.files.filter((file) => file.isPad)
  const layout = new Layout({ totalLength: torrent.data.length, pieceLength, padding })
  const trees = Array.from({ length: layout.pieces }, (_, piece) => treeOf(torrent, piece, pieceLength))
  return { ...torrent, layout, trees }
}

function treeOf({ files, data }: TestTorrent, piece: number, pieceLength: number): PieceTree | undefined {
  const begin = piece * pieceLength
  const file = files.find(({ isPad, offset, length }) => !isPad && offset <= begin && begin < offset + length)
  if (file === undefined) return undefined
  const end = Math.min(begin + pieceLength, file.offset + file.length)
  const leaves = leavesOf(data.subarray(begin, end))
  const width = file.length > pieceLength ? pieceLength / BLOCK_LENGTH : 2 ** Math.ceil(Math.log2(leaves.length))
  return { root: rootOf(leaves, width), length: end - begin, layers: Math.log2(width) }
}

function leavesOf(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / BLOCK_LENGTH) }, (_, n) =>
    sha256(data.subarray(n * BLOCK_LENGTH, (n + 1) * BLOCK_LENGTH)),
  )
}

/** The root over `width` leaves, those beyond the end being zeros. */
function rootOf(leaves: readonly Uint8Array[], width: number): Uint8Array {
  if (width === 1) return leaves[0] ?? new Uint8Array(32)
  return sha256(rootOf(leaves.slice(0, width / 2), width / 2), rootOf(leaves.slice(width / 2), width / 2))
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

function treeOptions(torrent: ReturnType<typeof makeTrees>, folder: TempFolder, kind: 'v2' | 'hybrid'): StoreOptions {
  const pieceHashes = kind === 'v2' ? new Uint8Array(0) : torrent.pieceHashes
  return storeOptions(torrent, folder, { pieceHashes, treeOf: (piece) => torrent.trees[piece] })
}

describe.each(['v2', 'hybrid'] as const)('a store with the trees of a %s torrent', (kind) => {
  it('stores what is right, without padding, and finds it right again', async () => {
    await using disk = testDisk()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.nat(),
        async (lengths, doublings, seed) => {
          using folder = new TempFolder()
          const torrent = makeTrees(lengths, BLOCK_LENGTH * 2 ** doublings)
          const options = treeOptions(torrent, folder, kind)
          await using store = await disk.openStore(options)
          const blocks = Array.from({ length: torrent.layout.pieces }, (_, n) => blocksOfPiece(torrent, n)).flat()
          const verdicts = await receive(store, torrent, shuffled(blocks, seed))
          expect([...verdicts.values()]).toEqual(
            Array.from({ length: torrent.layout.pieces }, () => ({ kind: 'stored' })),
          )
          for (const [index, file] of torrent.files.entries()) {
            if (file.isPad) continue
            const stored = await readFile(join(options.directory, ...file.path))
            expect(Buffer.compare(stored, contentOf(torrent, index))).toBe(0)
          }
          const right: boolean[] = []
          await store.recheck({ signal: AbortSignal.timeout(10_000), onPiece: (piece, ok) => void (right[piece] = ok) })
          expect(right).toEqual(Array.from({ length: torrent.layout.pieces }, () => true))
        },
      ),
      { numRuns: 12 },
    )
  })

  it.each([256 * KIB, 2 * MIB])(
    'says which blocks came wrong in a piece of %i bytes, and takes the others back',
    async (pieceLength) => {
      using folder = new TempFolder()
      await using disk = testDisk()
      const torrent = makeTrees([pieceLength + 100_000], pieceLength)
      await using store = await disk.openStore(treeOptions(torrent, folder, kind))
      const piece = 0 as PieceIndex
      const bad = { ...torrent, data: torrent.data.map((byte, at) => (at === 5 * BLOCK_LENGTH + 1 ? byte ^ 1 : byte)) }
      const verdict = (await receive(store, bad, blocksOf(torrent.layout, 0))).get(0)
      const leaves = Buffer.concat(leavesOf(torrent.data.subarray(0, pieceLength)))
      if (verdict?.kind !== 'corrupt') throw new Error(`the verdict is ${verdict?.kind}`)
      const different = Array.from({ length: leaves.length / 32 }, (_, n) => n).filter(
        (n) => Buffer.compare(leaves.subarray(n * 32, n * 32 + 32), verdict.blocks.subarray(n * 32, n * 32 + 32)) !== 0,
      )
      expect(different).toEqual([5])
      const good = new Uint8Array(leaves.length / 32 / 8).fill(0xff)
      good[0] = 0xff ^ (0x80 >> 5)
      const restored = await store.restore({ piece, blocks: good }, AbortSignal.timeout(10_000))
      expect(restored?.count).toBe(leaves.length / 32 - 1)
      const again = await receive(store, torrent, [{ piece, begin: 5 * BLOCK_LENGTH, length: BLOCK_LENGTH }])
      expect(again.get(0)).toEqual({ kind: 'stored' })
    },
  )

  it('finds what has changed on the disk, and gives the hashes of blocks as they are there', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTrees([300_000, 5], 64 * KIB)
    const options = treeOptions(torrent, folder, kind)
    await writeFiles(torrent, options)
    await using store = await disk.openStore(options)
    const signal = AbortSignal.timeout(10_000)
    expect(await store.leaves(4 as PieceIndex, signal)).toEqual(
      new Uint8Array(Buffer.concat(leavesOf(torrent.data.subarray(4 * 64 * KIB, 300_000)))),
    )
    await writeFile(
      join(options.directory, ...torrent.files[0]!.path),
      torrent.data.subarray(0, 300_000).with(70_000, 7),
    )
    const wrong: number[] = []
    await store.recheck({ signal, onPiece: (piece, ok) => void (ok || wrong.push(piece)) })
    expect(wrong).toEqual([1])
  })
})

describe('a hybrid torrent whose hashes are of different data', () => {
  it.each([64 * KIB, 2 * MIB])('is told from one that came wrong (pieces of %i bytes)', async (pieceLength) => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTrees([pieceLength], pieceLength)
    const options = treeOptions(torrent, folder, 'hybrid')
    const pieceHashes = torrent.pieceHashes.map((byte) => byte ^ 1)
    await using store = await disk.openStore({ ...options, pieceHashes })
    expect((await receive(store, torrent, allBlocks(torrent.layout))).get(0)).toEqual({ kind: 'inconsistent' })
  })
})

function blocksOfPiece({ layout }: TestTorrent, n: number): ReturnType<typeof allBlocks> {
  const piece = n as PieceIndex
  return Array.from({ length: layout.blocksIn(piece) }, (_, block) => {
    const begin = block * BLOCK_LENGTH
    return { piece, begin, length: Math.min(BLOCK_LENGTH, layout.pieceLength(piece) - begin) }
  })
}
