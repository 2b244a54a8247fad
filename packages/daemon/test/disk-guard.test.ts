// The guard of the disks, with real torrents and made-up free space.

import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { SessionEvent, TorrentSummary } from '@ccbt/core'
import { buildTorrent } from '@ccbt/metainfo'
import { CcbtError } from '@ccbt/primitives'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import type { Engine } from '../src/engine/engine.ts'
import type { EngineTorrent } from '../src/engine/engine-torrent.ts'
import { DiskGuard } from '../src/guard/disk-guard.ts'
import { freeSpace } from '../src/guard/free-space.ts'
import { shortageOf } from '../src/guard/shortage.ts'
import type { Download } from '../src/guard/shortage.ts'
import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

const GIGABYTE = 1e9

interface Guarded {
  readonly engine: Engine
  /** Free bytes by folder; `hang` never answers. */
  readonly free: Map<string, number | 'hang' | 'error'>
  readonly notes: AutomationNote[]
  readonly asked: Map<string, number>
  /** As if a write had failed. */
  readonly refuse: (torrent: EngineTorrent) => void
}

async function startGuarded(refusedMs = 60_000): Promise<Guarded> {
  const engine = await startEngine()
  const free: Guarded['free'] = new Map()
  const notes: AutomationNote[] = []
  const asked = new Map<string, number>()
  const listeners: ((event: SessionEvent) => void)[] = []
  const guard = new DiskGuard({
    torrents: () => engine.torrents(),
    torrentOf: (infoHash) => engine.byHash(infoHash),
    session: {
      subscribe: (listener) => {
        listeners.push(listener)
        return engine.session.subscribe(listener)
      },
    },
    minFreeBytes: GIGABYTE,
    report: (note) => notes.push(note),
    freeSpace: (folder) => {
      asked.set(folder, (asked.get(folder) ?? 0) + 1)
      const space = free.get(folder) ?? 10 * GIGABYTE
      if (space === 'hang') return new Promise(() => {})
      return space === 'error' ? Promise.reject(new Error('no such disk')) : Promise.resolve(space)
    },
    lookMs: 20,
    refusedMs,
  })
  onTestFinished(() => guard[Symbol.dispose]())
  const refuse = ({ infoHash }: EngineTorrent): void => {
    const context = { path: 'x', errno: 'ENOSPC' }
    const error = new CcbtError('DISK_NO_SPACE', 'no space', { blame: 'disk', context })
    for (const listener of listeners) listener({ type: 'failed', infoHash, error })
  }
  return { engine, free, notes, asked, refuse }
}

async function addTorrent(engine: Engine, name: string, directory = temporaryFolder()): Promise<EngineTorrent> {
  const source = { kind: 'torrent-file', bytes: torrentFile(name) } as const
  const { torrent } = await engine.add({ source, settings: { directory }, isOwner: true })
  return torrent
}

async function untilPhase(torrent: EngineTorrent, phase: string): Promise<void> {
  await vi.waitFor(() => expect(torrent.summary()?.phase).toBe(phase), PATIENCE)
}

