import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { createDiskIo, createResumeStore } from '@ccbt/disk-io'
import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../src/index.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'

const LENGTHS = [300_001, 0, 1, 65_536, 123_457]

function expectFiles(source: Fixture, folder: string): void {
  for (const file of source.metainfo.files) {
    const bytes = readFileSync(join(folder, ...file.path))
    expect(bytes.equals(source.bytes.subarray(file.offset, file.offset + file.length))).toBe(true)
  }
}

async function seeder(source: Fixture, options = {}, parts = {}): Promise<TestSession & { address: string }> {
  const folder = temporaryFolder()
  await source.place(folder)
  const started = await startSession(options, parts)
  const torrent = await started.session.add(source.torrent, { directory: folder })
  await torrent.complete
  return { ...started, address: `127.0.0.1:${started.port}` }
}

describe('a download', () => {
  it.each([16_384, 32_768, 2_097_152])(
    'from a seed is right to the last byte (pieces of %i bytes)',
    async (pieceLength) => {
      const source = fixture({ lengths: LENGTHS, pieceLength })
      const { address } = await seeder(source)
      const { session, events } = await startSession()
      const directory = temporaryFolder()
      const torrent = await session.add(source.torrent, { directory, peers: [address], stopWhenComplete: true })
      await torrent.finished
      expectFiles(source, directory)
      expect(torrent.snapshot()).toMatchObject({
        phase: 'finished',
        downloaded: source.bytes.length,
        wantedDone: source.bytes.length,
        wasted: { hashFailed: 0, unrequested: 0 },
      })
      const types = events.map((e) => e.type).filter((type) => type !== 'peer-disconnected')
      expect(types).toEqual(['listening', 'added', 'checked', 'peer-connected', 'complete', 'finished'])
    },
  )

  it('spreads over several seeds', async () => {
    const source = fixture({ lengths: [3_000_000], pieceLength: 65_536 })
    const asked = new Set<number>()
    const all = Promise.withResolvers<void>()
    const answers = (n: number) => (): boolean => {
      if (asked.add(n).size === 3) all.resolve()
      return true
    }
    const peers = await Promise.all(
      [0, 1, 2].map((n) => seedingPeer(source, { after: all.promise, answers: answers(n) })),
    )
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: peers.map((p) => p.address),
    })
    await torrent.complete
    for (const peer of peers) expect(peer.sent()).toBeGreaterThan(source.bytes.length / 10)
  })

  it('goes both ways between two halves', async () => {
    const source = fixture({ lengths: [1_000_000], pieceLength: 16_384 })
    const half = 30 * 16_384
    const folders = [temporaryFolder(), temporaryFolder()]
    await writeFile(
      join(folders[0]!, 'one.bin'),
      source.bytes.map((b, i) => (i < half ? b : 0)),
    )
    await writeFile(
      join(folders[1]!, 'one.bin'),
      source.bytes.map((b, i) => (i < half ? 0 : b)),
    )
    const first = await startSession()
    const second = await startSession()
    const one = await first.session.add(source.torrent, { directory: folders[0]! })
    const two = await second.session.add(source.torrent, {
      directory: folders[1]!,
      peers: [`127.0.0.1:${first.port}`],
    })
    await Promise.all([one.complete, two.complete])
    for (const folder of folders) expectFiles(source, folder)
    expect(one.snapshot().downloaded).toBeLessThan(source.bytes.length * 0.6)
  })

  it('serves what it has while other files do not exist yet', async () => {
    const source = fixture({ lengths: [16_384, 16_384, 400_000], pieceLength: 16_384 })
    const bitfield = new Uint8Array(4)
    bitfield[0] = 0x80
    const first = await seedingPeer(source, { bitfield })
    const { session, port } = await startSession()
    const half = await session.add(source.torrent, { directory: temporaryFolder(), peers: [first.address] })
    await expect.poll(() => half.snapshot().piecesDone).toBe(1)
    const { session: other } = await startSession()
    const torrent = await other.add(source.torrent, { directory: temporaryFolder(), peers: [`127.0.0.1:${port}`] })
    await expect.poll(() => torrent.snapshot().piecesDone).toBe(1)
    expect(half.snapshot().phase).toBe('downloading')
  })

  it('fetches what is selected and makes no other file', async () => {
    const source = fixture({ lengths: LENGTHS, pieceLength: 32_768 })
    const peer = await seedingPeer(source)
    const { session } = await startSession()
    const directory = temporaryFolder()
    const torrent = await session.add(source.torrent, { directory, peers: [peer.address], select: [1, 3] })
    await torrent.complete
    const { files } = source.metainfo
    for (const [index, file] of files.entries()) {
      const read = (): Buffer => readFileSync(join(directory, ...file.path))
      if ([1, 3].includes(index)) {
        expect(read().equals(source.bytes.subarray(file.offset, file.offset + file.length))).toBe(true)
      } else expect(read).toThrow(/ENOENT/)
    }
    expect(peer.sent()).toBeLessThan(65_536 + 3 * 32_768)
  })

  it('in sequence asks for the pieces in order', async () => {
    const source = fixture({ lengths: [600_000], pieceLength: 16_384 })
    const asked: number[] = []
    const peer = await seedingPeer(source, { answers: (piece) => asked.push(piece) > 0 })
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: [peer.address],
      sequential: true,
    })
    await torrent.complete
    expect(asked).toEqual([...asked].sort((a, b) => a - b))
  })

  it('takes the blocks of a silent peer from another one', async () => {
    const source = fixture({ lengths: [400_000], pieceLength: 16_384 })
    const clock = scaledClock(20)
    const silent = await seedingPeer(source, { answers: () => false })
    const { session } = await startSession({}, { clock })
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers: [silent.address] })
    await expect.poll(() => silent.requested()).toBeGreaterThan(0)
    const honest = await seedingPeer(source, { delayMs: 1 })
    const { session: second } = await startSession({}, { clock })
    const other = await second.add(source.torrent, {
      directory: temporaryFolder(),
      peers: [silent.address, honest.address],
    })
    await other.complete
    expect(torrent.snapshot().piecesDone).toBe(0)
  })
})

