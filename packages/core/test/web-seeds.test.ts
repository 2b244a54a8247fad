// Torrents that are downloaded from web servers, alone and beside peers.

import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { formatMagnet } from '@ccbt/metainfo'
import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import type { AddOptions, TorrentHandle } from '../src/index.ts'
import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { webServer } from './web-seed-server.ts'

const PIECE = 4 * BLOCK
const NOTHING_WASTED = { hashFailed: 0, duplicate: 0, unrequested: 0 }

async function add(
  test: TestSession,
  source: Fixture,
  options: Partial<AddOptions>,
): Promise<{ torrent: TorrentHandle; folder: string }> {
  const folder = options.directory ?? temporaryFolder()
  const torrent = await test.session.add(source.torrent, { directory: folder, ...options })
  return { torrent, folder }
}

async function expectFiles(source: Fixture, folder: string, select?: number[]): Promise<void> {
  for (const [index, file] of source.metainfo.files.entries()) {
    const path = join(folder, ...file.path)
    if (select !== undefined && !select.includes(index)) {
      expect(existsSync(path)).toBe(false)
      continue
    }
    const expected = source.bytes.subarray(file.offset, file.offset + file.length)
    expect(Buffer.compare(await readFile(path), expected)).toBe(0)
  }
}

describe('a web seed alone', () => {
  it('is enough for a file', async () => {
    const source = fixture({ lengths: [50 * PIECE + 1234], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await torrent.complete
    await expectFiles(source, folder)
    expect(server.sent()).toBe(source.bytes.length)
    expect(server.ranges.length).toBeLessThan(25)
    const snapshot = torrent.snapshot()
    expect(snapshot).toMatchObject({ downloaded: source.bytes.length, connections: 0, wasted: NOTHING_WASTED })
    expect(snapshot.webSeeds).toMatchObject([{ url: server.url, state: 'idle', downloaded: source.bytes.length }])
  })

  it('is enough for a folder of files that share pieces, by the names in the torrent', async () => {
    const source = fixture({ lengths: [100, 3 * PIECE + 7, 0, 1, 2 * PIECE, 65], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { folder, torrent } = await add(test, source, { webSeeds: [server.url] })
    await torrent.complete
    await expectFiles(source, folder)
    expect(server.paths).toContain('/dir/folder/file 0.bin')
    expect(server.paths).not.toContain('/dir/folder/file 2.bin')
  })

  it('is asked for the pieces of the selected files, and for no others', async () => {
    const source = fixture({ lengths: [2 * PIECE + 5, 3 * PIECE, 4 * PIECE, 10], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { folder, torrent } = await add(test, source, { webSeeds: [server.url], select: [1] })
    await torrent.complete
    await expectFiles(source, folder, [1])
    const [first, end] = [2 * PIECE, 6 * PIECE]
    expect(Math.min(...server.ranges.map((range) => range.offset))).toBe(first)
    expect(Math.max(...server.ranges.map((range) => range.offset + range.length))).toBe(end)
    expect(server.sent()).toBe(end - first)
  })

  it('has the pad files made up', async () => {
    const source = padded()
    const server = await webServer(source)
    const { session } = await startSession()
    const folder = temporaryFolder()
    await (
      await session.add(source.metainfo, { directory: folder, webSeeds: [server.url] })
    ).complete
    await expectFiles(source, folder, [0, 2])
    expect(server.paths).not.toContain('/dir/folder/file 1.bin')
  })

  it('may be a script that knows pieces (BEP 17), also for a private torrent', async () => {
    const source = fixture({ lengths: [9 * PIECE + 77], pieceLength: PIECE })
    const asked: string[] = []
    const server = await webServer(source, {
      answer: (request, response) => {
        const { searchParams, search } = new URL(request.url!, 'http://x')
        asked.push(search)
        const start = Number(searchParams.get('piece')) * PIECE
        const [from, to] = (searchParams.get('ranges') ?? `0-${PIECE - 1}`).split('-').map(Number)
        response.end(source.bytes.subarray(start + from!, start + to! + 1))
        return true
      },
    })
    const { session } = await startSession()
    const folder = temporaryFolder()
    const metainfo = { ...source.metainfo, isPrivate: true, httpSeeds: [`${server.url}seed.php`] }
    await (
      await session.add(metainfo, { directory: folder })
    ).complete
    await expectFiles(source, folder)
    expect(asked.every((search) => search.startsWith('?info_hash=%'))).toBe(true)
  })

  it('follows a magnet link whose metadata a peer without data has', async () => {
    const source = fixture({ lengths: [5 * PIECE], pieceLength: PIECE })
    const server = await webServer(source)
    const knowing = await startSession()
    await add(knowing, source, {})
    const { session } = await startSession()
    const folder = temporaryFolder()
    const magnet = formatMagnet({
      infoHashV1: source.metainfo.infoHash,
      trackers: [],
      webSeeds: [server.url],
      peers: [{ host: '127.0.0.1', port: knowing.port }],
      selected: [],
    })
    await (
      await session.add(magnet, { directory: folder })
    ).complete
    await expectFiles(source, folder)
  })

  it.each([
    ['than fit in memory', 64 * BLOCK],
    ['that do not fit in memory', 256 * BLOCK],
  ])(
    'fills memory no faster than it is written, with more pieces %s, and sends nothing twice',
    async (_, pieceLength) => {
      const source = fixture({ lengths: [16 * 1_048_576 + 5], pieceLength })
      const server = await webServer(source)
      const test = await startSession({ writeBudgetBytes: 2 * 1_048_576 })
      const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
      await torrent.complete
      await expectFiles(source, folder)
      expect(server.sent()).toBe(source.bytes.length)
      expect(torrent.snapshot().wasted).toEqual(NOTHING_WASTED)
    },
  )

  it('keeps to the download limit', async () => {
    const source = fixture({ lengths: [24 * PIECE], pieceLength: PIECE })
    const server = await webServer(source)
    const downloadLimitBps = 2_000_000
    const test = await startSession({ downloadLimitBps })
    const startMs = performance.now()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await torrent.complete
    // A sixth may come at once: the burst and one read of each connection.
    expect(performance.now() - startMs).toBeGreaterThan((1000 * source.bytes.length * (5 / 6)) / downloadLimitBps)
    await expectFiles(source, folder)
  })

  it('goes on with pieces that were begun in an earlier run', async () => {
    const source = fixture({ lengths: [10 * PIECE], pieceLength: PIECE })
    const half = await seedingPeer(source, { answers: (_, begin) => begin < PIECE / 2 })
    const test = await startSession()
    const { folder, torrent } = await add(test, source, { peers: [half.address] })
    await expect.poll(() => half.sent()).toBeGreaterThanOrEqual(source.bytes.length / 2)
    await test.session.command({ type: 'remove', infoHash: torrent.infoHash })
    const server = await webServer(source)
    const again = await add(test, source, { directory: folder, webSeeds: [server.url] })
    await again.torrent.complete
    await expectFiles(source, folder)
  })
})

describe('a web seed that is stopped', () => {
  it('leaves no connection behind, and goes on when the torrent does', async () => {
    const source = fixture({ lengths: [30 * PIECE], pieceLength: PIECE })
    const server = await webServer(source, { rateBps: 200_000 })
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await expect.poll(() => server.sent()).toBeGreaterThan(2 * PIECE)
    expect(torrent.snapshot().webSeeds).toMatchObject([{ state: 'fetching' }])
    const { infoHash } = torrent
    await test.session.command({ type: 'pause', infoHash })
    await expect.poll(() => server.connections()).toBe(0)
    const sent = server.sent()
    expect(torrent.snapshot()).toMatchObject({ phase: 'paused', webSeeds: [], downloadBps: 0 })
    await test.session.command({ type: 'resume', infoHash })
    await expect.poll(() => server.sent()).toBeGreaterThan(sent)
    await test.session[Symbol.asyncDispose]()
    await expect.poll(() => server.connections()).toBe(0)
    expect(existsSync(folder)).toBe(true)
  })

  it('while its module is being loaded makes no connection', async () => {
    const source = fixture({ lengths: [PIECE], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { torrent } = await add(test, source, { webSeeds: [server.url] })
    await test.session.command({ type: 'remove', infoHash: torrent.infoHash })
    await sleep(100)
    expect(server.paths).toEqual([])
  })
})

describe('a web seed that fails', () => {
  it('is asked again when it has come back', async () => {
    const source = fixture({ lengths: [40 * PIECE], pieceLength: PIECE })
    let isDown = true
    const server = await webServer(source, {
      answer: ({ socket }) => {
        if (isDown) socket.destroy()
        return isDown
      },
    })
    const slow = await seedingPeer(source, { delayMs: 100_000 })
    const test = await startSession({}, { clock: scaledClock(50) })
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url], peers: [slow.address] })
    const failed = (): unknown[] => test.events.filter((event) => event.type === 'web-seed-failed')
    await expect.poll(() => failed().length).toBeGreaterThan(1)
    expect(failed()[0]).toMatchObject({
      url: server.url,
      error: expect.stringContaining('lost'),
      retryInMs: expect.closeTo(5000, -3),
    })
    isDown = false
    await torrent.complete
    await expectFiles(source, folder)
    expect(torrent.snapshot().webSeeds).toMatchObject([{ state: 'idle' }])
  })

  it('is left alone for as long as it wishes', async () => {
    const source = fixture({ lengths: [10 * PIECE], pieceLength: PIECE })
    const clock = scaledClock(50)
    const askedAtMs: number[] = []
    const server = await webServer(source, {
      answer: (_, response) => {
        askedAtMs.push(clock.now())
        const isBusy = clock.now() < askedAtMs[0]! + 19_000
        if (isBusy) response.writeHead(503, { 'Retry-After': '20' }).end()
        return isBusy
      },
    })
    const test = await startSession({}, { clock })
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await expect
      .poll(() => torrent.snapshot().webSeeds)
      .toMatchObject([{ state: 'waiting', nextTryInMs: expect.any(Number) }])
    expect(torrent.snapshot().webSeeds[0]!.error).toContain('503')
    await torrent.complete
    await expectFiles(source, folder)
    const failed = test.events.filter((event) => event.type === 'web-seed-failed')
    expect(failed).toMatchObject([{ retryInMs: expect.closeTo(20_000, -3) }])
    // All that were under way were refused, then nothing was asked for 20 s.
    const [first] = askedAtMs
    expect(askedAtMs.filter((atMs) => atMs > first! + 2000 && atMs < first! + 19_000)).toEqual([])
  })

  it('in one file sends the others, and the peers send that one', async () => {
    const source = fixture({ lengths: [5 * PIECE, PIECE + 3, 6 * PIECE], pieceLength: PIECE })
    const lacking = 'folder/file 1.bin'
    const server = await webServer(source, {
      answer: (request, response) => {
        const isLacking = decodeURIComponent(request.url!).endsWith(lacking)
        if (isLacking) response.writeHead(404).end()
        return isLacking
      },
    })
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await expect.poll(() => torrent.snapshot().piecesDone).toBe(11)
    expect(test.events).toContainEqual(expect.objectContaining({ type: 'web-seed-failed', url: server.url }))
    const asked = server.paths.length
    const peer = await seedingPeer(source)
    await test.session.command({ type: 'remove', infoHash: torrent.infoHash })
    const again = await add(test, source, { directory: folder, peers: [peer.address], webSeeds: [server.url] })
    await again.torrent.complete
    await expectFiles(source, folder)
    expect(server.paths.length - asked).toBeLessThan(5)
  })

  it('for good gives way to the next one', async () => {
    const source = fixture({ lengths: [10 * PIECE], pieceLength: PIECE })
    const gone = await Promise.all(
      Array.from({ length: 9 }, () =>
        webServer(source, { answer: (_, response) => response.writeHead(410).end() !== undefined }),
      ),
    )
    const good = await webServer(source)
    const test = await startSession()
    const webSeeds = ['ftp://127.0.0.1/', ...gone.map(({ url }) => url), good.url]
    const { torrent, folder } = await add(test, source, { webSeeds })
    await torrent.complete
    await expectFiles(source, folder)
    for (const { paths } of gone) expect(paths.length).toBeLessThanOrEqual(4)
    const states = torrent.snapshot().webSeeds.map(({ state }) => state)
    expect(states).toEqual([...gone.map(() => 'failed'), 'idle'])
  })
})

describe('a web seed that sends bad data', () => {
  const flip = (_: number, data: Uint8Array): Uint8Array => data.map((byte) => byte ^ 0xff)

  it('is banned, and an honest one does the rest', async () => {
    const source = fixture({ lengths: [30 * PIECE], pieceLength: PIECE })
    const liar = await webServer(source, { spoil: flip })
    const honest = await webServer(source, { rateBps: 2_000_000 })
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [liar.url, honest.url] })
    await torrent.complete
    await expectFiles(source, folder)
    const banned = test.events.filter((event) => event.type === 'web-seed-banned')
    expect(banned).toMatchObject([{ url: liar.url, reason: expect.stringContaining('bad data') }])
    expect(torrent.snapshot().webSeeds).toMatchObject([{ state: 'banned' }, { state: 'idle' }])
    await expect.poll(() => liar.connections()).toBe(0)
    // It stays banned when the torrent starts anew.
    const asked = liar.paths.length
    await test.session.command({ type: 'verify', infoHash: torrent.infoHash })
    await sleep(200)
    expect(liar.paths.length).toBe(asked)
  })

  it('costs no honest peer its connection', async () => {
    const pieceLength = 16 * BLOCK
    const source = fixture({ lengths: [20 * pieceLength], pieceLength })
    // One bad block in each piece, and time for the peers to have a share in every one.
    const liar = await webServer(source, {
      rateBps: 1_000_000,
      spoil: (offset, data) => data.map((byte, n) => ((offset + n) % pieceLength === 3 * BLOCK ? byte ^ 1 : byte)),
    })
    const peers = await Promise.all([1, 2].map(() => seedingPeer(source, { delayMs: 20 })))
    const test = await startSession()
    const { torrent, folder } = await add(test, source, {
      webSeeds: [liar.url],
      peers: peers.map(({ address }) => address),
    })
    await torrent.complete
    await expectFiles(source, folder)
    expect(test.events.filter((event) => event.type === 'peer-banned')).toEqual([])
    expect(test.events.filter((event) => event.type === 'web-seed-banned')).toHaveLength(1)
  })

  it('is told from a peer that does: the peer is banned, the web seed is not', async () => {
    const pieceLength = 16 * BLOCK
    const source = fixture({ lengths: [pieceLength], pieceLength })
    // The peer has begun the only piece, and sends one wrong block of it and no more: the web seed goes on.
    const liar = await seedingPeer(source, {
      answers: (_, begin) => begin === 0,
      spoil: (_, __, data) => flip(0, data),
    })
    let isEarly = true
    const server = await webServer(source, {
      answer: (_, response) => {
        if (isEarly) response.writeHead(503, { 'Retry-After': '2' }).end()
        return isEarly
      },
    })
    const test = await startSession({}, { clock: scaledClock(20) })
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url], peers: [liar.address] })
    await expect.poll(() => torrent.snapshot().downloaded).toBe(BLOCK)
    isEarly = false
    await torrent.complete
    await expectFiles(source, folder)
    expect(test.events.filter((event) => event.type === 'web-seed-banned')).toEqual([])
    expect(test.events.filter((event) => event.type === 'piece-corrupt')).toHaveLength(1)
    expect(test.events.filter((event) => event.type === 'peer-banned')).toMatchObject([{ address: liar.address }])
  })
})

