import { constants, copyFile, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { createDiskIo } from '@ccbt/disk-io'
import type { DiskIo } from '@ccbt/disk-io'
import type { MetainfoFile } from '@ccbt/metainfo'
import { createChunkIndex, createFileChunker } from '@ccbt/xet'
import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../src/system.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { v2Fixture } from './v2-support.ts'
import { xetPeer } from './xet-peer.ts'

const PIECE = 65_536

/** A session whose index knows the data of `known`, which lies in a folder of its own. */
async function knowing(known: Fixture): Promise<TestSession & { readonly folder: string; readonly index: string }> {
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const folder = temporaryFolder()
  await known.place(folder)
  const first = await startSession({ xet: { index } })
  await (
    await first.session.add(known.torrent, { directory: folder })
  ).complete
  await first.session[Symbol.asyncDispose]()
  return { ...(await startSession({ xet: { index } })), folder, index }
}

/** Puts a file into an index of chunks. */
async function indexFile(indexPath: string, path: string): Promise<void> {
  await using index = createChunkIndex({ path: indexPath, suite: 'blake3' })
  await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
  const chunks = await chunker.chunk(path, { signal: new AbortController().signal })
  await index.put({ path, size: chunks.size, mtimeMs: chunks.mtimeMs }, chunks)
}

/** The same files in a torrent of another piece length. */
function repacked(lengths: number[], kind: 'v1' | 'v2', pieceLength: number): Fixture {
  return kind === 'v1' ? fixture({ lengths, pieceLength }) : v2Fixture({ kind, lengths, pieceLength })
}

describe('a torrent whose files are on this machine', () => {
  for (const kind of ['v1', 'v2'] as const) {
    it(`has them without any peer (${kind})`, async () => {
      const lengths = [300_000, 5, 1_000_000]
      const { session, events } = await knowing(repacked(lengths, kind, PIECE))
      const other = repacked(lengths, kind, PIECE * 2)
      const directory = temporaryFolder()
      const torrent = await session.add(other.torrent, { directory })
      await torrent.complete
      for (const file of other.metainfo.files.filter(({ isPad }) => !isPad)) {
        const data = await readFile(join(directory, ...file.path))
        expect(data.equals(other.bytes.subarray(file.offset, file.offset + file.length))).toBe(true)
      }
      expect(events).toContainEqual(expect.objectContaining({ type: 'reused', bytes: 1_300_005 }))
      expect(torrent.snapshot().downloaded).toBe(0)
    })
  }

  it('is downloaded when the file has changed since it was indexed', async () => {
    const known = fixture({ lengths: [1_000_000], pieceLength: PIECE })
    const { session, folder } = await knowing(known)
    const other = fixture({ lengths: [1_000_000], pieceLength: PIECE * 2 })
    await utimes(join(folder, 'one.bin'), 1, 1)
    const peer = await seedingPeer(other)
    const directory = temporaryFolder()
    const torrent = await session.add(other.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    expect(torrent.snapshot().reused?.bytes).toBe(0)
    // That of before, and this one.
    await expect.poll(() => torrent.snapshot().reused?.index.files).toBe(2)
    expect(torrent.snapshot().reused?.index.chunks).toBeGreaterThan(8)
    expect(peer.sent()).toBe(1_000_000)
  })

  it('is downloaded only where it was changed in place, also without maps and trees', async () => {
    const known = fixture({ lengths: [1_000_000], pieceLength: PIECE })
    const folder = temporaryFolder()
    const path = join(folder, 'one.bin')
    await writeFile(path, known.bytes.with(10 * PIECE + 5, known.bytes[10 * PIECE + 5]! ^ 1))
    const index = join(temporaryFolder(), 'chunks.sqlite')
    await indexFile(index, path)
    const { session } = await startSession({ xet: { index } })
    const found = Promise.withResolvers<void>()
    // What is here is found while the first blocks are on their way.
    const peer = await seedingPeer(known, { after: found.promise })
    const directory = temporaryFolder()
    const torrent = await session.add(known.torrent, { directory, peers: [peer.address] })
    await expect.poll(() => torrent.snapshot().reused?.bytes).toBe(1_000_000 - PIECE)
    found.resolve()
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(known.bytes)).toBe(true)
    expect(torrent.snapshot().downloaded).toBe(PIECE)
  })

  it('is downloaded when a file of this name and size is another, which stays as it is', async () => {
    const known = fixture({ lengths: [1_000_000], pieceLength: PIECE, seed: 2 })
    const { session, folder } = await knowing(known)
    const other = fixture({ lengths: [1_000_000], pieceLength: PIECE * 2 })
    const peer = await seedingPeer(other)
    const directory = temporaryFolder()
    const torrent = await session.add(other.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(other.bytes)).toBe(true)
    expect((await readFile(join(folder, 'one.bin'))).equals(known.bytes)).toBe(true)
    expect(torrent.snapshot().bannedPeers).toBe(0)
  })
})

/** A disk on which files can share blocks: in place of that they are copied. */
function sharingDisk(): DiskIo {
  const disk = createDiskIo({ clock: systemClock, workers: 1 })
  onTestFinished(() => disk[Symbol.asyncDispose]())
  const openStore = disk.openStore.bind(disk)
  disk.openStore = async (options) => {
    const store = await openStore(options)
    store.clone = async (fileIndex, { from }) => {
      const path = join(options.directory, ...options.files[fileIndex]!.path)
      await mkdir(dirname(path), { recursive: true })
      await copyFile(from, path, constants.COPYFILE_EXCL)
      return true
    }
    return store
  }
  return disk
}

describe('a file with the same root, where files can share blocks', () => {
  const known = repacked([300_000, 400_000], 'v2', PIECE)
  const other = repacked([300_000, 400_000], 'v2', PIECE * 2)
  const filesOf = ({ metainfo }: Fixture): MetainfoFile[] => metainfo.files.filter(({ isPad }) => !isPad)

  it('is there before the download begins', async () => {
    const { folder, index } = await knowing(known)
    const { session, events } = await startSession({ xet: { index } }, { disk: sharingDisk() })
    const torrent = await session.add(other.torrent, { directory: temporaryFolder() })
    await torrent.complete
    const from = filesOf(known).map(({ path, length }) => ({ path: join(folder, ...path), bytes: length }))
    expect(events).toContainEqual(expect.objectContaining({ type: 'reused', bytes: 700_000, from }))
    expect(events).toContainEqual(expect.objectContaining({ type: 'checked', piecesDone: 7 }))
  })

  it('is hashed, and what is wrong in it is downloaded', async () => {
    const { folder, index } = await knowing(known)
    const changed = join(folder, ...filesOf(known)[1]!.path)
    const { mtime } = await stat(changed)
    await writeFile(changed, 'no more what it was', { flag: 'r+' })
    await utimes(changed, mtime, mtime)
    const seeder = await startSession()
    const data = temporaryFolder()
    await other.place(data)
    await seeder.session.add(other.torrent, { directory: data })
    const { session, events } = await startSession({ xet: { index } }, { disk: sharingDisk() })
    const directory = temporaryFolder()
    const torrent = await session.add(other.torrent, { directory, peers: [`127.0.0.1:${seeder.port}`] })
    await torrent.complete
    for (const { path } of filesOf(other)) {
      expect((await readFile(join(directory, ...path))).equals(await readFile(join(data, ...path)))).toBe(true)
    }
    const { downloaded, reused } = torrent.snapshot()
    expect(reused?.bytes).toBeGreaterThanOrEqual(300_000)
    expect(downloaded).toBeGreaterThan(0)
    expect(downloaded).toBeLessThanOrEqual(PIECE * 2)
    expect((await readFile(changed, 'latin1')).startsWith('no more')).toBe(true)
    expect(events.filter(({ type }) => type === 'peer-banned')).toEqual([])
  })
})

describe('what the index knows of files', () => {
  const PAIR = [300_000, 400_000]

  it('goes with them: when they are moved, get other names and are deleted', async () => {
    const known = repacked(PAIR, 'v2', PIECE)
    const path = join(temporaryFolder(), 'chunks.sqlite')
    await using index = createChunkIndex({ path, suite: 'blake3' })
    const indexed = async (): Promise<string[]> => (await index.files()).map((file) => file.path).toSorted()
    const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()]
    await known.place(folder)
    const { session } = await startSession({ xet: { index: path } })
    const { infoHash } = await session.add(known.torrent, { directory: folder })
    await expect.poll(indexed).toHaveLength(2)
    await session.command({ type: 'move', infoHash, directory: elsewhere, movesData: true })
    await session.command({ type: 'rename', infoHash, path: 'folder/file 0.bin', name: 'other name' })
    await session.command({ type: 'pause', infoHash })
    await session.command({ type: 'rename', infoHash, path: 'folder', name: 'other folder' })
    const paths = ['file 1.bin', 'other name'].map((name) => join(elsewhere, 'other folder', name))
    await expect.poll(indexed).toEqual(paths)

    const again = await session.add(repacked(PAIR, 'v2', PIECE * 2).torrent, { directory: temporaryFolder() })
    await again.complete
    expect(
      again
        .snapshot()
        .reused?.from.map((file) => file.path)
        .toSorted(),
    ).toEqual(paths)
    await session.command({ type: 'remove', infoHash, deletesData: true })
    await expect.poll(async () => (await indexed()).filter((file) => paths.includes(file))).toEqual([])
  })

  it('is right for peers after a rename', async () => {
    const known = fixture({ lengths: PAIR, pieceLength: PIECE })
    const directory = temporaryFolder()
    await known.place(directory)
    const { session, port } = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } })
    const { infoHash, complete } = await session.add(known.torrent, { directory })
    await complete
    await session.command({ type: 'rename', infoHash, path: 'folder/file 1.bin', name: 'other name' })
    const peer = await xetPeer(port, known.metainfo.infoHash)
    const file = { by: 'number', number: 1 } as const
    peer.send({ type: 'map-get', id: 1, suite: 1, file, first: 0, count: 450 })
    const { hashes } = await peer.next('map')
    const where = { type: 'where', id: 2, suite: 1, hash: hashes.slice(0, 32) } as const
    await expect
      .poll(async () => {
        peer.send(where)
        return (await peer.next('places')).places
      })
      .toEqual([{ infoHash: known.metainfo.infoHash, file: 1, offset: 0 }])
  })
})

describe('an older version of a file', () => {
  it('gives all blocks that have not changed, when peers tell which these are', async () => {
    const length = 4_000_000
    const old = v2Fixture({ kind: 'v2', lengths: [length], pieceLength: PIECE })
    const { session } = await knowing(old)
    const changed = old.bytes.slice(0, length)
    for (let at = 100_000; at < length; at += 600_000) changed[at]! ^= 1
    const seeder = await startSession()
    const next = v2Fixture({ kind: 'v2', lengths: [length], pieceLength: PIECE, contents: [changed] })
    const folder = temporaryFolder()
    await next.place(folder)
    await seeder.session.add(next.torrent, { directory: folder })
    const directory = temporaryFolder()
    const torrent = await session.add(next.torrent, { directory, peers: [`127.0.0.1:${seeder.port}`] })
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(changed)).toBe(true)
    expect(torrent.snapshot().downloaded).toBe(7 * 16_384)
  })
})
