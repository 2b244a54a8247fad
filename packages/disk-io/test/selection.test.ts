import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Bitfield } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PieceStore } from '../src/index.ts'
import {
  allBlocks,
  contentOf,
  makeTorrent,
  readStored,
  receive,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
} from './support.ts'
import type { TestTorrent } from './support.ts'

const PIECE = 65_536

async function goodPieces(store: PieceStore, torrent: TestTorrent): Promise<Bitfield> {
  const good = new Bitfield(torrent.layout.pieces)
  await store.recheck({ onPiece: (piece, ok) => void (ok && good.set(piece)), signal: new AbortController().signal })
  return good
}

describe('files that are not wanted', () => {
  it('are never made; their part of a shared piece goes to the part-file and is read from there', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 100_000 }, { length: 300_000 }, { length: 50_000 }], PIECE)
    const options = storeOptions(torrent, folder, { preallocate: 'full', wanted: (i) => i === 1 })
    await using store = await disk.openStore(options)
    const needed = allBlocks(torrent.layout).filter(({ piece }) => piece >= 1 && piece <= 6)
    const verdicts = await receive(store, torrent, shuffled(needed, 1))
    expect([...verdicts.values()].every(({ kind }) => kind === 'stored')).toBe(true)
    await store.finish()
    expect(readdirSync(join(options.directory, 'folder'))).toEqual(['file-1'])
    expect(Buffer.compare(await readStored(options, 1), contentOf(torrent, 1))).toBe(0)
    // Sparse: only the shared pieces' foreign bytes take space.
    const part = statSync(options.partFilePath)
    expect(part.blocks * 512).toBeLessThanOrEqual(2 * PIECE)
    const good = await goodPieces(store, torrent)
    expect([...Array(torrent.layout.pieces).keys()].filter((i) => good.has(i))).toEqual([1, 2, 3, 4, 5, 6])
    const states = await store.fileStates()
    expect(states.map(({ exists, size }) => [exists, size])).toEqual([
      [true, part.size],
      [true, 300_000],
      [true, part.size],
    ])
  })

  it('that exist already are used as they are', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent(
      [
        { length: PIECE, path: ['have'] },
        { length: PIECE, path: ['want'] },
      ],
      PIECE,
    )
    const options = storeOptions(torrent, folder, { wanted: (i) => i === 1, directory: folder.path })
    writeFileSync(folder.join('have'), contentOf(torrent, 0))
    await using store = await disk.openStore(options)
    expect((await goodPieces(store, torrent)).has(0)).toBe(true)
  })

  it('are selected again before anything of them is there, and nothing is there to be synced', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: PIECE }, { length: PIECE }], PIECE)
    const options = storeOptions(torrent, folder, { wanted: () => false })
    await using store = await disk.openStore(options)
    await store.setWanted(1, true)
    await store.flush({ sync: true })
    expect(await store.fileStates()).toMatchObject([{ exists: false }, { exists: false }])
  })

  it('can be selected and deselected at any time without losing a byte', async () => {
    await using disk = testDisk()
    const plans = [{ length: 90_000 }, { length: 10 }, { length: 400_000 }, { length: 0 }, { length: 70_000 }]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(40), fc.nat(4), fc.boolean()), { maxLength: 8 }),
        fc.nat(),
        async (wanted, changes, seed) => {
          using folder = new TempFolder()
          const torrent = makeTorrent(plans, PIECE, seed)
          const options = storeOptions(torrent, folder, { wanted: (i) => wanted[i]! })
          await using store = await disk.openStore(options)
          const blocks = shuffled(allBlocks(torrent.layout), seed)
          const moves: Promise<void>[] = []
          const received: Promise<unknown>[] = []
          let at = 0
          for (const [count, file, isWanted] of changes.toSorted((a, b) => a[0] - b[0])) {
            received.push(receive(store, torrent, blocks.slice(at, Math.max(at, count))))
            at = Math.max(at, count)
            // Not awaited: moves and writes run into each other.
            moves.push(store.setWanted(file, isWanted))
          }
          received.push(receive(store, torrent, blocks.slice(at)))
          await Promise.all([...moves, ...received])
          expect((await goodPieces(store, torrent)).isFull).toBe(true)
          for (let i = 0; i < plans.length; i++) await store.setWanted(i, true)
          await store.finish()
          for (let i = 0; i < plans.length; i++)
            expect(Buffer.compare(await readStored(options, i), contentOf(torrent, i))).toBe(0)
          expect((await goodPieces(store, torrent)).isFull).toBe(true)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('stay out of the folder when they are deselected before their first byte', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: PIECE / 2 }, { length: PIECE / 2 }], PIECE)
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    await store.setWanted(0, false)
    await receive(store, torrent, allBlocks(torrent.layout))
    expect(existsSync(join(options.directory, 'folder', 'file-0'))).toBe(false)
    expect(existsSync(join(options.directory, 'folder', 'file-1'))).toBe(true)
  })
})
