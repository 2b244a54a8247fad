import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'

import { Bitfield, BLOCK_LENGTH } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { DiskIo, PartialPiece, PieceStore, StoreOptions } from '../src/index.ts'
import {
  allBlocks,
  blocksOf,
  contentOf,
  makeTorrent,
  putBlock,
  readStored,
  receive,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
} from './support.ts'
import type { Block, TestTorrent } from './support.ts'

const MIB = 1_048_576
/** A piece whose copy takes some time to write. */
const BIG = 524_288
const SIGNAL = new AbortController().signal

/** A torrent of small pieces over files, padding and a file that is not wanted; and one of pieces of several segments. */
const PLANS = [
  {
    name: 'pieces of one segment',
    torrent: makeTorrent(
      [{ length: 100_000 }, { length: 31_072, isPad: true }, { length: 150_001 }, { length: 1 }, { length: 70_000 }],
      65_536,
    ),
  },
  {
    name: 'pieces of several segments',
    torrent: makeTorrent([{ length: 2 * MIB + 5 }, { length: 4 * MIB }, { length: 4 * MIB + 77 }], 3 * MIB),
  },
]

function options(torrent: TestTorrent, folder: TempFolder): StoreOptions {
  return storeOptions(torrent, folder, { wanted: (file) => file !== 2, preallocate: 'sparse' })
}

function bitmap(torrent: TestTorrent, piece: number, blocks: readonly Block[]): Uint8Array {
  const bits = new Bitfield(torrent.layout.blocksIn(piece as PieceIndex))
  for (const block of blocks) if (block.piece === piece) bits.set(block.begin / BLOCK_LENGTH)
  return bits.bytes
}

/** Which blocks a list of partial pieces names. */
function named(partials: readonly PartialPiece[], torrent: TestTorrent): Set<string> {
  return new Set(
    partials
      .flatMap(({ piece, blocks }) => {
        const bits = Bitfield.fromBytes(blocks, torrent.layout.blocksIn(piece))!
        return blocksOf(torrent.layout, piece).filter(({ begin }) => bits.has(begin / BLOCK_LENGTH))
      })
      .map(keyOf),
  )
}

function keyOf(block: Block): string {
  return `${block.piece} ${block.begin}`
}

/** One run after another on the same files, each ended without a word after some blocks and checkpoints. */
class Runs {
  readonly #torrent: TestTorrent
  readonly #options: StoreOptions
  readonly #disk: DiskIo
  readonly #stored = new Set<number>()
  #received = new Set<string>()
  #saved: PartialPiece[] = []

  constructor(torrent: TestTorrent, folder: TempFolder, disk: DiskIo) {
    this.#torrent = torrent
    this.#options = options(torrent, folder)
    this.#disk = disk
  }

