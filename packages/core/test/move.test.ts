// Torrents that get another folder or other names while they run.

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { toHex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import type { Session, SessionEvent, TorrentHandle } from '../src/index.ts'
import { MoveJournal } from '../src/torrent/move-journal.ts'
import { pathsOf, renamed } from '../src/torrent/placement.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

const PIECE = 32_768

function torrentOf(): Fixture {
  return fixture({ lengths: [100_000, 70_000, 200_000], pieceLength: PIECE })
}

/** Where the torrent says that its files are, they are, and nothing else is below the folder. */
async function expectFiles(source: Fixture, torrent: TorrentHandle, folder: string): Promise<void> {
  const files = torrent.files()
  for (const [index, { path }] of files.entries()) {
    const { offset, length } = source.metainfo.files[index]!
    const data = await readFile(join(folder, ...path))
    expect(Buffer.compare(data, source.bytes.subarray(offset, offset + length))).toBe(0)
  }
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  expect(found.filter((entry) => entry.isFile())).toHaveLength(files.length)
}

/** A torrent that has seeded from its folder, and how it runs the next time it is added there. */
interface Seeded {
  readonly source: Fixture
  readonly from: string
  readonly to: string
  readonly stateDir: string
  readonly session: Session
  readonly torrent: TorrentHandle
  /** Ends the session and adds the torrent in another one, to its old folder. */
  readonly again: () => Promise<{ readonly restarted: TorrentHandle; readonly events: readonly SessionEvent[] }>
}

async function seeded(): Promise<Seeded> {
  const source = torrentOf()
  const [from, to, stateDir] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  await source.place(from)
  const { session } = await startSession({ stateDir })
  const torrent = await session.add(source.torrent, { directory: from })
  await torrent.complete
  const again: Seeded['again'] = async () => {
    await session[Symbol.asyncDispose]()
    const next = await startSession({ stateDir })
    const restarted = await next.session.add(source.torrent, { directory: from })
    await restarted.complete
    return { restarted, events: next.events }
  }
  return { source, from, to, stateDir, session, torrent, again }
}

/** A file of somebody else where one of the torrent's would be; returns its path. */
async function putInTheWay(directory: string): Promise<string> {
  const path = join(directory, 'folder', 'file 1.bin')
  await mkdir(join(directory, 'folder'))
  await writeFile(path, 'mine')
  return path
}

function move(
  session: Session,
  { infoHash }: TorrentHandle,
  directory: string,
  movesData = true,
): ReturnType<Session['command']> {
  return session.command({ type: 'move', infoHash, directory, movesData })
}

describe('a torrent that moves', () => {
  it('goes on downloading, and is known at the new place after a restart', async () => {
    const source = torrentOf()
    const peer = await seedingPeer(source, { delayMs: 10 })
    const [from, to, stateDir] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    const { session, events } = await startSession({ stateDir })
    const torrent = await session.add(source.torrent, {
      directory: from,
      peers: [peer.address],
      downloadLimitBps: 400_000,
    })
    await expect.poll(() => torrent.snapshot().piecesDone, { interval: 5 }).toBeGreaterThan(1)
    expect(await move(session, torrent, to)).toEqual({ kind: 'done' })
    expect(torrent.snapshot().directory).toBe(to)
    await torrent.complete
    await expectFiles(source, torrent, to)
    expect(await readdir(from)).toEqual([])
    expect(events.filter(({ type }) => type === 'peer-connected')).toHaveLength(1)
    await session[Symbol.asyncDispose]()

    const again = await startSession({ stateDir })
    const restarted = await again.session.add(source.torrent, { directory: to })
    await restarted.complete
    expect(again.events.map(({ type }) => type)).not.toContain('checking')
  })

  it('is found by whoever still adds it at the old folder', async () => {
    const { session, torrent, from, to, again } = await seeded()
    await move(session, torrent, to)
    const { restarted } = await again()
    expect(restarted.snapshot().directory).toBe(to)
    expect(await readdir(from)).toEqual([])
  })

  it('stays where it is when another file is in the way', async () => {
    const { source, session, torrent, from, to } = await seeded()
    const other = await putInTheWay(to)
    expect(await move(session, torrent, to)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('file 1.bin exists already'),
    })
    expect(torrent.snapshot()).toMatchObject({ directory: from, phase: 'seeding' })
    await expectFiles(source, torrent, from)
    expect(await readFile(other, 'utf8')).toBe('mine')
  })

  it('that was cut off is finished when it is added again', async () => {
    const { source, torrent, from, to, stateDir, again } = await seeded()
    // As a kill leaves it: the journal is written, and nothing is moved yet.
    const journal = new MoveJournal(stateDir, torrent.infoHash)
    const names = new Map([[1, ['folder', 'other name']]])
    await journal.save({ from: { directory: from, names: new Map() }, to: { directory: to, names } })
    const { restarted } = await again()
    expect(restarted.snapshot().directory).toBe(to)
    expect(restarted.files()[1]?.path).toEqual(['folder', 'other name'])
    await expectFiles(source, restarted, to)
    expect(await readdir(from)).toEqual([])
  })

  it('that was cut off stays where it is when another file is in the way', async () => {
    const { source, torrent, from, to, stateDir, again } = await seeded()
    const other = await putInTheWay(to)
    const names = new Map()
    const journal = new MoveJournal(stateDir, torrent.infoHash)
    await journal.save({ from: { directory: from, names }, to: { directory: to, names } })
    const { restarted, events } = await again()
    expect(restarted.snapshot().directory).toBe(from)
    expect(events.map(({ type }) => type)).not.toContain('checking')
    await expectFiles(source, restarted, from)
    expect(await readFile(other, 'utf8')).toBe('mine')
    expect(await journal.load(from)).toBeUndefined()
  })

  it('is not led by a move of one that was removed before it was added', async () => {
    const source = torrentOf()
    const [from, to, stateDir] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    await source.place(from)
    const { session } = await startSession({ stateDir })
    const names = new Map()
    const journal = new MoveJournal(stateDir, toHex(source.metainfo.infoHash))
    await journal.save({ from: { directory: from, names }, to: { directory: to, names } })
    const torrent = await session.add(source.torrent, { directory: from, addedAtMs: Date.now() + 1000 })
    await torrent.complete
    expect(torrent.snapshot().directory).toBe(from)
  })

  it('may also be told that its data is elsewhere already', async () => {
    const source = torrentOf()
    const [from, to] = [temporaryFolder(), temporaryFolder()]
    await source.place(to)
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory: from })
    await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
    expect(await move(session, torrent, to, false)).toEqual({ kind: 'done' })
    await torrent.complete
    expect(torrent.snapshot().directory).toBe(to)
    expect(torrent.snapshot().downloaded).toBe(0)
  })
})

