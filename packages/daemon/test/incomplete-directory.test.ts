// A folder for what is not complete: real torrents between two sessions.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import { DiskGuard } from '../src/guard/disk-guard.ts'
import { DATA, PATIENCE, seeded, startEngine, temporaryFolder } from './support.ts'

describe('with a folder for what is not complete', () => {
  it('a download goes where it belongs when it is complete, and is told of then', async () => {
    const { link } = await seeded('a.bin')
    const incompleteDirectory = temporaryFolder()
    const engine = await startEngine({ automaticFolders: { incompleteDirectory } })
    const directory = temporaryFolder()
    const places: string[] = []
    engine.onDownloaded((done) => {
      places.push(done.dataDirectory)
      expect(readFileSync(join(directory, 'a.bin'))).toEqual(DATA)
    })
    const { torrent } = await engine.add({ source: { kind: 'magnet', link }, settings: { directory }, isOwner: true })
    expect(torrent.dataDirectory).toBe(incompleteDirectory)
    await vi.waitFor(() => expect(places).toEqual([directory]), PATIENCE)
    expect(torrent.settings.directory).toBe(directory)
    expect(existsSync(join(incompleteDirectory, 'a.bin'))).toBe(false)
    expect(torrent.summary()).toMatchObject({ phase: 'seeding', directory })
  })

  it('data that is where it belongs already stays there, and was not downloaded', async () => {
    const { bytes } = await seeded('b.bin')
    const engine = await startEngine({ automaticFolders: { incompleteDirectory: temporaryFolder() } })
    const directory = temporaryFolder()
    writeFileSync(join(directory, 'b.bin'), DATA)
    const told: string[] = []
    engine.onDownloaded(({ name }) => told.push(name))
    const source = { kind: 'torrent-file', bytes } as const
    const { torrent } = await engine.add({ source, settings: { directory }, isOwner: true })
    expect(torrent.dataDirectory).toBe(directory)
    await vi.waitFor(() => expect(torrent.history.completedAtMs).toBeGreaterThan(0), PATIENCE)
    expect([torrent.dataDirectory, told]).toEqual([directory, []])
  })

  it('what cannot be moved stays, is told of, and is moved at the next start', async () => {
    const { link } = await seeded('c.bin')
    const stateDir = temporaryFolder()
    const incompleteDirectory = temporaryFolder()
    const directory = temporaryFolder()
    const notes: AutomationNote[] = []
    const parts = { automaticFolders: { incompleteDirectory }, report: (note: AutomationNote) => notes.push(note) }
    const engine = await startEngine(parts, stateDir)
    // Something else is in its place.
    const { torrent } = await engine.add({ source: { kind: 'magnet', link }, settings: { directory }, isOwner: true })
    mkdirSync(join(directory, 'c.bin'))
    const errors = (): AutomationNote[] => notes.filter(({ level }) => level === 'error')
    await vi.waitFor(() => expect(errors()).toHaveLength(1), PATIENCE)
    expect(torrent.dataDirectory).toBe(incompleteDirectory)
    expect(readFileSync(join(incompleteDirectory, 'c.bin'))).toEqual(DATA)
    await engine[Symbol.asyncDispose]()
    await engine.session[Symbol.asyncDispose]()
    rmdirSync(join(directory, 'c.bin'))
    const [again] = (await startEngine(parts, stateDir)).torrents()
    await vi.waitFor(() => expect(again?.dataDirectory).toBe(directory), PATIENCE)
    expect(readFileSync(join(directory, 'c.bin'))).toEqual(DATA)
  })

  it('its disk is the one that is guarded', async () => {
    const incompleteDirectory = temporaryFolder()
    const engine = await startEngine({ automaticFolders: { incompleteDirectory } })
    const link = `magnet:?xt=urn:btih:${'1'.repeat(40)}`
    await engine.add({ source: { kind: 'magnet', link }, settings: {} })
    const asked: string[] = []
    const freeSpace = (folder: string): Promise<number> => Promise.resolve(asked.push(folder))
    const { session } = engine
    using _ = new DiskGuard({
      torrents: () => engine.torrents(),
      torrentOf: (infoHash) => engine.byHash(infoHash),
      session,
      minFreeBytes: 0,
      report: () => {},
      freeSpace,
    })
    expect(asked).toEqual([incompleteDirectory])
  })
})
