// What VueTorrent, qui and others ask for besides: torrents by tracker, pieces, limits, peers, the log, and what is not there.

import { describe, expect, it } from 'vitest'

import { TrackerBook } from '../src/qbittorrent/tracker-book.ts'
import type { TrackedTorrent } from '../src/qbittorrent/tracker-book.ts'
import { ask, client, hashOf, info, PATIENCE, stage, stateOf } from './qbittorrent-support.ts'
import type { Client } from './qbittorrent-support.ts'
import { makeTorrent } from './rpc-support.ts'

const [ONE, TWO, THREE] = ['http://127.0.0.1:1/one', 'http://127.0.0.1:1/two', 'http://127.0.0.1:1/three']

const SETTINGS = { directory: '', isPaused: true, labels: [] }

interface Delta {
  readonly rid: number
  readonly full_update?: boolean
  readonly torrents: Record<string, Record<string, unknown>>
  readonly trackers?: Record<string, string[]>
  readonly trackers_removed?: string[]
}

async function sync(any: Client, rid: number): Promise<Delta> {
  return (await any.read('sync/maindata', { rid: String(rid) })) as Delta
}

describe('torrents by tracker', () => {
  it('are all there at first, and then those of the trackers that changed', async () => {
    const own = await stage()
    const any = await client(own)
    const [a = '', b = ''] = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const torrent = makeTorrent(own.downloads, name)
        await any.add(torrent, { stopped: 'true' })
        return hashOf(torrent)
      }),
    )
    await any.does('torrents/addTrackers', { hash: a, urls: `${ONE}\n${TWO}` })
    await any.does('torrents/addTrackers', { hash: b, urls: TWO })
    const first = await sync(any, 0)
    expect(first).toMatchObject({ full_update: true, trackers: { [ONE]: [a], [TWO]: [a, b] } })
    const quiet = await sync(any, first.rid)
    expect(quiet).not.toHaveProperty('trackers')
    expect(quiet).not.toHaveProperty('trackers_removed')
    await any.does('torrents/editTracker', { hash: a, origUrl: ONE, newUrl: THREE })
    const edited = await sync(any, quiet.rid)
    expect([edited.trackers, edited.trackers_removed]).toEqual([{ [THREE]: [a] }, [ONE]])
    await any.does('torrents/delete', { hashes: b, deleteFiles: 'false' })
    const less = await sync(any, edited.rid)
    expect([less.trackers, less.trackers_removed]).toEqual([{ [TWO]: [a] }, undefined])
    // Who missed the last answer gets what it had once more.
    expect((await sync(any, edited.rid)).trackers).toEqual(less.trackers)
    expect(await sync(any, 0)).toMatchObject({ trackers: { [TWO]: [a], [THREE]: [a] } })
    expect((await sync(any, 0)).trackers).not.toHaveProperty(ONE)
  })

  it('agree with a model after any changes, for clients of every age', () => {
    const book = new TrackerBook()
    let seed = 7
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const urls = [ONE, TWO, THREE, '__proto__']
    let torrents: TrackedTorrent[] = []
    const byTracker = (): Record<string, string[]> =>
      Object.fromEntries(
        urls.flatMap((url) => {
          const hashes = torrents.filter(({ settings }) => settings.trackers?.flat().includes(url))
          return hashes.length === 0 ? [] : [[url, hashes.map(({ infoHash }) => infoHash).toSorted()]]
        }),
      )
    const clients: { revision: number; known: Map<string, readonly string[]> }[] = []
    for (let step = 0; step < 400; step++) {
      const infoHash = String(next(6))
      torrents = torrents.filter((torrent) => torrent.infoHash !== infoHash)
      const trackers = [urls.filter(() => next(2) === 0), urls.filter(() => next(3) === 0)]
      if (next(3) > 0) torrents = [...torrents, { infoHash, settings: { ...SETTINGS, trackers }, handle: undefined }]
      expect(book.update(torrents)).toBe(true)
      if (next(10) === 0) clients.push({ revision: -1, known: new Map() })
      for (const one of clients.filter(() => next(3) === 0)) {
        const { trackers: changed, removed } = book.since(one.revision)
        for (const [url, hashes] of Object.entries(changed)) one.known.set(url, hashes.toSorted())
        for (const url of removed) one.known.delete(url)
        one.revision = book.revision
        expect(Object.fromEntries(one.known)).toEqual(byTracker())
      }
    }
    expect(clients.length).toBeGreaterThan(10)
  })
})