describe('a file or folder of a torrent', () => {
  it('gets another name while it downloads, which it has after a restart too', async () => {
    const source = torrentOf()
    const peer = await seedingPeer(source, { delayMs: 10 })
    const [directory, stateDir] = [temporaryFolder(), temporaryFolder()]
    const { session } = await startSession({ stateDir })
    const torrent = await session.add(source.torrent, { directory, peers: [peer.address], downloadLimitBps: 400_000 })
    await expect.poll(() => torrent.snapshot().piecesDone, { interval: 5 }).toBeGreaterThan(1)
    const { infoHash } = torrent
    const rename = (path: string, name: string): ReturnType<Session['command']> =>
      session.command({ type: 'rename', infoHash, path, name })
    expect(await rename('folder', 'Album')).toEqual({ kind: 'done' })
    expect(await rename('Album/file 0.bin', 'track.flac')).toEqual({ kind: 'done' })
    expect(await rename('Album/track.flac', 'file 1.bin')).toMatchObject({ kind: 'refused' })
    await torrent.complete
    expect(torrent.files().map(({ path }) => path.join('/'))).toEqual([
      'Album/track.flac',
      'Album/file 1.bin',
      'Album/file 2.bin',
    ])
    await expectFiles(source, torrent, directory)
    expect(existsSync(join(directory, 'folder'))).toBe(false)
    await session[Symbol.asyncDispose]()
    const again = await startSession({ stateDir })
    const restarted = await again.session.add(source.torrent, { directory })
    await restarted.complete
    await expectFiles(source, restarted, directory)
    expect(again.events.map(({ type }) => type)).not.toContain('checking')
  })

  const files = [
    ['top', 'a'],
    ['top', 'sub', 'b'],
    ['top', 'sub', 'c'],
  ].map((path) => ({ path, isPad: false }))
  const none = { names: new Map<number, readonly string[]>() }

  it.each([
    ['top/a', 'x', ['top/x', 'top/sub/b', 'top/sub/c']],
    ['top/sub', 'x', ['top/a', 'top/x/b', 'top/x/c']],
    ['top', 'x', ['x/a', 'x/sub/b', 'x/sub/c']],
  ])('%s becomes %s', (path, name, expected) => {
    const names = renamed(files, none, { path, name })
    expect(typeof names).toBe('object')
    if (typeof names === 'object') expect(pathsOf(files, { names }).map((parts) => parts.join('/'))).toEqual(expected)
  })

  it.each([
    ['top/a', ''],
    ['top/a', '..'],
    ['top/a', 'x/y'],
    ['top/a', 'x\\y'],
    ['top/a', 'x\0'],
    ['top/a', 'x'.repeat(256)],
    ['top/nothing', 'x'],
    ['top/sub/b', 'c'],
    ['top/a', 'sub'],
    ['', 'x'],
  ])('%j does not become %j', (path, name) => {
    expect(typeof renamed(files, none, { path, name })).toBe('string')
  })
})
