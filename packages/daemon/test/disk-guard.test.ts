// The guard of the disks, with real torrents and made-up free space.

import { CcbtError } from '@ccbt/primitives'
import type { SessionEvent } from '@ccbt/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import type { Engine } from '../src/engine/engine.ts'
import type { EngineTorrent } from '../src/engine/engine-torrent.ts'
import { DiskGuard } from '../src/guard/disk-guard.ts'
import { freeSpace } from '../src/guard/free-space.ts'
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

describe('free space', () => {
  it('of a folder that is not there yet is that of where it would be', async () => {
    const folder = temporaryFolder()
    expect(await freeSpace(`${folder}/a/b/c`)).toBeGreaterThan(0)
    expect(await freeSpace(folder)).toBeGreaterThan(0)
  })
})
