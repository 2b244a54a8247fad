import { writeFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { toHex } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it, vi } from 'vitest'

import { SessionGate } from '../src/blocking/address-gate.ts'
import { createSession, systemClock } from '../src/index.ts'
import { gossip } from './gossip.ts'
import { movedSockets } from './moved-sockets.ts'
import { webServer } from './web-seed-server.ts'
import { BLOCK, connectPeer, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'

/** Machines may be busy. */
const WAIT_MS = 30_000
const BLOCKED = '198.51.100.7'
const OTHER = '203.0.113.7'
const LIST = 'Somebody:198.51.100.0-198.51.100.255\n'

function filterFile(content: string | Uint8Array = LIST, folder = temporaryFolder()): string {
  const path = join(folder, 'filter')
  writeFileSync(path, content)
  return path
}

/** 600 MB of nothing, in 600 kB. */
function bomb(): Uint8Array {
  const part = gzipSync(new Uint8Array(20_000_000))
  return Buffer.concat(Array.from({ length: 30 }, () => part))
}

async function openGate(...ipFilter: string[]): Promise<SessionGate> {
  return SessionGate.open({
    ipFilter,
    stateDir: temporaryFolder(),
    clock: systemClock,
    wallClock: () => new Date(),
  })
}

describe('files of blocked addresses', () => {
  it.each([
    ['eMule', '198.051.100.000 - 198.051.100.255 , 000 , x\n'],
    ['PeerGuardian', LIST],
    ['CIDR', '# x\n198.51.100.0/24'],
    ['gzip', gzipSync(LIST)],
  ])('in the form of %s', async (_, content) => {
    await using gate = await openGate(filterFile(content))
    expect(gate.refusal(BLOCKED)).toBe('blocked by the IP filter')
    expect(gate.refusal(OTHER)).toBe(undefined)
    expect(gate.events).toMatchObject([{ type: 'ip-filter-loaded', ranges: 1, skippedLines: 0 }])
  })

  it('add up', async () => {
    await using gate = await openGate(filterFile(LIST), filterFile(`${OTHER}\nnonsense`))
    expect([BLOCKED, OTHER, '192.0.2.1'].map((host) => gate.refusal(host) !== undefined)).toEqual([true, true, false])
    expect(gate.events[1]).toMatchObject({ ranges: 1, skippedLines: 1, problems: ['line 2: nonsense'] })
  })

  it.each([
    ['is missing', () => join(temporaryFolder(), 'filter'), /no such file/],
    ['is a folder', () => temporaryFolder(), /not a file/],
    ['is something else', () => filterFile('<html>\n'), /line 1 is not an address range/],
    ['is cut off', () => filterFile(gzipSync(LIST.repeat(1000)).subarray(0, 40)), /unexpected end/],
    ['is a bomb', () => filterFile(bomb()), /more than 536870912 characters/],
  ])('stop a session from starting when one %s', async (_, path, reason) => {
    const started = createSession({ stateDir: temporaryFolder(), bind: '127.0.0.1', ipFilter: [path()] })
    await expect(started).rejects.toMatchObject({
      code: 'IP_FILTER_UNREADABLE',
      message: expect.stringMatching(reason),
    })
  })

  it('are read in turns with everybody else', async () => {
    const ranges = Array.from({ length: 100_000 }, (_, n) => `${n & 255}.${(n * 7) & 255}.${n >>> 9}.1`)
    const path = filterFile(ranges.join('\n'))
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await using gate = await openGate(path)
    clearInterval(timer)
    expect(gate.events).toMatchObject([{ skippedLines: 0 }])
    expect(turns).toBeGreaterThan(10)
  })
})

describe('a session with an IP filter', () => {
  it('dials nobody who is blocked, not even when the user named them, and tells of that', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const sockets = movedSockets(() => OTHER)
    const { session, events } = await startSession({ ipFilter: [filterFile()] }, { sockets })
    const seed = await seedingPeer(source)
    const port = seed.address.split(':')[1]!
    const peers = [`${BLOCKED}:${port}`, `${OTHER}:${port}`]
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers })
    await torrent.complete
    expect(sockets.dials).toEqual([`${OTHER}:${port}`])
    const { infoHash } = torrent
    expect(events.filter(({ type }) => type === 'peer-refused')).toEqual([
      { type: 'peer-refused', infoHash, address: peers[0], reason: 'blocked by the IP filter' },
    ])
  })

  it('tells once of a peer of a magnet link that is blocked', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const sockets = movedSockets(() => OTHER)
    const { session, events } = await startSession({ ipFilter: [filterFile()] }, { sockets })
    const seed = await startSession()
    const directory = temporaryFolder()
    await source.place(directory)
    await seed.session.add(source.torrent, { directory })
    const peers = [BLOCKED, OTHER].map((host) => `${host}:${seed.port}`)
    const magnet = `magnet:?xt=urn:btih:${toHex(source.metainfo.infoHash)}`
    const torrent = await session.add(magnet, { directory: temporaryFolder(), peers })
    await torrent.complete
    expect(events.filter(({ type }) => type === 'peer-refused')).toMatchObject([{ address: peers[0] }])
  })

  it('asks no web seed that is blocked, and tells why', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const server = await webServer(source)
    const { session, events } = await startSession({ ipFilter: [filterFile('127.0.0.0/8')] })
    await session.add(source.torrent, { directory: temporaryFolder(), webSeeds: [server.url] })
    await vi.waitUntil(() => events.some(({ type }) => type === 'web-seed-failed'), WAIT_MS)
    expect(events.find(({ type }) => type === 'web-seed-failed')).toMatchObject({
      error: expect.stringMatching(/^web seed 127\.0\.0\.1:\d+ not contacted: blocked by the IP filter$/),
    })
    expect(server.sent()).toBe(0)
  })

  it('says nothing to a blocked peer that comes to it', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const to = await startSession(
      { ipFilter: [filterFile()] },
      { sockets: movedSockets((n) => (n === 0 ? BLOCKED : OTHER)) },
    )
    const torrent = await to.session.add(source.torrent, { directory: temporaryFolder() })
    await vi.waitUntil(() => torrent.snapshot().phase === 'downloading', WAIT_MS)
    const blocked = await connectPeer(to.port, source)
    await vi.waitUntil(() => blocked.isClosed(), WAIT_MS)
    const welcome = await connectPeer(to.port, source)
    await vi.waitUntil(() => welcome.heard.length > 0, WAIT_MS)
    expect(blocked.heard).toEqual([])
  })

  it('does not dial whom peers name', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const sockets = movedSockets(() => OTHER)
    const to = await startSession({ ipFilter: [filterFile()] }, { sockets })
    const torrent = await to.session.add(source.torrent, { directory: temporaryFolder() })
    const peer = await gossip(source, to)
    const named = ['198.51.100.1', '203.0.113.1', '198.51.100.2'].map((host) => ({
      ip: Uint8Array.from(host.split('.'), Number),
      port: 7000,
      flags: 0,
    }))
    const before = torrent.snapshot().knownPeers
    peer.send({ added: named, dropped: [] })
    await vi.waitUntil(() => sockets.dials.length > 0, WAIT_MS)
    expect(sockets.dials).toEqual(['203.0.113.1:7000'])
    expect(torrent.snapshot().knownPeers).toBe(before + 1)
  })

  it('follows changes of the file: who is blocked now has to go, and what is no filter changes nothing', async () => {
    const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
    const folder = temporaryFolder()
    const path = filterFile('# nobody', folder)
    const to = await startSession(
      { ipFilter: [path] },
      { sockets: movedSockets(() => BLOCKED), clock: scaledClock(50) },
    )
    const torrent = await to.session.add(source.torrent, { directory: temporaryFolder() })
    await vi.waitUntil(() => torrent.snapshot().phase === 'downloading', WAIT_MS)
    const peer = await connectPeer(to.port, source)
    await vi.waitUntil(() => torrent.snapshot().connections === 1, WAIT_MS)

    await writeFile(join(folder, 'new'), LIST)
    await rename(join(folder, 'new'), path)
    await vi.waitUntil(() => peer.isClosed(), WAIT_MS)
    expect(to.events).toContainEqual(
      expect.objectContaining({ type: 'peer-disconnected', reason: 'dropped: blocked by the IP filter' }),
    )
    expect(to.events.findLast(({ type }) => type === 'ip-filter-loaded')).toMatchObject({ path, ranges: 1 })

    await writeFile(path, 'no filter at all')
    const failed = (): unknown[] => to.events.filter(({ type }) => type === 'ip-filter-failed')
    await vi.waitUntil(() => failed().length === 1, WAIT_MS)
    const again = await connectPeer(to.port, source)
    await vi.waitUntil(() => again.isClosed(), WAIT_MS)
    expect(again.heard).toEqual([])

    await rename(path, join(folder, 'gone'))
    await vi.waitUntil(() => failed().length === 2, WAIT_MS)
    await mkdir(path)
    await vi.waitUntil(() => failed().length === 3, WAIT_MS)
    expect(failed()).toMatchObject([
      { reason: expect.stringMatching(/line 1/) },
      { reason: expect.stringMatching(/no such file/) },
      { reason: expect.stringMatching(/not a file/) },
    ])
  })
})