describe('a web seed beside peers', () => {
  it('and a slow peer share the work, so that both together are faster than either alone', async () => {
    const source = fixture({ lengths: [64 * PIECE], pieceLength: PIECE })
    // 1 to 2 MB/s each.
    const server = await webServer(source, { rateBps: 500_000 })
    const peer = await seedingPeer(source, { delayMs: 400 })
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url], peers: [peer.address] })
    await torrent.complete
    await expectFiles(source, folder)
    const most = 0.85 * source.bytes.length
    expect(server.sent()).toBeLessThan(most)
    expect(peer.sent()).toBeLessThan(most)
  })

  it('rests while four peers are faster, and helps again when they stop', async () => {
    const source = fixture({ lengths: [400 * PIECE], pieceLength: PIECE })
    const server = await webServer(source, { rateBps: 200_000 })
    let isSending = true
    const peers = await Promise.all(
      [1, 2, 3, 4].map(() => seedingPeer(source, { delayMs: 1000, answers: () => isSending })),
    )
    const test = await startSession({}, { clock: scaledClock(10) })
    const { torrent } = await add(test, source, {
      webSeeds: [server.url],
      peers: peers.map(({ address }) => address),
    })
    const state = (): string => torrent.snapshot().webSeeds[0]?.state ?? ''
    await expect.poll(state).toBe('fetching')
    await expect.poll(state).toBe('idle')
    expect(torrent.snapshot().phase).toBe('downloading')
    isSending = false
    await expect.poll(state).toBe('fetching')
    expect(torrent.snapshot().phase).toBe('downloading')
  })
})

/** Two files, each at the start of a piece, with padding in between. */
function padded(): Fixture {
  const plain = fixture({ lengths: [PIECE + 100, PIECE - 100, 2 * PIECE], pieceLength: PIECE })
  const { metainfo } = plain
  const [, pad] = metainfo.files
  const bytes = plain.bytes.slice().fill(0, pad!.offset, pad!.offset + pad!.length)
  const hashes = [0, 1, 2, 3].map((n) => hash('sha1', bytes.subarray(n * PIECE, (n + 1) * PIECE), 'buffer'))
  const files = metainfo.files.map((file) => (file === pad ? { ...file, isPad: true } : file))
  return { ...plain, bytes, metainfo: { ...metainfo, files, pieceHashes: Buffer.concat(hashes) } }
}
