// Removing a torrent together with its data: what goes, and what must stay.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildTorrent } from '@ccbt/metainfo'
import { describe, expect, it, onTestFinished } from 'vitest'

import { createSession } from '../src/index.ts'
import type { Session, TorrentHandle } from '../src/index.ts'

const PIECE = 16_384

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-remove-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function session(): Promise<Session> {
  const made = await createSession({ stateDir: temporaryFolder(), bind: { v4: '127.0.0.1' } })
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made
}

/** A torrent of two files with `byte` in every place; written below `folder`. */
function seeded(folder: string, byte: number, names: readonly string[] = ['a', 'deep/er/b']): Uint8Array {
  const data = Buffer.alloc(PIECE, byte)
  for (const name of names) {
    mkdirSync(join(folder, 'T', name, '..'), { recursive: true })
    writeFileSync(join(folder, 'T', name), data)
  }
  const digest = createHash('sha1').update(data).digest()
  return buildTorrent({
    name: 'T',
    files: names.map((name) => ({ path: name.split('/'), length: PIECE })),
    isMultiFile: true,
    pieceLength: PIECE,
    pieceHashes: Buffer.concat(names.map(() => digest)),
    trackers: [],
  })
}

async function seed(on: Session, source: Uint8Array, directory: string): Promise<TorrentHandle> {
  const torrent = await on.add(source, { directory })
  await torrent.complete
  return torrent
}

describe('removing a torrent with its data', () => {
  it('deletes its files and the folders that are empty then, and nothing else', async () => {
    const folder = temporaryFolder()
    const ours = await session()
    const { infoHash } = await seed(ours, seeded(folder, 1), folder)
    writeFileSync(join(folder, 'T', 'of-the-user'), '')
    writeFileSync(join(folder, 'neighbour'), '')
    expect(await ours.command({ type: 'remove', infoHash, deletesData: true })).toEqual({ kind: 'done' })
    const left = await readdir(folder, { recursive: true })
    expect(left.sort()).toEqual(['T', 'T/of-the-user', 'neighbour'])
  })

  it('keeps the data when that is not asked for', async () => {
    const folder = temporaryFolder()
    const ours = await session()
    const { infoHash } = await seed(ours, seeded(folder, 1), folder)
    await ours.command({ type: 'remove', infoHash })
    expect(existsSync(join(folder, 'T', 'deep', 'er', 'b'))).toBe(true)
  })

  it('keeps files that another torrent has as well', async () => {
    const folder = temporaryFolder()
    const ours = await session()
    const { infoHash } = await seed(ours, seeded(folder, 1), folder)
    await seed(ours, seeded(folder, 1, ['a', 'c']), folder)
    await ours.command({ type: 'remove', infoHash, deletesData: true })
    expect((await readdir(join(folder, 'T'))).sort()).toEqual(['a', 'c'])
  })

  it('follows no link that somebody put in the way', async () => {
    const folder = temporaryFolder()
    const outside = temporaryFolder()
    const ours = await session()
    const { infoHash } = await seed(ours, seeded(folder, 1), folder)
    mkdirSync(join(outside, 'er'))
    writeFileSync(join(outside, 'er', 'b'), 'precious')
    rmSync(join(folder, 'T', 'deep'), { recursive: true })
    symlinkSync(outside, join(folder, 'T', 'deep'))
    await expect(ours.command({ type: 'remove', infoHash, deletesData: true })).rejects.toMatchObject({
      code: 'DISK_UNSAFE_PATH',
    })
    expect(existsSync(join(outside, 'er', 'b'))).toBe(true)
    expect(ours.snapshot().torrents).toEqual([])
  })

  it('deletes the file of a torrent that has one, but not the folder that it is in', async () => {
    const folder = join(temporaryFolder(), 'download')
    mkdirSync(folder)
    const data = Buffer.alloc(PIECE, 7)
    writeFileSync(join(folder, 'single'), data)
    const ours = await session()
    const source = buildTorrent({
      name: 'single',
      files: [{ path: ['single'], length: PIECE }],
      isMultiFile: false,
      pieceLength: PIECE,
      pieceHashes: createHash('sha1').update(data).digest(),
      trackers: [],
    })
    const { infoHash } = await seed(ours, source, folder)
    await ours.command({ type: 'remove', infoHash, deletesData: true })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('goals and the queue of a running session', () => {
  it('take new values', async () => {
    const folder = temporaryFolder()
    const ours = await session()
    const torrent = await seed(ours, seeded(folder, 1), folder)
    const { infoHash } = torrent
    await ours.command({ type: 'queue-limits', limits: { maxActiveSeeds: 0 } })
    await expect.poll(() => torrent.summary().phase).toBe('queued')
    await ours.command({ type: 'queue-limits', limits: {} })
    await expect.poll(() => torrent.summary().phase).toBe('seeding')
    await ours.command({ type: 'seeding-goals', infoHash, seedTimeMs: 0 })
    await torrent.finished
    expect(torrent.summary().phase).toBe('finished')
  })
})

it('a torrent that has just been found complete once more gives up what it was about to save', async () => {
  const directory = temporaryFolder()
  const running = await session()
  const torrent = await running.add(seeded(directory, 1), { directory })
  await torrent.complete
  const { promise: removed, resolve } = Promise.withResolvers<unknown>()
  running.subscribe((event) => {
    if (event.type === 'checked') resolve(running.command({ type: 'remove', infoHash: torrent.infoHash }))
  })
  await running.command({ type: 'verify', infoHash: torrent.infoHash })
  // A rejection that nobody waits for fails this run, as it would end a daemon.
  expect(await removed).toEqual({ kind: 'done' })
})
