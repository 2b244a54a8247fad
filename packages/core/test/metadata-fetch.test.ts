import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createTrackerServer } from '@ccbt/discovery'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { concatBytes } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'
import { encodeExtensionHandshake, makeReserved } from '@ccbt/wire-protocol'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { SessionEvent } from '../src/index.ts'
import { magnetOf, metadataPeer } from './metadata-peers.ts'
import type { MetadataScript } from './metadata-peers.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'

/** Metadata of three pieces, data of 40 KiB. */
const SOURCE = withLargeInfo(40_000, 40_960)

/** A torrent of `dataBytes` whose info dictionary has a little more than `infoBytes`. */
function withLargeInfo(infoBytes: number, dataBytes: number): Fixture {
  const small = fixture({ lengths: [dataBytes], pieceLength: 16_384 })
  const torrent = buildTorrent({
    name: small.metainfo.name,
    files: [{ path: [small.metainfo.name], length: dataBytes }],
    isMultiFile: false,
    pieceLength: 16_384,
    pieceHashes: small.metainfo.pieceHashes,
    source: 'x'.repeat(infoBytes),
  })
  return { ...small, torrent, metainfo: parseTorrent(torrent) }
}

function types(events: readonly SessionEvent[]): string[] {
  return events.map((event) => event.type).filter((type) => type !== 'listening' && !type.startsWith('peer-'))
}

async function fetchMetadata(started: TestSession, magnet: string, timeoutMs = 10_000): Promise<string> {
  const torrent = await started.session.add(magnet, { directory: temporaryFolder(), metadataOnly: true })
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too late')), timeoutMs).unref())
  await Promise.race([torrent.finished, late])
  const event = started.events.find((e) => e.type === 'metadata')
  return event?.type === 'metadata' ? event.torrentFile : ''
}

