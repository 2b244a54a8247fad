import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { Bitfield, BLOCK_LENGTH } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  allBlocks,
  blocksOf,
  contentOf,
  makeTorrent,
  readStored,
  receive,
  sha1,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
} from './support.ts'
import type { FilePlan } from './support.ts'

const KIB = 1024
const MIB = 1024 * KIB
const never = new AbortController().signal

const fileLength = fc.oneof(fc.constantFrom(0, 1, BLOCK_LENGTH - 1, BLOCK_LENGTH), fc.integer({ min: 0, max: 200_000 }))
const filePlan: fc.Arbitrary<FilePlan> = fc.record({
  length: fileLength,
  isPad: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
})

describe('a piece store', () => {
  it('stores any files in any order of blocks, and reads, checks and finishes them', async () => {
    await using disk = testDisk()
    await fc.assert(
      fc.asyncProperty(
        fc.array(filePlan, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(1, 2, 4, 7),
        fc.constantFrom<'none' | 'sparse' | 'full'>('none', 'sparse', 'full'),
        fc.nat(),
        async (plans, pieceBlocks, preallocate, seed) => {
          using folder = new TempFolder()
          const torrent = makeTorrent(plans, pieceBlocks * BLOCK_LENGTH, seed)
          const options = storeOptions(torrent, folder, { preallocate })
          await using store = await disk.openStore(options)
          const verdicts = await receive(store, torrent, shuffled(allBlocks(torrent.layout), seed))
          expect([...verdicts.values()]).toEqual(
            Array.from({ length: torrent.layout.pieces }, () => ({ kind: 'stored' })),
          )
          await store.finish()
          for (const [i, file] of torrent.files.entries()) {
            if (file.isPad) expect(existsSync(join(options.directory, ...file.path))).toBe(false)
            else expect(Buffer.compare(await readStored(options, i), contentOf(torrent, i))).toBe(0)
          }
          const ok = new Bitfield(torrent.layout.pieces)
          await store.recheck({ onPiece: (piece, isGood) => void (isGood && ok.set(piece)), signal: never })
          expect(ok.isFull).toBe(true)
          for (const block of shuffled(allBlocks(torrent.layout), seed + 1)) {
            const offset = block.piece * torrent.layout.nominalPieceLength + block.begin
            const bytes = await store.read(block.piece, block.begin, block.length)
            expect(Buffer.compare(bytes, torrent.data.subarray(offset, offset + block.length))).toBe(0)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('stores pieces of several segments in any order of blocks', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const plans = [
      { length: 3 * MIB + 17 },
      { length: 0 },
      { length: 1 },
      { length: 64, isPad: true },
      { length: 9 * MIB },
    ]
    for (const pieceLength of [MIB, MIB + 16 * KIB, 2 * MIB, 5 * MIB]) {
      const torrent = makeTorrent(plans, pieceLength, pieceLength)
      const options = storeOptions(torrent, folder, { directory: folder.join(`${pieceLength}`) })
      await using store = await disk.openStore(options)
      const verdicts = await receive(store, torrent, shuffled(allBlocks(torrent.layout), pieceLength))
      expect(new Set([...verdicts.values()].map(({ kind }) => kind))).toEqual(new Set(['stored']))
      for (const i of [0, 2, 4]) expect(Buffer.compare(await readStored(options, i), contentOf(torrent, i))).toBe(0)
    }
  })

  it.each([32 * KIB, 3 * MIB])(
    'tells which block of a piece of %i bytes was bad, and takes the piece again',
    async (pieceLength) => {
      using folder = new TempFolder()
      await using disk = testDisk()
      const torrent = makeTorrent([{ length: 2 * pieceLength + 100 }], pieceLength)
      const options = storeOptions(torrent, folder)
      await using store = await disk.openStore(options)
      const bad = { ...torrent, data: torrent.data.slice() }
      const badBlock = 1
      bad.data[pieceLength + badBlock * BLOCK_LENGTH + 5]! ^= 1
      const blocks = shuffled(blocksOf(torrent.layout, 1), 3)
      const verdict = (await receive(store, bad, blocks)).get(1)
      if (verdict?.kind !== 'corrupt') throw new Error(`verdict ${verdict?.kind}`)
      for (let i = 0; i * BLOCK_LENGTH < pieceLength; i++) {
        const at = pieceLength + i * BLOCK_LENGTH
        const digest = verdict.blocks.subarray(i * 20, i * 20 + 20)
        expect(Buffer.compare(digest, sha1(bad.data.subarray(at, at + BLOCK_LENGTH)))).toBe(0)
      }
      store.withDigests(1 as PieceIndex)
      const again = (await receive(store, torrent, blocks)).get(1)
      if (again?.kind !== 'stored' || again.blocks === undefined) throw new Error(`verdict ${again?.kind}`)
      const differing = Array.from({ length: pieceLength / BLOCK_LENGTH }, (_, i) => i).filter(
        (i) =>
          Buffer.compare(again.blocks!.subarray(i * 20, i * 20 + 20), verdict.blocks.subarray(i * 20, i * 20 + 20)) !==
          0,
      )
      expect(differing).toEqual([badBlock])
      expect((await receive(store, torrent, blocksOf(torrent.layout, 0))).get(0)).toEqual({ kind: 'stored' })
    },
  )

  it('never writes a corrupt piece of one segment', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 64 * KIB }], 64 * KIB)
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    const bad = { ...torrent, data: torrent.data.map((byte) => byte ^ 0xff) }
    expect((await receive(store, bad, allBlocks(torrent.layout))).get(0)?.kind).toBe('corrupt')
    expect(existsSync(options.directory)).toBe(false)
  })

  it('hashes padding as zeros whatever a peer sends for it', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 10_000 }, { length: 22_768, isPad: true }, { length: 40_000 }], 32 * KIB)
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    const dirty = { ...torrent, data: torrent.data.slice() }
    dirty.data.fill(7, 10_000, 32_768)
    const verdicts = await receive(store, dirty, allBlocks(torrent.layout))
    expect([...verdicts.values()].every(({ kind }) => kind === 'stored')).toBe(true)
    const read = await store.read(0 as PieceIndex, 0, 32 * KIB)
    expect(Buffer.compare(read, torrent.data.subarray(0, 32 * KIB))).toBe(0)
  })

  it('gives no target for what was not reserved, is there already or has left', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 64 * KIB }], 32 * KIB)
    await using store = await disk.openStore(storeOptions(torrent, folder))
    const [first, second] = blocksOf(torrent.layout, 0)
    expect(store.blockTarget(first!.piece, first!.begin, first!.length)).toBeUndefined()
    expect(store.blockFilled(first!.piece, first!.begin)).toBeUndefined()
    expect(await receive(store, torrent, [first!])).toEqual(new Map())
    expect(store.blockTarget(first!.piece, first!.begin, first!.length)).toBeUndefined()
    const late = store.blockTarget(second!.piece, second!.begin, second!.length)!
    late.set(torrent.data.subarray(second!.begin, second!.begin + second!.length))
    const verdict = store.blockFilled(second!.piece, second!.begin)
    // The segment has moved to a worker: nobody can write into it any more.
    expect(late.length).toBe(0)
    expect(store.blockTarget(second!.piece, second!.begin, second!.length)).toBeUndefined()
    expect(store.blockFilled(second!.piece, second!.begin)).toBeUndefined()
    expect(await verdict).toEqual({ kind: 'stored' })
  })

  it('starts a piece again after it was abandoned, without the old bytes', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 5 * MIB }], 5 * MIB)
    await using store = await disk.openStore(storeOptions(torrent, folder))
    const blocks = shuffled(allBlocks(torrent.layout), 9)
    const bad = { ...torrent, data: torrent.data.map((byte) => byte ^ 1) }
    for (const count of [1, 100, 319]) {
      await receive(store, bad, blocks.slice(0, count))
      store.abandon(0 as PieceIndex)
    }
    expect((await receive(store, torrent, blocks)).get(0)).toEqual({ kind: 'stored' })
    await store.flush()
    expect(disk.stats.openBytes + disk.stats.queuedBytes).toBe(0)
  })
})

describe('preallocation', () => {
  it.each([
    ['none', BLOCK_LENGTH, false],
    ['sparse', 4 * MIB, false],
    ['full', 4 * MIB, true],
  ] as const)('%s gives a file the size %i at its first write', async (preallocate, size, isAllocated) => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 4 * MIB }], BLOCK_LENGTH)
    const options = storeOptions(torrent, folder, { preallocate })
    await using store = await disk.openStore(options)
    expect(existsSync(options.directory)).toBe(false)
    await receive(store, torrent, blocksOf(torrent.layout, 0))
    const stats = await stat(join(options.directory, ...options.files[0]!.path))
    expect(stats.size).toBe(size)
    expect(stats.blocks * 512 >= 4 * MIB).toBe(isAllocated)
    await receive(store, torrent, allBlocks(torrent.layout).slice(1))
    expect(Buffer.compare(await readStored(options, 0), torrent.data)).toBe(0)
  })
})