  async run(seed: number, steps: readonly (number | 'checkpoint')[]): Promise<void> {
    await using store = await this.#disk.openStore(this.#options)
    await this.#restore(store)
    for (const step of steps) {
      if (step === 'checkpoint') {
        this.#saved = await store.checkpoint({ all: true })
        expect(named(this.#saved, this.#torrent)).toEqual(this.#received)
      } else await this.#receive(store, this.#missing(seed).slice(0, step))
    }
  }

  async finish(seed: number): Promise<void> {
    await using store = await this.#disk.openStore(this.#options)
    await this.#restore(store)
    await this.#receive(store, this.#missing(seed))
    expect(this.#stored.size).toBe(this.#torrent.layout.pieces)
    const wrong: number[] = []
    await store.recheck({ signal: SIGNAL, onPiece: (piece, isRight) => void (isRight || wrong.push(piece)) })
    expect(wrong).toEqual([])
  }

  #missing(seed: number): Block[] {
    const missing = allBlocks(this.#torrent.layout).filter(
      (block) => !this.#stored.has(block.piece) && !this.#received.has(keyOf(block)),
    )
    return shuffled(missing, seed)
  }

  /** What was checkpointed is there again, and nothing else. */
  async #restore(store: PieceStore): Promise<void> {
    const open = this.#saved.filter(({ piece }) => !this.#stored.has(piece))
    for (const partial of open) expect((await store.restore(partial, SIGNAL))?.bytes).toEqual(partial.blocks)
    this.#received = named(open, this.#torrent)
  }

  async #receive(store: PieceStore, blocks: readonly Block[]): Promise<void> {
    const verdicts = await receive(store, this.#torrent, blocks)
    for (const block of blocks) this.#received.add(keyOf(block))
    for (const [piece, verdict] of verdicts) {
      expect(verdict).toEqual({ kind: 'stored' })
      this.#stored.add(piece)
      for (const block of blocksOf(this.#torrent.layout, piece)) this.#received.delete(keyOf(block))
    }
    await store.flush()
  }
}

describe.each(PLANS)('$name', ({ torrent }) => {
  it('go on where the last checkpoint was, however often the store is lost', async () => {
    await using disk = testDisk()
    const step = fc.oneof(fc.integer({ min: 1, max: torrent.layout.blocks }), fc.constant('checkpoint' as const))
    const script = fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.nat(), script, async (seed, runs) => {
        using folder = new TempFolder()
        const run = new Runs(torrent, folder, disk)
        for (const [i, steps] of runs.entries()) await run.run(seed + i, steps)
        await run.finish(seed)
      }),
      { numRuns: 25 },
    )
  })

  it('are corrupt when a restored block is not what it was', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const blocks = blocksOf(torrent.layout, 0)
    const early = blocks.filter((_, i) => i % 3 !== 2)
    const late = blocks.filter((_, i) => i % 3 === 2)
    await using first = await disk.openStore(options(torrent, folder))
    await receive(first, torrent, early)
    const [partial] = await first.checkpoint({ all: true })
    await first[Symbol.asyncDispose]()
    const path = folder.join('data', 'folder', 'file-0')
    const content = readFileSync(path)
    content[BLOCK_LENGTH + 9]! ^= 1
    writeFileSync(path, content)
    await using second = await disk.openStore(options(torrent, folder))
    await second.restore(partial!, SIGNAL)
    expect((await receive(second, torrent, late)).get(0)?.kind).toBe('corrupt')
    expect((await receive(second, torrent, blocks)).get(0)).toEqual({ kind: 'stored' })
  })

  it('have only those blocks that the files still have', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const { layout } = torrent
    const kept = blocksOf(layout, 0).slice(0, -1)
    await using first = await disk.openStore(storeOptions(torrent, folder))
    await receive(first, torrent, [...kept, blocksOf(layout, layout.pieces - 1)[1]!])
    await first.flush()
    const [partial, last] = await first.checkpoint({ all: true })
    await first[Symbol.asyncDispose]()
    truncateSync(folder.join('data', 'folder', 'file-0'), Math.min(torrent.files[0]!.length, MIB + 5))
    truncateSync(folder.join('data', 'folder', `file-${torrent.files.length - 1}`), 0)
    await using second = await disk.openStore(storeOptions(torrent, folder))
    const whole = kept.filter((block) => layout.nominalPieceLength < MIB || block.begin < MIB)
    expect((await second.restore(partial!, SIGNAL))?.bytes).toEqual(bitmap(torrent, 0, whole))
    expect(await second.restore(last!, SIGNAL)).toBeUndefined()
    expect(disk.stats.openBytes).toBe(layout.nominalPieceLength < MIB ? layout.nominalPieceLength : 0)
    await receive(
      second,
      torrent,
      allBlocks(layout).filter((block) => !whole.some((w) => keyOf(w) === keyOf(block))),
    )
    expect((await readStored(storeOptions(torrent, folder), 0)).equals(contentOf(torrent, 0))).toBe(true)
  })

  it('are not restored when they are open, complete, of a wrong size, or not wanted any more', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    await using store = await disk.openStore(options(torrent, folder))
    const blocks = blocksOf(torrent.layout, 0)
    await receive(store, torrent, blocks.slice(0, 2))
    const [partial] = await store.checkpoint({ all: true })
    expect(await store.restore(partial!, SIGNAL)).toBeUndefined()
    store.abandon(partial!.piece)
    const full = { piece: partial!.piece, blocks: bitmap(torrent, 0, blocks) }
    expect(await store.restore(full, SIGNAL)).toBeUndefined()
    expect(await store.restore({ ...full, blocks: new Uint8Array(100) }, SIGNAL)).toBeUndefined()
    const restoring = store.restore(partial!, AbortSignal.abort())
    await expect(restoring).rejects.toMatchObject({ code: 'ABORTED' })
    expect(disk.stats.openBytes).toBe(0)
    expect((await store.restore(partial!, SIGNAL))?.bytes).toEqual(partial!.blocks)
  })
})

