import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { Bitfield, randomBelow, seededRandom } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import { createWorkerPool } from '@ccbt/worker-pool'
import { describe, expect, it } from 'vitest'

import { createResumeStore } from '../src/index.ts'
import type { DiskJobs } from '../src/jobs.ts'
import { FileStates } from '../src/file-states.ts'
import { FilePieceStore } from '../src/piece-store.ts'
import { BufferPool } from '../src/buffer-pool.ts'
import { ReadCache } from '../src/read-cache.ts'
import { WriteMemory } from '../src/write-memory.ts'
import { CRASH_PIECE, CRASH_PLANS } from './crash-plan.ts'
import { allBlocks, blocksOf, makeTorrent, realClock, receive, storeOptions, TempFolder, testDisk } from './support.ts'

const MIB = 1_048_576

describe('a worker that dies', () => {
  it.each([65_536, 3 * MIB])(
    'fails the piece of %i bytes it had, and only that; the store goes on',
    async (pieceLength) => {
      using folder = new TempFolder()
      await using pool = createWorkerPool<DiskJobs>({ url: new URL('./crashing.worker.ts', import.meta.url), size: 1 })
      const buffers = new BufferPool(realClock)
      const memory = new WriteMemory(64 * MIB, buffers)
      const torrent = makeTorrent([{ length: 4 * pieceLength }], pieceLength)
      torrent.pieceHashes[20] = 0xdd
      let nextKey = 0
      const parts = {
        pool,
        states: new FileStates(pool),
        memory,
        cache: new ReadCache(MIB, buffers),
        nextPieceKey: () => nextKey++,
        onWritten: () => undefined,
        onHashed: () => undefined,
        onRead: () => undefined,
        onClosed: () => undefined,
        takeFileIds: () => 1_000_000,
        firstFileId: 0,
        id: 0,
      }
      await using store = new FilePieceStore(parts, storeOptions(torrent, folder))
      const half = blocksOf(torrent.layout, 0)
      // With several segments the worker dies while it holds the hash of another piece, which is lost with it.
      const early = half.slice(0, half.length / 2)
      const rest = half.slice(half.length / 2)
      await receive(store, torrent, early)
      const dead = (await receive(store, torrent, blocksOf(torrent.layout, 1))).get(1)
      expect(dead).toMatchObject({ kind: 'disk-failed', error: { code: 'WORKER_CRASHED', blame: 'us' } })
      const beside = (await receive(store, torrent, rest)).get(0)
      if (pieceLength > MIB) expect(beside).toMatchObject({ kind: 'disk-failed', error: { code: 'WORKER_CRASHED' } })
      else expect(beside).toEqual({ kind: 'stored' })
      expect((await receive(store, torrent, blocksOf(torrent.layout, 0))).get(0)).toEqual({ kind: 'stored' })
      expect((await receive(store, torrent, blocksOf(torrent.layout, 2))).get(2)).toEqual({ kind: 'stored' })
      expect(memory.openBytes + memory.queuedBytes).toBe(0)
      memory.dispose()
    },
  )
})

/** Waits for so many bytes: the child says one for each step, and several may come together. */
async function untilSaid(stdout: Readable, bytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let said = 0
  stdout.on('data', (data: Buffer) => {
    said += data.length
    if (said >= bytes) resolve()
  })
  await promise
}

describe('a process that is killed at any moment', () => {
  it('leaves a resume record that claims nothing that does not hash', async () => {
    const random = seededRandom(Date.now() >>> 0)
    const torrent = makeTorrent(CRASH_PLANS, CRASH_PIECE)
    let claimed = 0
    for (let attempt = 0; attempt < 4; attempt++) {
      using folder = new TempFolder()
      const script = fileURLToPath(new URL('./downloading-child.ts', import.meta.url))
      const args = ['--conditions=ccbt-src', script, folder.path, `${random.u32()}`]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const saves = randomBelow(random, 5)
      await untilSaid(child.stdout, 1 + saves)
      await new Promise((resolve) => setTimeout(resolve, randomBelow(random, 10)))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const options = storeOptions(torrent, folder, { preallocate: 'sparse' })
      const key = { infoHash: new Uint8Array(20).fill(7), directory: options.directory }
      const record = await createResumeStore(folder.join('state')).load(key)
      if (saves > 1) expect(record).toBeDefined()
      if (record === undefined) continue
      await using disk = testDisk()
      await using store = await disk.openStore(options)
      const good = new Bitfield(torrent.layout.pieces)
      const onPiece = (piece: PieceIndex, ok: boolean): void => void (ok && good.set(piece))
      await store.recheck({ onPiece, signal: new AbortController().signal })
      for (let piece = 0; piece < torrent.layout.pieces; piece++)
        if (record.verified.has(piece)) expect(good.has(piece)).toBe(true)
      claimed += record.verified.count
      const missing = allBlocks(torrent.layout).filter((block) => !good.has(block.piece))
      const verdicts = [...(await receive(store, torrent, missing)).values()]
      expect(verdicts.every(({ kind }) => kind === 'stored')).toBe(true)
    }
    expect(claimed).toBeGreaterThan(0)
  })
})
