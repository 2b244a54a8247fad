// Watched folders, with real files and a real engine.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import type { Engine } from '../src/engine/engine.ts'
import { WatchFolder } from '../src/watch/watch-folder.ts'
import type { WatchedFolder } from '../src/watch/watch-folder.ts'
import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

interface Watching {
  readonly engine: Engine
  readonly path: string
  readonly notes: AutomationNote[]
}

async function startWatch(options: Partial<WatchedFolder> = {}): Promise<Watching> {
  const engine = await startEngine({ automaticFolders: { labelDirectories: new Map([['linux', temporaryFolder()]]) } })
  const path = temporaryFolder()
  const notes: AutomationNote[] = []
  const folder = { path, after: 'rename', ...options } as const
  const watching = new WatchFolder({ folder, engine, report: (note) => notes.push(note), scanMs: 100, settleMs: 40 })
  onTestFinished(() => watching[Symbol.asyncDispose]())
  return { engine, path: folder.path, notes }
}

async function untilNames(path: string, names: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(readdirSync(path).toSorted()).toEqual(names), PATIENCE)
}

describe('a watched folder', () => {
  it('adds what appears in it and renames it, each name once more when it comes again', async () => {
    const { engine, path } = await startWatch()
    writeFileSync(join(path, 'a.torrent'), torrentFile('a'))
    await untilNames(path, ['a.torrent.added'])
    expect(engine.torrents().map(({ name }) => name)).toEqual(['a'])
    writeFileSync(join(path, 'a.torrent'), torrentFile('b'))
    await untilNames(path, ['a.torrent.added', 'a.torrent.added.1'])
    expect(engine.torrents().map(({ name }) => name)).toEqual(['a', 'b'])
    // One that is there already is as good as added.
    writeFileSync(join(path, 'c.torrent'), torrentFile('a'))
    await untilNames(path, ['a.torrent.added', 'a.torrent.added.1', 'c.torrent.added'])
  })

  it('deletes what it has added when that is asked for, and nothing else', async () => {
    const { engine, path } = await startWatch({ after: 'delete', label: 'linux' })
    writeFileSync(join(path, 'bad.torrent'), 'no torrent')
    writeFileSync(join(path, 'a.torrent'), torrentFile('a'))
    writeFileSync(join(path, 'note.txt'), 'x')
    await untilNames(path, ['bad.torrent.failed', 'note.txt'])
    expect(engine.torrents().map(({ settings }) => settings.labels)).toEqual([['linux']])
  })

  it("puts torrents into the label's folder unless the watch names one", async () => {
    const labelled = await startWatch({ label: 'linux' })
    const directory = temporaryFolder()
    const named = await startWatch({ label: 'linux', directory })
    for (const { path } of [labelled, named]) writeFileSync(join(path, 'a.torrent'), torrentFile('a'))
    await untilNames(labelled.path, ['a.torrent.added'])
    await untilNames(named.path, ['a.torrent.added'])
    const [first] = labelled.engine.torrents()
    expect(first?.settings.directory).not.toBe(labelled.engine.downloadDirectory)
    expect(named.engine.torrents()[0]?.settings.directory).toBe(directory)
  })

  it('waits for a slow copy to end', async () => {
    const { engine, path, notes } = await startWatch()
    const bytes = torrentFile('slow')
    for (let length = 20; length < bytes.length; length += 20) {
      writeFileSync(join(path, 'slow.torrent'), bytes.subarray(0, length))
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    writeFileSync(join(path, 'slow.torrent'), bytes)
    await untilNames(path, ['slow.torrent.added'])
    expect(engine.torrents()).toHaveLength(1)
    expect(notes.map(({ level }) => level)).toEqual(['info'])
  })

  it('takes links, one to a line', async () => {
    const { engine, path } = await startWatch()
    const links = ['1', '2'].map((digit) => `magnet:?xt=urn:btih:${digit.repeat(40)}`)
    writeFileSync(join(path, 'links.magnet'), links.join('\n'))
    writeFileSync(join(path, 'nothing.magnet'), '\n')
    await untilNames(path, ['links.magnet.added', 'nothing.magnet.failed'])
    expect(engine.torrents().map(({ infoHash }) => infoHash)).toEqual(['1'.repeat(40), '2'.repeat(40)])
  })

  it('finds a folder that comes later, or comes again', async () => {
    const path = join(temporaryFolder(), 'later')
    const { notes } = await startWatch({ path })
    await vi.waitFor(() => expect(notes).toHaveLength(1), PATIENCE)
    mkdirSync(path)
    writeFileSync(join(path, 'a.torrent'), torrentFile('a'))
    await untilNames(path, ['a.torrent.added'])
    renameSync(path, `${path}.old`)
    await vi.waitFor(() => expect(notes.filter(({ level }) => level === 'warning')).toHaveLength(2), PATIENCE)
    mkdirSync(path)
    writeFileSync(join(path, 'b.torrent'), torrentFile('b'))
    await untilNames(path, ['b.torrent.added'])
  })

  it('leaves alone what is no regular file, too large or hidden, and goes on', async () => {
    const { engine, path } = await startWatch()
    const secret = join(temporaryFolder(), 'secret.torrent')
    writeFileSync(secret, torrentFile('secret'))
    symlinkSync(secret, join(path, 'link.torrent'))
    execFileSync('mkfifo', [join(path, 'pipe.torrent')])
    mkdirSync(join(path, 'folder.torrent'))
    writeFileSync(join(path, '.hidden.torrent'), torrentFile('hidden'))
    writeFileSync(join(path, 'large.torrent'), Buffer.alloc(11 * 1024 * 1024))
    writeFileSync(join(path, 'good.torrent'), torrentFile('good'))
    const rest = ['.hidden.torrent', 'folder.torrent', 'good.torrent.added', 'large.torrent.failed']
    await untilNames(path, [...rest, 'link.torrent', 'pipe.torrent'])
    expect(engine.torrents().map(({ name }) => name)).toEqual(['good'])
    expect(readFileSync(secret)).toEqual(Buffer.from(torrentFile('secret')))
  })

  it('adds a file once that cannot be renamed', async () => {
    const { engine, path, notes } = await startWatch()
    // The longest name that there can be.
    writeFileSync(join(path, `${'a'.repeat(247)}.torrent`), torrentFile('a'))
    await vi.waitFor(() => expect(notes.map(({ level }) => level)).toEqual(['info', 'warning']), PATIENCE)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(notes).toHaveLength(2)
    expect(engine.torrents()).toHaveLength(1)
  })
})
