import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { VirtualClock } from '@ccbt/testkit'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { BanList, webSeedKey } from '../src/blocking/ban-list.ts'
import { movedSockets } from './moved-sockets.ts'
import { BLOCK, connectPeer, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import { webServer } from './web-seed-server.ts'

/** Machines may be busy. */
const WAIT_MS = 30_000

const HOUR_MS = 3_600_000

/** The bans of one folder as a process sees them at an hour of the day. */
async function openBans(
  stateDir: string,
  time = { hour: 0 },
): Promise<{ bans: BanList; clock: VirtualClock; close: () => Promise<void> }> {
  const clock = new VirtualClock()
  const bans = new BanList({ stateDir, clock, wallClock: () => new Date(1_800_000_000_000 + time.hour * HOUR_MS) })
  await bans.load()
  return { bans, clock, close: () => bans[Symbol.asyncDispose]() }
}

describe('bans', () => {
  it('end after six hours, wherever the process was started anew', async () => {
    const stateDir = temporaryFolder()
    const time = { hour: 0 }
    const first = await openBans(stateDir, time)
    first.bans.add('198.51.100.7')
    time.hour = 3
    first.bans.add('203.0.113.7')
    await first.close()
    const second = await openBans(stateDir, time)
    const hosts = ['198.51.100.7', '203.0.113.7', '192.0.2.7']
    const banned = (): string[] => hosts.filter((host) => second.bans.has(host))
    expect(banned()).toEqual(['198.51.100.7', '203.0.113.7'])
    time.hour = 6
    expect(banned()).toEqual(['203.0.113.7'])
    time.hour = 9
    expect(banned()).toEqual([])
  })

  it('are saved soon, for nobody else to read', async () => {
    const stateDir = temporaryFolder()
    const { bans, clock } = await openBans(stateDir)
    bans.add('198.51.100.7')
    await clock.advance(2000)
    const path = join(stateDir, 'bans.json')
    expect(await readFile(path, 'utf8')).toContain('198.51.100.7')
    expect((await stat(path)).mode & 0o077).toBe(0)
  })

  it('of two processes add up', async () => {
    const stateDir = temporaryFolder()
    const one = await openBans(stateDir)
    const two = await openBans(stateDir)
    one.bans.add('198.51.100.7')
    two.bans.add('203.0.113.7')
    await one.close()
    await two.close()
    const { bans } = await openBans(stateDir)
    expect(['198.51.100.7', '203.0.113.7'].every((host) => bans.has(host))).toBe(true)
  })

  it('are no longer than they can be when the time of day was set back', async () => {
    const stateDir = temporaryFolder()
    const first = await openBans(stateDir, { hour: 1000 })
    first.bans.add('198.51.100.7')
    await first.close()
    const time = { hour: 0 }
    const { bans } = await openBans(stateDir, time)
    expect(bans.has('198.51.100.7')).toBe(true)
    time.hour = 6
    expect(bans.has('198.51.100.7')).toBe(false)
  })

  it('are ten thousand at most: the one that would end first makes room', async () => {
    const stateDir = temporaryFolder()
    const { bans, close } = await openBans(stateDir)
    for (let n = 0; n <= 10_000; n++) bans.add(`host ${n}`)
    await close()
    for (const list of [bans, (await openBans(stateDir)).bans]) {
      expect(list.has('host 0')).toBe(false)
      expect(list.has('host 1')).toBe(true)
      expect(list.has('host 10000')).toBe(true)
    }
  })

  it('are forgotten when the file is not what it should be, and nothing else happens', async () => {
    const stateDir = temporaryFolder()
    const until = 1_800_000_000_000 + HOUR_MS
    const file = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ version: fc.constant(1), bans: fc.anything() }).map((value) => JSON.stringify(value)),
      fc
        .array(fc.oneof(fc.tuple(fc.anything(), fc.anything()), fc.anything()))
        .map((entries) => JSON.stringify({ version: 1, bans: [...entries, ['198.51.100.7', until]] })),
    )
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        await writeFile(join(stateDir, 'bans.json'), text)
        const { bans } = await openBans(stateDir)
        expect(bans.has('198.51.100.7')).toBe(text.includes('198.51.100.7'))
        expect(bans.has('203.0.113.7')).toBe(false)
      }),
    )
  })

  it('of web seeds are for one torrent and hide the URL', () => {
    const url = 'http://user:secret@example.org/?key=1'
    expect(webSeedKey('aa', url)).not.toBe(webSeedKey('bb', url))
    expect(webSeedKey('aa', url)).not.toContain('secret')
  })
})

describe('a peer that sent bad data', () => {
  it('is banned from all torrents, from any port, and by the next run', async () => {
    const stateDir = temporaryFolder()
    const bad = fixture({ lengths: [BLOCK], pieceLength: BLOCK, seed: 1 })
    const other = fixture({ lengths: [BLOCK], pieceLength: BLOCK, seed: 2 })
    const liar = await seedingPeer(bad, { spoil: (_, __, data) => data.map((byte) => byte ^ 1) })
    const host = '203.0.113.9'
    const sockets = movedSockets(() => host)
    const to = await startSession({ stateDir }, { sockets })
    const second = await to.session.add(other.torrent, { directory: temporaryFolder() })
    await vi.waitUntil(() => second.snapshot().phase === 'downloading', WAIT_MS)
    const peer = await connectPeer(to.port, other)
    await vi.waitUntil(() => second.snapshot().connections === 1, WAIT_MS)
    const peers = [`${host}:${liar.address.split(':')[1]}`]
    await to.session.add(bad.torrent, { directory: temporaryFolder(), peers })
    await vi.waitUntil(() => peer.isClosed(), WAIT_MS)
    const ended = to.events.filter(({ type }) => type === 'peer-disconnected')
    expect(ended).toContainEqual(expect.objectContaining({ infoHash: second.infoHash, reason: 'dropped: banned' }))
    await to.session[Symbol.asyncDispose]()

    const next = await startSession({ stateDir }, { sockets })
    const again = await next.session.add(other.torrent, { directory: temporaryFolder(), peers })
    await vi.waitUntil(() => again.snapshot().phase === 'downloading', WAIT_MS)
    const stranger = await connectPeer(next.port, other)
    await vi.waitUntil(() => stranger.isClosed(), WAIT_MS)
    expect(stranger.heard).toEqual([])
    expect(sockets.dials).toHaveLength(1)
  })
})

describe('a web seed that sent bad data', () => {
  it('is not asked by the next run', async () => {
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const source = fixture({ lengths: [BLOCK], pieceLength: BLOCK })
    const liar = await webServer(source, { spoil: (_, data) => data.map((byte) => byte ^ 1) })
    const webSeeds = [liar.url]
    const first = await startSession({ stateDir })
    await first.session.add(source.torrent, { directory, webSeeds })
    await vi.waitUntil(() => first.events.some(({ type }) => type === 'web-seed-banned'), WAIT_MS)
    await first.session[Symbol.asyncDispose]()
    const requests = liar.paths.length

    const honest = await seedingPeer(source, { delayMs: 200 })
    const second = await startSession({ stateDir })
    const torrent = await second.session.add(source.torrent, { directory, webSeeds, peers: [honest.address] })
    await torrent.complete
    expect(liar.paths).toHaveLength(requests)
  })
})