describe('one torrent', () => {
  it('tells its pieces, chosen files and limits', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a', ['x', 'y', 'z'])
    const hash = hashOf(torrent)
    await any.add(torrent, { dlLimit: '4096' })
    await expect.poll(() => stateOf(any, hash), PATIENCE).toBe('stalledUP')
    const hashes = (await any.read('torrents/pieceHashes', { hash })) as string[]
    expect(hashes).toHaveLength(4)
    for (const piece of hashes) expect(piece).toMatch(/^[\da-f]{40}$/)
    expect(await any.read('torrents/pieceStates', { hash })).toEqual([2, 2, 2, 2])
    expect(await any.read('torrents/files', { hash, indexes: '2|0' })).toMatchObject([
      { index: 2, name: 'a/z' },
      { index: 0, name: 'a/x' },
    ])
    for (const indexes of ['3', 'x', '0|-1', '0|']) {
      expect((await any.post('torrents/files', { hash, indexes })).status, indexes).toBe(409)
    }
    const other = 'a'.repeat(40)
    const both = { hashes: `${hash}|${other}` }
    expect(await any.read('torrents/downloadLimit', both)).toEqual({ [hash]: 4096, [other]: -1 })
    expect(await any.read('torrents/uploadLimit', both)).toEqual({ [hash]: 0, [other]: -1 })
  })

  it('is called as the user likes, in the next difference as well', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    const hash = hashOf(torrent)
    await any.add(torrent, { stopped: 'true' })
    await expect.poll(() => stateOf(any, hash), PATIENCE).toBe('stoppedUP')
    const { rid } = await sync(any, 0)
    await any.does('torrents/rename', { hash, name: 'My film' })
    await any.does('torrents/setShareLimits', { hashes: hash, ratioLimit: '3' })
    expect((await sync(any, rid)).torrents[hash]).toMatchObject({ name: 'My film', ratio_limit: 3 })
    expect((await any.post('torrents/rename', { hash, name: ' ' })).status).toBe(409)
    expect((await any.post('torrents/rename', { hash: 'b'.repeat(40), name: 'x' })).status).toBe(404)
  })

  it('has its trackers edited without surprises', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    const hash = hashOf(torrent)
    await any.add(torrent, { stopped: 'true' })
    await any.does('torrents/addTrackers', { hash, urls: `${ONE}?a=1&b=%20\n${TWO}` })
    await any.does('torrents/editTracker', { hash, origUrl: TWO, newUrl: TWO })
    for (const [fields, status] of [
      [{ origUrl: TWO, newUrl: 'no address' }, 400],
      [{ origUrl: TWO, newUrl: `${ONE}?a=1&b=%20` }, 409],
      [{ origUrl: THREE, newUrl: ONE }, 409],
      [{ origUrl: TWO }, 400],
    ] as const) {
      expect((await any.post('torrents/editTracker', { hash, ...fields })).status).toBe(status)
    }
    expect((await any.post('torrents/addTrackers', { hash })).status).toBe(400)
    expect((await any.post('torrents/addTrackers', { hash, urls: 'file:///etc/passwd' })).status).toBe(400)
    await any.does('torrents/removeTrackers', { hash, urls: `${encodeURIComponent(TWO)}|%E0%A4%A` })
    expect(await info(any)).toMatchObject([{ tracker: `${ONE}?a=1&b=%20`, trackers_count: 1 }])
  })
})