describe('a checkpoint', () => {
  it('leaves out what has only begun, and writes each block once', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const { torrent } = PLANS[0]!
    await using store = await disk.openStore(options(torrent, folder))
    const [first, second, third] = blocksOf(torrent.layout, 0)
    await receive(store, torrent, [first!])
    expect(await store.checkpoint()).toEqual([])
    expect(disk.stats.writtenBytes).toBe(0)
    await receive(store, torrent, [second!])
    expect(await store.checkpoint()).toEqual([{ piece: 0, blocks: Uint8Array.of(0xc0) }])
    await receive(store, torrent, [third!])
    const both = await Promise.all([store.checkpoint(), store.checkpoint()])
    expect(both.flat()).toEqual(Array.from({ length: 2 }, () => ({ piece: 0, blocks: Uint8Array.of(0xe0) })))
    expect(disk.stats.writtenBytes).toBe(3 * BLOCK_LENGTH)
  })

  it('tells nothing of a store that is closed meanwhile', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const { torrent } = PLANS[0]!
    const store = await disk.openStore(options(torrent, folder))
    await receive(store, torrent, blocksOf(torrent.layout, 0).slice(1))
    const checkpoint = expect(store.checkpoint({ all: true })).rejects.toMatchObject({ code: 'ABORTED' })
    await store[Symbol.asyncDispose]()
    await checkpoint
    expect(disk.stats.openBytes).toBe(0)
  })

  it('never lands on what a later attempt has written', async () => {
    using folder = new TempFolder()
    await using disk = testDisk({ workers: 4 })
    const torrent = makeTorrent([{ length: 30 * BIG }], BIG)
    await using store = await disk.openStore(options(torrent, folder))
    const bad = { ...torrent, data: torrent.data.map((byte) => byte ^ 0xff) }
    for (let piece = 0; piece < torrent.layout.pieces; piece++) {
      const [last, ...rest] = blocksOf(torrent.layout, piece)
      await receive(store, bad, rest)
      const checkpoint = store.checkpoint({ all: true })
      // The copy is on its way when the piece is given up, or found wrong, and received again.
      await Promise.resolve()
      if (piece % 2 === 0) store.abandon(torrent.layout.piece(piece)!)
      else await receive(store, bad, [last!])
      const verdicts = await receive(store, torrent, [...rest, last!])
      expect(verdicts.get(piece)).toEqual({ kind: 'stored' })
      await checkpoint
    }
    expect((await readStored(options(torrent, folder), 0)).equals(torrent.data)).toBe(true)
  })

  it('says why it cannot write, and goes on when it can', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const { torrent } = PLANS[0]!
    mkdirSync(folder.join('data', 'folder', 'file-0'), { recursive: true })
    await using store = await disk.openStore(options(torrent, folder))
    await receive(store, torrent, blocksOf(torrent.layout, 0).slice(1))
    await expect(store.checkpoint({ all: true })).rejects.toMatchObject({ code: 'DISK_NOT_A_FILE' })
    execFileSync('rmdir', [folder.join('data', 'folder', 'file-0')])
    expect(await store.checkpoint({ all: true })).toEqual([{ piece: 0, blocks: Uint8Array.of(0x70) }])
    expect(putBlock(store, torrent, blocksOf(torrent.layout, 0)[0]!)).toBeDefined()
  })

  it.runIf(process.getuid?.() === 0)('says that the disk is full (needs root)', async () => {
    using folder = new TempFolder()
    mkdirSync(folder.join('data'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.join('data')])
    try {
      await using disk = testDisk()
      const { torrent } = PLANS[1]!
      await using store = await disk.openStore(options(torrent, folder))
      await receive(store, torrent, blocksOf(torrent.layout, 0).slice(0, 20))
      await expect(store.checkpoint({ all: true })).rejects.toMatchObject({ code: 'DISK_NO_SPACE', blame: 'disk' })
    } finally {
      execFileSync('umount', [folder.join('data')])
    }
  })
})