describe('a magnet link', () => {
  it('downloads', async () => {
    const peer = await metadataPeer(SOURCE)
    const started = await startSession()
    const directory = temporaryFolder()
    const name = 'evil \u001b[2Jname'
    const torrent = await started.session.add(magnetOf(SOURCE.metainfo, [peer], { name }), {
      directory,
      stopWhenComplete: true,
    })
    expect(torrent.snapshot()).toMatchObject({
      phase: 'metadata',
      name: String.raw`evil \x1b[2Jname`,
      metadata: { pieces: 0, piecesDone: 0 },
    })
    await torrent.finished
    expect(readFileSync(join(directory, 'one.bin'))).toEqual(Buffer.from(SOURCE.bytes))
    expect(types(started.events)).toEqual(['added', 'metadata', 'checked', 'complete', 'finished'])
    expect(torrent.snapshot()).toMatchObject({ phase: 'finished', name: 'one.bin', pieces: 3, piecesDone: 3 })
    expect(torrent.snapshot().metadata).toBeUndefined()
    expect(started.session.snapshot().torrents).toHaveLength(1)
  })

  it('gets 4 MiB of metadata from five peers of whom one is silent and one lies', async () => {
    const large = withLargeInfo(4_194_304, 16_384)
    const scripts: MetadataScript[] = [
      { answer: () => undefined },
      { answer: (piece, data) => (piece % 3 === 1 ? new Uint8Array(data.length) : data) },
      {},
      {},
      {},
    ]
    const peers = await Promise.all(scripts.map((script) => metadataPeer(large, script)))
    // Time hardly passes: nothing here may need a timeout.
    const started = await startSession({}, { clock: scaledClock(0.001) })
    const file = await fetchMetadata(started, magnetOf(large.metainfo, peers))
    expect(parseTorrent(readFileSync(file)).infoBytes).toEqual(large.metainfo.infoBytes)
    const banned = started.events.flatMap((event) => (event.type === 'peer-banned' ? [event.address] : []))
    expect(banned).toEqual([`127.0.0.1:${peers[1]!.port}`])
  })

  it('saves a torrent file with trackers and web seeds, and reads it the next time', async () => {
    const stateDir = temporaryFolder()
    const more = { trackers: ['http://127.0.0.1:1/announce'], webSeeds: ['http://127.0.0.1:2/x'] }
    const peer = await metadataPeer(SOURCE)
    const first = await startSession({ stateDir })
    const file = await fetchMetadata(first, magnetOf(SOURCE.metainfo, [peer], more))
    expect(readdirSync(join(stateDir, 'torrents'))).toEqual([
      `${first.session.snapshot().torrents[0]!.infoHash}.torrent`,
    ])
    expect(parseTorrent(readFileSync(file))).toMatchObject({ trackers: [more.trackers], webSeeds: more.webSeeds })

    const second = await startSession({ stateDir })
    const torrent = await second.session.add(magnetOf(SOURCE.metainfo, []), {
      directory: temporaryFolder(),
      peers: [`${peer.host}:${peer.port}`],
      trackers: false,
    })
    expect(torrent.snapshot().phase).not.toBe('metadata')
    await torrent.complete
  })

  it.each([
    ['damaged', (good: Uint8Array) => good.subarray(0, 1000)],
    ['of another torrent', () => fixture({ lengths: [1000], pieceLength: 16_384 }).torrent],
  ])('does not believe a saved file that is %s', async (_, spoil) => {
    const stateDir = temporaryFolder()
    const peer = await metadataPeer(SOURCE)
    const started = await startSession({ stateDir })
    const infoHash = Buffer.from(SOURCE.metainfo.infoHash).toString('hex')
    mkdirSync(join(stateDir, 'torrents'))
    writeFileSync(join(stateDir, 'torrents', `${infoHash}.torrent`), spoil(SOURCE.torrent))
    const file = await fetchMetadata(started, magnetOf(SOURCE.metainfo, [peer]))
    expect(parseTorrent(readFileSync(file)).infoBytes).toEqual(SOURCE.metainfo.infoBytes)
    expect(peer.asked()).toBe(3)
  })

  it('chooses files when they are known', async () => {
    const many = fixture({ lengths: [20_000, 30_000, 40_000], pieceLength: 16_384 })
    const peer = await metadataPeer(many)
    const select = async (more: object): Promise<string[]> => {
      const { session } = await startSession()
      const magnet = magnetOf(many.metainfo, [peer], { selected: [{ first: 1, last: 999_999_999 }] })
      const directory = temporaryFolder()
      const torrent = await session.add(magnet, { directory, stopWhenComplete: true, ...more })
      await torrent.finished
      return readdirSync(join(directory, 'folder')).sort()
    }
    expect(await select({})).toEqual(['file 1.bin', 'file 2.bin'])
    expect(await select({ select: [0] })).toEqual(['file 0.bin'])
    const chooseFiles = (files: readonly { length: number }[]): number[] => [files.findIndex((f) => f.length > 35_000)]
    expect(await select({ chooseFiles })).toEqual(['file 2.bin'])
    await expect(select({ chooseFiles: () => [7] })).rejects.toMatchObject({ code: 'TORRENT_SELECTION_INVALID' })
  })

  it('finds peers through its tracker, which knows us afterwards', async () => {
    const tracker = await createTrackerServer({ port: 0, host: '127.0.0.1', http: true, udp: false, intervalMs: 1000 })
    onTestFinished(() => tracker[Symbol.asyncDispose]())
    const trackers = [...tracker.announceUrls]
    const source = fixture({ lengths: [20_000], pieceLength: 16_384, trackers: [trackers] })
    const folder = temporaryFolder()
    await source.place(folder)
    const first = await startSession()
    const magnet = magnetOf(source.metainfo, [], { trackers })
    const torrent = await first.session.add(magnet, { directory: temporaryFolder() })
    await expect.poll(() => types(first.events)).toContain('tracker-working')
    expect(torrent.snapshot()).toMatchObject({ phase: 'metadata', trackers: [{ url: trackers[0], state: 'working' }] })
    const peer = await metadataPeer(source)
    const second = await startSession()
    const other = await second.session.add(magnetOf(source.metainfo, [peer], { trackers }), {
      directory: temporaryFolder(),
    })
    // Both meet at the tracker; the one that has the peer's address gets everything.
    await other.complete
    await expect.poll(() => torrent.snapshot().knownPeers).toBeGreaterThan(0)
  })

  it('takes incoming connections', async () => {
    const receiver = await startSession()
    const torrent = await receiver.session.add(magnetOf(SOURCE.metainfo, []), { directory: temporaryFolder() })
    const peer = await metadataPeer(SOURCE)
    // The same in the other direction: somebody who fetches too, and tells where he listens.
    const other = await startSession()
    const address = { host: '127.0.0.1', port: receiver.port, connections: () => 0, isConnected: () => true }
    const theirs = { ...address, asked: () => 0, blocksSent: () => 0, heard: [] }
    await other.session.add(magnetOf(SOURCE.metainfo, [theirs]), { directory: temporaryFolder() })
    await expect.poll(() => torrent.snapshot().connections).toBe(1)
    await expect.poll(() => torrent.snapshot()).toMatchObject({ phase: 'metadata', knownPeers: 1 })
    expect(peer.connections()).toBe(0)
  })

  it('pauses, goes on and is removed', async () => {
    const peer = await metadataPeer(SOURCE, { answer: () => undefined })
    const { session, events } = await startSession()
    const torrent = await session.add(magnetOf(SOURCE.metainfo, [peer]), { directory: temporaryFolder() })
    const { infoHash } = torrent
    await expect.poll(() => torrent.snapshot().metadata?.peers).toBe(1)
    expect(await session.command({ type: 'verify', infoHash })).toMatchObject({ kind: 'refused' })
    expect(await session.command({ type: 'pause', infoHash })).toEqual({ kind: 'done' })
    await expect.poll(() => peer.isConnected()).toBe(false)
    expect(torrent.snapshot()).toMatchObject({ phase: 'paused', connections: 0 })
    expect(await session.command({ type: 'resume', infoHash })).toEqual({ kind: 'done' })
    await expect.poll(() => peer.isConnected()).toBe(true)
    const again = session.add(magnetOf(SOURCE.metainfo, []), { directory: temporaryFolder() })
    await expect(again).rejects.toMatchObject({ code: 'SESSION_DUPLICATE_TORRENT' })
    expect(await session.command({ type: 'remove', infoHash })).toEqual({ kind: 'done' })
    await expect(torrent.complete).rejects.toMatchObject({ code: 'TORRENT_STOPPED' })
    await expect.poll(() => peer.isConnected()).toBe(false)
    expect(session.snapshot().torrents).toEqual([])
    expect(types(events)).toEqual(['added'])
  })
})