describe('a second run', () => {
  it('asks nobody for what is there', async () => {
    const source = fixture({ lengths: LENGTHS, pieceLength: 16_384 })
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const peer = await seedingPeer(source)
    const run = async (): Promise<number> => {
      const { session } = await startSession({ stateDir })
      const before = peer.sent()
      const torrent = await session.add(source.torrent, { directory, peers: [peer.address], stopWhenComplete: true })
      await torrent.finished
      await session[Symbol.asyncDispose]()
      return peer.sent() - before
    }
    expect(await run()).toBe(source.bytes.length)
    expect(await run()).toBe(0)
  })

  it('trusts no record about a file that has changed since', async () => {
    const source = fixture({ lengths: [200_000], pieceLength: 16_384 })
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const peer = await seedingPeer(source)
    const run = async (): Promise<void> => {
      const { session } = await startSession({ stateDir })
      const torrent = await session.add(source.torrent, { directory, peers: [peer.address], stopWhenComplete: true })
      await torrent.finished
      await session[Symbol.asyncDispose]()
    }
    await run()
    await writeFile(
      join(directory, 'one.bin'),
      source.bytes.map((b, i) => (i === 100_000 ? b ^ 1 : b)),
    )
    await run()
    expectFiles(source, directory)
    expect(peer.sent()).toBe(source.bytes.length + 16_384)
    await rm(join(directory, 'one.bin'))
    await run()
    expectFiles(source, directory)
  })

  it('hashes what lies there without a record', async () => {
    const source = fixture({ lengths: LENGTHS, pieceLength: 16_384 })
    const directory = temporaryFolder()
    await source.place(directory)
    const { session, events } = await startSession()
    const torrent = await session.add(source.torrent, { directory, stopWhenComplete: true })
    await torrent.finished
    expect(events.map((e) => e.type)).toContain('checking')
  })
})