describe('the guard of the disks', () => {
  it('holds downloads on a disk with too little room, no others, and lets them go on', async () => {
    const { engine, free, notes } = await startGuarded()
    const [full, roomy] = [await addTorrent(engine, 'full'), await addTorrent(engine, 'roomy')]
    await untilPhase(full, 'downloading')
    await untilPhase(roomy, 'downloading')
    free.set(full.settings.directory, GIGABYTE - 1)
    await untilPhase(full, 'paused')
    expect(full.heldBecause).toContain('less than 1 GB')
    expect(full.settings.isPaused).toBe(false)
    expect(roomy.summary()?.phase).toBe('downloading')
    // Just above the minimum is not enough to begin again.
    free.set(full.settings.directory, GIGABYTE + 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(full.summary()?.phase).toBe('paused')
    free.set(full.settings.directory, 2 * GIGABYTE)
    await untilPhase(full, 'downloading')
    expect(full.heldBecause).toBeUndefined()
    expect(notes.map(({ level }) => level)).toEqual(['warning', 'info'])
  })

  it('leaves a torrent alone that the user stopped meanwhile, and holds one again that he resumes', async () => {
    const { engine, free } = await startGuarded()
    const directory = temporaryFolder()
    const [stopped, resumed] = [await addTorrent(engine, 'a', directory), await addTorrent(engine, 'b', directory)]
    free.set(directory, 0)
    await untilPhase(stopped, 'paused')
    await untilPhase(resumed, 'paused')
    await stopped.pause()
    await resumed.resume()
    await vi.waitFor(() => expect(resumed.heldBecause).toBeDefined(), PATIENCE)
    free.set(directory, 2 * GIGABYTE)
    await untilPhase(resumed, 'downloading')
    expect(stopped.summary()?.phase).toBe('paused')
  })

  it('asks a disk that does not answer only once, and guards the others all the same', async () => {
    const { engine, free, asked } = await startGuarded()
    const [dead, alive] = [temporaryFolder(), temporaryFolder()]
    free.set(dead, 'hang')
    const [torrent, other] = [await addTorrent(engine, 'a', dead), await addTorrent(engine, 'b', alive)]
    free.set(alive, 0)
    await untilPhase(other, 'paused')
    await untilPhase(torrent, 'downloading')
    expect(asked.get(dead)).toBe(1)
  })

  it('changes nothing when it cannot tell', async () => {
    const { engine, free, asked } = await startGuarded()
    const torrent = await addTorrent(engine, 'a')
    const { directory } = torrent.settings
    free.set(directory, 0)
    await untilPhase(torrent, 'paused')
    free.set(directory, 'error')
    const before = asked.get(directory) ?? 0
    await vi.waitFor(() => expect(asked.get(directory)).toBeGreaterThan(before + 2), PATIENCE)
    expect(torrent.summary()?.phase).toBe('paused')
  })

  it('tries again a while after a write was refused, whatever the disk says', async () => {
    const { engine, asked, refuse } = await startGuarded(1000)
    const torrent = await addTorrent(engine, 'a')
    await untilPhase(torrent, 'downloading')
    const before = asked.get(torrent.settings.directory) ?? 0
    refuse(torrent)
    await untilPhase(torrent, 'paused')
    expect(torrent.heldBecause).toContain('no space')
    await untilPhase(torrent, 'downloading')
    expect(asked.get(torrent.settings.directory)).toBeGreaterThan(before + 2)
  })
})

describe('a torrent that does not fit', () => {
  /** Of two files of 150 MB. */
  const bytes = buildTorrent({
    name: 'large',
    files: ['a', 'b'].map((name) => ({ path: [name], length: 150_000_000 })),
    isMultiFile: true,
    pieceLength: 2 ** 24,
    pieceHashes: new Uint8Array(20 * 18),
    trackers: [],
  })
  const source = { kind: 'torrent-file', bytes } as const
  const REASON = 'not enough space: 300 MB more are needed where it is written to'

  it('is held at once, others there are not, and goes on when there is room', async () => {
    const { engine, free, notes, asked } = await startGuarded()
    const directory = temporaryFolder()
    const levels = (): string[] => notes.map(({ level }) => level)
    free.set(directory, GIGABYTE + 200_000_000)
    const { torrent } = await engine.add({ source, settings: { directory }, isOwner: true })
    const small = await addTorrent(engine, 'small', directory)
    await vi.waitFor(() => expect(levels()).toEqual(['warning']), PATIENCE)
    expect(torrent.summary()?.phase).toBe('paused')
    expect(torrent.heldBecause).toBe(REASON)
    expect(torrent.settings.isPaused).toBe(false)
    await untilPhase(small, 'downloading')
    // Resumed by the user it still does not fit.
    await torrent.resume()
    await vi.waitFor(() => expect(levels()).toEqual(['warning', 'warning']), PATIENCE)
    free.set(directory, 2 * GIGABYTE)
    await vi.waitFor(() => expect(levels()).toEqual(['warning', 'warning', 'info']), PATIENCE)
    await untilPhase(torrent, 'downloading')
    const untilSeen = async (): Promise<void> => {
      const before = asked.get(directory) ?? 0
      await vi.waitFor(() => expect(asked.get(directory)).toBeGreaterThan(before + 2), PATIENCE)
    }
    await untilSeen()
    // It shares what is left with others: only the minimum stops it now.
    free.set(directory, GIGABYTE)
    await untilSeen()
    expect([torrent.heldBecause, torrent.summary()?.phase]).toEqual([undefined, 'downloading'])
  })

  it('goes on when less of it is wanted, and is held again when more is', async () => {
    const { engine, free } = await startGuarded()
    const directory = temporaryFolder()
    free.set(directory, GIGABYTE + 200_000_000)
    const { torrent } = await engine.add({ source, settings: { directory }, isOwner: true })
    await vi.waitFor(() => expect(torrent.heldBecause).toBe(REASON), PATIENCE)
    await torrent.setFiles({ select: [1], priorities: [4, 4] })
    await vi.waitFor(() => expect(torrent.heldBecause).toBeUndefined(), PATIENCE)
    await untilPhase(torrent, 'downloading')
    await torrent.setFiles({ select: [0, 1], priorities: [4, 4] })
    await vi.waitFor(() => expect(torrent.heldBecause).toBe(REASON), PATIENCE)
  })

  it('is not one whose files have their space already', async () => {
    const [directory, sparse] = [temporaryFolder(), temporaryFolder()]
    const download = (folder: string): Download => ({
      summary: () => ({ directory: folder, wantedLength: 40_000, wantedDone: 10_000 }) as TorrentSummary,
      files: () => [
        { path: ['big', 'a'], length: 20_000, isPad: false, priority: 4 },
        { path: ['big', 'b'], length: 20_000, isPad: false, priority: 4 },
        { path: ['big', 'c'], length: 90_000, isPad: false, priority: 0 },
      ],
    })
    for (const folder of [directory, sparse]) mkdirSync(join(folder, 'big'))
    for (const name of ['a', 'b']) {
      writeFileSync(join(directory, 'big', name), Buffer.alloc(20_000, 1))
      writeFileSync(join(sparse, 'big', name), '')
      truncateSync(join(sparse, 'big', name), 20_000)
    }
    expect(await shortageOf(download(directory), 0)).toBeUndefined()
    expect(await shortageOf(download(sparse), 29_999)).toEqual({ neededBytes: 30_000, roomBytes: 29_999 })
    expect(await shortageOf(download(sparse), 30_000)).toBeUndefined()
    expect(await shortageOf(download(join(sparse, 'nowhere')), 0)).toMatchObject({ neededBytes: 30_000 })
    // The half that is there counts, as far as the disk gives space in blocks.
    writeFileSync(join(sparse, 'big', 'a'), Buffer.alloc(20_000, 1))
    expect(await shortageOf(download(sparse), 19_000)).toEqual({ neededBytes: 20_000, roomBytes: 19_000 })
  })
})

describe('free space', () => {
  it('of a folder that is not there yet is that of where it would be', async () => {
    const folder = temporaryFolder()
    expect(await freeSpace(`${folder}/a/b/c`)).toBeGreaterThan(0)
    expect(await freeSpace(folder)).toBeGreaterThan(0)
  })

  it('has no end where the system knows none', async () => {
    expect(await freeSpace('/proc')).toBe(Number.POSITIVE_INFINITY)
  })
})