describe('hostile peers in the metadata phase', () => {
  it.each<[string, MetadataScript, string]>([
    ['claims 20 MB', { size: 20_000_000 }, 'above the limit'],
    ['answers with another size', { answer: (_, data) => data, size: 50_000 }, 'wrong hash'],
    ['sends a block', { says: (wire) => wire.pieceHeader(0, 0, 16_384) }, 'block that was not requested'],
    ['says too much', { says: (wire) => repeat(60_000, () => wire.have(1)) }, 'more than we can keep'],
    [
      'floods with extension handshakes',
      { says: (wire) => repeat(100, () => wire.extended(0, encodeExtensionHandshake({ m: new Map() }))) },
      'floods',
    ],
    ['sends metadata nobody asked for', { says: (wire) => repeat(200, () => wire.extended(1, JUNK)) }, 'not requested'],
    ['sends nonsense as metadata', { says: (wire) => wire.extended(1, Buffer.from('hello')) }, 'ut_metadata'],
  ])('one that %s is dropped, and another one serves', async (_, script, reason) => {
    const peers = [await metadataPeer(SOURCE, script), await metadataPeer(SOURCE)]
    const bad = `127.0.0.1:${peers[0]!.port}`
    const started = await startSession()
    const { session, events } = started
    const alone = await session.add(magnetOf(SOURCE.metainfo, [peers[0]!]), { directory: temporaryFolder() })
    const ends = (): string =>
      events.flatMap((e) => ('reason' in e && 'address' in e && e.address === bad ? [e.reason] : [])).join('\n')
    await expect.poll(ends).toMatch(new RegExp(reason))
    await session.command({ type: 'remove', infoHash: alone.infoHash })
    await fetchMetadata(started, magnetOf(SOURCE.metainfo, peers))
  })

  it('one that rejects everything, one without metadata and a v2 upgrade bit do not matter', async () => {
    const peers = await Promise.all([
      metadataPeer(SOURCE, { rejects: true }),
      metadataPeer(SOURCE, { reserved: makeReserved({ fast: true, extended: true, v2: true, dht: true }) }),
    ])
    const dumb = await seedingPeer(SOURCE)
    const started = await startSession()
    const [host = '', port] = dumb.address.split(':')
    const magnet = `${magnetOf(SOURCE.metainfo, peers)}&x.pe=${host}:${port}`
    const torrent = await started.session.add(magnet, { directory: temporaryFolder() })
    await torrent.complete
    expect(types(started.events)).not.toContain('peer-banned')
  })

  it('one that answers for another torrent, and ourselves, are let go', async () => {
    const other = { ...SOURCE, metainfo: { ...SOURCE.metainfo, infoHash: new Uint8Array(20) } }
    const peer = await metadataPeer(other)
    const { session, events, port } = await startSession()
    const magnet = `${magnetOf(SOURCE.metainfo, [peer])}&x.pe=127.0.0.1:${port}`
    const torrent = await session.add(magnet, { directory: temporaryFolder() })
    const reasons = (): string[] => events.flatMap((e) => (e.type === 'peer-disconnected' ? [e.reason ?? ''] : []))
    await expect.poll(reasons).toContain('peer answered for another torrent')
    await expect.poll(() => reasons().filter((reason) => reason.includes('ourselves')).length).toBeGreaterThan(0)
    expect(torrent.snapshot().phase).toBe('metadata')
  })

  it('metadata with the right hash that makes no sense fails the torrent', async () => {
    const infoBytes = Buffer.from('d4:name1:x12:piece lengthi1e6:pieces0:e')
    const infoHash = new Uint8Array(await crypto.subtle.digest('SHA-1', infoBytes))
    const peer = await metadataPeer({ ...SOURCE, metainfo: { ...SOURCE.metainfo, infoBytes, infoHash } })
    const { session } = await startSession()
    const magnet = magnetOf({ ...SOURCE.metainfo, infoHash }, [peer])
    const torrent = await session.add(magnet, { directory: temporaryFolder() })
    await expect(torrent.complete).rejects.toMatchObject({ blame: 'input' })
    expect(torrent.snapshot()).toMatchObject({ phase: 'failed', error: expect.stringContaining('bad torrent') })
  })

  it('silent ones make room when all places are taken', async () => {
    const scripts: MetadataScript[] = [{ reserved: new Uint8Array(8) }, { answer: () => undefined }, { rejects: true }]
    const silent = await Promise.all(scripts.map((script) => metadataPeer(SOURCE, script)))
    const good = await metadataPeer(SOURCE)
    const started = await startSession({ maxPeers: 3 }, { clock: scaledClock(20) })
    await fetchMetadata(started, magnetOf(SOURCE.metainfo, [...silent, good]), 7000)
  })
})

const JUNK = concatBytes([Buffer.from('d8:msg_typei1e5:piecei0e10:total_sizei4ee'), Buffer.from('junk')])

function repeat(times: number, what: () => void): void {
  for (let n = 0; n < times; n++) what()
}
