import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { DiskIo } from '../src/index.ts'
import { BufferPool } from '../src/buffer-pool.ts'
import { WriteMemory } from '../src/write-memory.ts'
import {
  allBlocks,
  blocksOf,
  makeTorrent,
  putBlock,
  realClock,
  receive,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
  writable,
} from './support.ts'

const MIB = 1_048_576

function held({ stats }: DiskIo): number {
  return stats.openBytes + stats.queuedBytes + stats.freeBytes
}

describe('the write budget', () => {
  it('is never exceeded, whatever is opened, filled and abandoned', async () => {
    using folder = new TempFolder()
    const budget = 4 * MIB
    const lengths = [1, 3, 16, 64, 96].map((blocks) => blocks * BLOCK_LENGTH)
    const torrents = new Map(lengths.map((length) => [length, makeTorrent([{ length: 12 * length }], length)]))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...lengths),
        fc.array(fc.tuple(fc.nat(11), fc.nat(200), fc.constantFrom('fill', 'fill', 'fill', 'abandon')), {
          maxLength: 400,
        }),
        async (pieceLength, steps) => {
          await using disk = testDisk({ workers: 1, writeBudgetBytes: budget })
          const torrent = torrents.get(pieceLength)!
          await using store = await disk.openStore(storeOptions(torrent, folder))
          const blocks = allBlocks(torrent.layout)
          for (const [piece, n, what] of steps) {
            if (what === 'abandon') store.abandon(piece as PieceIndex)
            else {
              const block = blocks[piece * torrent.layout.blocksPerPiece + (n % torrent.layout.blocksPerPiece)]!
              if (store.reserve(block.piece, block.begin)) void putBlock(store, torrent, block)
              else expect(held(disk)).toBeGreaterThan(budget - Math.min(pieceLength, MIB))
            }
            expect(held(disk)).toBeLessThanOrEqual(budget)
          }
          await store.flush()
          expect(disk.stats.queuedBytes).toBe(0)
          for (let piece = 0; piece < 12; piece++) store.abandon(piece as PieceIndex)
          expect(disk.stats.openBytes).toBe(0)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('lets two torrents finish that together need many times as much', async () => {
    using folder = new TempFolder()
    using other = new TempFolder()
    await using disk = testDisk({ writeBudgetBytes: 4 * MIB })
    const torrents = [makeTorrent([{ length: 24 * MIB }], 8 * MIB, 1), makeTorrent([{ length: 16 * MIB }], 65_536, 2)]
    const verdicts = await Promise.all(
      [folder, other].map(async (place, i) => {
        await using store = await disk.openStore(storeOptions(torrents[i]!, place))
        const done = await receive(store, torrents[i]!, allBlocks(torrents[i]!.layout))
        return [...done.values()].map(({ kind }) => kind)
      }),
    )
    expect(new Set(verdicts.flat())).toEqual(new Set(['stored']))
  })

  it('wakes listeners when there is room again, and not after they have left', async () => {
    using folder = new TempFolder()
    await using disk = testDisk({ writeBudgetBytes: 4 * MIB })
    const torrent = makeTorrent([{ length: 8 * MIB }], MIB)
    await using store = await disk.openStore(storeOptions(torrent, folder))
    for (let piece = 0; piece < 4; piece++) expect(store.reserve(piece as PieceIndex, 0)).toBe(true)
    expect(store.reserve(4 as PieceIndex, 0)).toBe(false)
    expect(store.reserve(3 as PieceIndex, BLOCK_LENGTH)).toBe(true)
    let calls = 0
    store.onWritable(() => calls++)()
    const woken = writable(store)
    await receive(store, torrent, shuffled(blocksOf(torrent.layout, 2), 1))
    await woken
    expect(calls).toBe(0)
    expect(store.reserve(4 as PieceIndex, 0)).toBe(true)
  })

  it('is not used up by a listener that reserves within the call', () => {
    const memory = new WriteMemory(2 * MIB, new BufferPool(realClock))
    expect(memory.reserve(MIB)).toBeDefined()
    expect(memory.reserve(MIB)).toBeDefined()
    expect(memory.reserve(MIB)).toBeUndefined()
    let rounds = 0
    memory.onWritable(() => {
      rounds++
      while (memory.reserve(MIB) !== undefined);
    })
    memory.dropped(MIB)
    expect(rounds).toBe(1)
    expect(memory.openBytes).toBe(2 * MIB)
    memory.dispose()
  })
})