describe('peers', () => {
  it('are named and banned by their addresses', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    const hash = hashOf(torrent)
    await any.add(torrent, { stopped: 'true' })
    expect((await any.post('torrents/addPeers', { hashes: hash, peers: 'nobody|127.0.0.1:0' })).status).toBe(400)
    expect((await any.post('torrents/addPeers', { hashes: hash })).status).toBe(400)
    const many = Array.from({ length: 1001 }, () => '127.0.0.1:1').join('|')
    expect((await any.post('torrents/addPeers', { hashes: hash, peers: many })).status).toBe(400)
    expect(await any.read('torrents/addPeers', { hashes: 'all', peers: '127.0.0.1:1|[::1]:2|x' })).toEqual({
      [hash]: { added: 2, failed: 1 },
    })
    await any.does('transfer/banPeers', { peers: '127.0.0.9:1|nonsense' })
  })
})

describe('the whole daemon', () => {
  it('tells its log, and that it has neither feeds nor searches', async () => {
    const own = await stage()
    const any = await client(own)
    own.daemon.logger.log({ level: 'info', area: 'daemon', text: 'one' })
    own.daemon.logger.log({ level: 'error', area: 'daemon', text: 'two' })
    const lines = (await any.read('log/main')) as { id: number; message: string; type: number; timestamp: number }[]
    const [one, two] = ['one', 'two'].map((text) => lines.find(({ message }) => message === text))
    expect([one?.type, two?.type]).toEqual([1, 8])
    expect(Math.abs((one?.timestamp ?? 0) - Date.now() / 1000)).toBeLessThan(3600)
    const last = String(one?.id)
    expect(await any.read('log/main', { last_known_id: last, critical: 'true' })).toContainEqual(two)
    expect(await any.read('log/main', { last_known_id: last })).not.toContainEqual(one)
    expect(await any.read('log/main', { critical: 'false' })).not.toContainEqual(two)
    for (const path of ['log/peers', 'search/plugins', 'search/status', 'app/networkInterfaceList']) {
      expect(await any.read(path), path).toEqual([])
    }
    for (const path of ['rss/items', 'rss/rules']) expect(await any.read(path), path).toEqual({})
    for (const path of ['rss/addFeed', 'search/start']) expect((await any.post(path)).status, path).toBe(404)
    // Nobody who started it from here waits for that.
    expect((await any.post('app/shutdown')).status).toBe(400)
  })

  it('switches to the other limits by name', async () => {
    const any = await client(await stage())
    for (const mode of ['1', '1', '0']) {
      await any.does('transfer/setSpeedLimitsMode', { mode })
      expect((await any.get('transfer/speedLimitsMode')).body).toBe(mode)
    }
    expect((await any.post('transfer/setSpeedLimitsMode', { mode: 'fast' })).status).toBe(400)
    expect((await any.post('transfer/setSpeedLimitsMode')).status).toBe(400)
  })

  it('changes nothing when it is only asked to show something', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    await any.add(torrent)
    const links = [
      'torrents/delete?hashes=all&deleteFiles=true',
      'app/shutdown',
      'torrents/stop?hashes=all',
      'auth/logout',
    ]
    for (const link of links) {
      const { status, headers } = await any.get(link)
      expect([status, headers['allow']], link).toEqual([405, 'POST'])
    }
    expect((await ask(own, 'auth/login?username=a&password=b', { method: 'GET' })).status).toBe(405)
    expect(await info(any)).toHaveLength(1)
  })

  it('refuses lists and names that are none', async () => {
    const own = await stage()
    const any = await client(own)
    await any.add(makeTorrent(own.downloads, 'a'))
    const hashes = Array.from({ length: 100_001 }, () => 'a').join('|')
    for (const path of ['torrents/stop', 'torrents/downloadLimit', 'torrents/info']) {
      expect((await any.post(path, { hashes })).status, path).toBe(400)
    }
    for (const sort of ['nothing', '__proto__', 'toString']) {
      expect((await any.post('torrents/info', { sort })).status, sort).toBe(400)
    }
    for (const category of ['a\\b', '/a', 'a//b', 'x'.repeat(300)]) {
      expect((await any.post('torrents/createCategory', { category })).status, category).toBe(409)
    }
    await any.does('torrents/stop', { hashes: 'zz|\0|../..' })
    expect(await info(any, { hashes: 'zz' })).toEqual([])
  })
})