describe('a session', () => {
  it('refuses the same torrent twice, and another process on the same save path', async () => {
    const source = fixture({ lengths: [50_000], pieceLength: 16_384 })
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const { session } = await startSession({ stateDir })
    await session.add(source.torrent, { directory })
    await expect(session.add(source.torrent, { directory })).rejects.toMatchObject({
      code: 'SESSION_DUPLICATE_TORRENT',
    })
    const { session: other } = await startSession({ stateDir })
    await expect(other.add(source.torrent, { directory })).rejects.toMatchObject({ code: 'DISK_SAVE_PATH_LOCKED' })
  })

  it('pauses and resumes a torrent, and finds damage by verifying', async () => {
    const source = fixture({ lengths: [500_000], pieceLength: 16_384 })
    const peer = await seedingPeer(source)
    const { session } = await startSession()
    const directory = temporaryFolder()
    const torrent = await session.add(source.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    const { infoHash } = torrent
    expect(await session.command({ type: 'pause', infoHash })).toEqual({ kind: 'done' })
    expect(torrent.snapshot()).toMatchObject({ phase: 'paused', connections: 0 })
    await writeFile(
      join(directory, 'one.bin'),
      source.bytes.map((b, i) => (i === 7 ? b ^ 1 : b)),
    )
    await session.command({ type: 'verify', infoHash })
    await expect.poll(() => torrent.snapshot().phase).toBe('paused')
    await session.command({ type: 'resume', infoHash })
    await expect.poll(() => torrent.snapshot().phase).toBe('seeding')
    expectFiles(source, directory)
    expect(await session.command({ type: 'remove', infoHash })).toEqual({ kind: 'done' })
    expect(await session.command({ type: 'pause', infoHash })).toEqual({ kind: 'no-such-torrent' })
  })

  it('vouches for no change that was made while it rested', async () => {
    const source = fixture({ lengths: [200_000], pieceLength: 16_384 })
    const peer = await seedingPeer(source)
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const first = await startSession({ stateDir })
    const torrent = await first.session.add(source.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    await first.session.command({ type: 'pause', infoHash: torrent.infoHash })
    await writeFile(
      join(directory, 'one.bin'),
      source.bytes.map((b, i) => (i === 7 ? b ^ 1 : b)),
    )
    await first.session[Symbol.asyncDispose]()
    const second = await startSession({ stateDir })
    const again = await second.session.add(source.torrent, { directory, paused: true })
    await expect.poll(() => again.snapshot().phase).toBe('paused')
    expect(again.snapshot().piecesDone).toBe(12)
  })

  it('has a record of everything while it is checked again, also when one was just being written', async () => {
    const source = fixture({ lengths: [3_000_000], pieceLength: 65_536 })
    const [directory, stateDir] = [temporaryFolder(), temporaryFolder()]
    await source.place(directory)
    const disk = createDiskIo({ clock: systemClock })
    onTestFinished(() => disk[Symbol.asyncDispose]())
    const openStore = disk.openStore.bind(disk)
    disk.openStore = async (options) => {
      const store = await openStore(options)
      const fileStates = store.fileStates.bind(store)
      // As behind other jobs of the workers.
      store.fileStates = async () => {
        await setTimeout(20)
        return fileStates()
      }
      return store
    }
    const { session } = await startSession({ stateDir }, { disk })
    const torrent = await session.add(source.torrent, { directory })
    await torrent.complete
    const records = createResumeStore(join(stateDir, 'resume'))
    const key = { infoHash: source.metainfo.infoHash, directory }
    const found = new Set<number | undefined>()
    for (let delayMs = 0; delayMs < 8; delayMs++) {
      await session.command({ type: 'verify', infoHash: torrent.infoHash })
      // A kill may come at any moment.
      for (; torrent.snapshot().phase === 'checking'; await setTimeout(1)) {
        found.add((await records.load(key))?.verified.count)
      }
      await setTimeout(delayMs)
    }
    expect([...found]).toEqual([torrent.snapshot().pieces])
  })

  it('added as paused looks at what is there, and goes on when told', async () => {
    const source = fixture({ lengths: [400_000], pieceLength: 65_536 })
    const { address } = await seeder(source)
    const { session } = await startSession()
    const directory = temporaryFolder()
    await writeFile(join(directory, 'one.bin'), source.bytes.subarray(0, 131_072))
    const torrent = await session.add(source.torrent, { directory, peers: [address], paused: true })
    await expect.poll(() => torrent.snapshot().phase).toBe('paused')
    expect(torrent.snapshot()).toMatchObject({ piecesDone: 2, connections: 0 })
    expect(torrent.have[0]).toBe(0b1100_0000)
    await session.command({ type: 'verify', infoHash: torrent.infoHash })
    await expect.poll(() => torrent.snapshot().phase).toBe('paused')
    await session.command({ type: 'resume', infoHash: torrent.infoHash })
    await torrent.complete
    expectFiles(source, directory)
  })

  it.each([
    { side: 'download', bps: 5_000_000, length: 8_000_000, used: 0.8 },
    { side: 'upload', bps: 5_000_000, length: 8_000_000, used: 0.8 },
    // Not what every machine reaches beside other work.
    { side: 'download', bps: 40_000_000, length: 20_000_000, used: 0 },
    { side: 'upload', bps: 40_000_000, length: 20_000_000, used: 0 },
  ])('keeps to its $side limit of $bps bytes per second', async ({ side, bps, length, used }) => {
    const source = fixture({ lengths: [length], pieceLength: 262_144 })
    // It stands still while this machine does something else.
    const clock = scaledClock()
    const { address } = await seeder(source, side === 'upload' ? { uploadLimitBps: bps } : {}, { clock })
    const { session } = await startSession(side === 'download' ? { downloadLimitBps: bps } : {}, { clock })
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers: [address] })
    await expect.poll(() => torrent.snapshot().downloaded, { interval: 1 }).toBeGreaterThan(0)
    const before = torrent.snapshot().downloaded
    const start = clock.now()
    while (torrent.snapshot().downloaded < length) await setTimeout(5)
    const bytes = length - before
    const tookMs = clock.now() - start
    // What was saved up at the start, and a debt: what one read brings.
    expect(bytes).toBeLessThanOrEqual((bps * (tookMs + 100)) / 1000 + 262_144)
    expect(bytes).toBeGreaterThan((used * bps * tookMs) / 1000)
  })

  it('connects again to a peer that had come to it and was lost', async () => {
    const source = fixture({ lengths: [300_000], pieceLength: 16_384 })
    const { session, address } = await seeder(source, {}, { clock: scaledClock(20) })
    const folder = temporaryFolder()
    const { session: leecher, port } = await startSession({ downloadLimitBps: 50_000 })
    const first = await leecher.add(source.torrent, { directory: folder, peers: [address] })
    await expect.poll(() => first.snapshot().connections).toBe(1)
    await expect.poll(() => session.snapshot().torrents[0]?.knownPeers).toBe(1)
    await leecher[Symbol.asyncDispose]()
    const { session: again } = await startSession({ port })
    // It names no peer this time: the seed has to come by itself.
    const second = await again.add(source.torrent, { directory: folder })
    await second.complete
    expectFiles(source, folder)
  })

  it('stops seeding at its ratio', async () => {
    const source = fixture({ lengths: [300_000], pieceLength: 16_384 })
    const folder = temporaryFolder()
    await source.place(folder)
    const { session, port } = await startSession()
    const torrent = await session.add(source.torrent, { directory: folder, seedRatio: 1 })
    await torrent.complete
    const { session: leecher } = await startSession()
    await (
      await leecher.add(source.torrent, { directory: temporaryFolder(), peers: [`127.0.0.1:${port}`] })
    ).complete
    await torrent.finished
    expect(torrent.snapshot().phase).toBe('finished')
  })
})
