// qBittorrent's Web API, exchange by exchange: what Sonarr, Radarr, autobrr, cross-seed and Flood send and rely on.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { METHODS } from '../src/qbittorrent/methods.ts'
import { ask, client, form, hashOf, info, login, PATIENCE, stage, stateOf } from './qbittorrent-support.ts'
import type { Row } from './qbittorrent-support.ts'
import { makeTorrent } from './rpc-support.ts'

const password = 'geheim'

describe('the way in', () => {
  it('is a login whose cookie opens everything, until the logout', async () => {
    const own = await stage({ password })
    for (const method of ['GET', 'POST']) {
      expect((await ask(own, 'app/webapiVersion', { method })).status).toBe(403)
    }
    const answer = await ask(own, 'auth/login', { body: form({ username: 'admin', password }) })
    expect([answer.status, answer.body]).toEqual([200, 'Ok.'])
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^SID=[\w-]{32}; HttpOnly; SameSite=Lax; path=\/$/)
    const cookie = await login(own, password)
    const headers = { cookie: `other=1; ${cookie}; more=2` }
    for (const method of ['GET', 'POST']) {
      expect((await ask(own, 'app/version', { method, headers })).body).toBe('v5.0.5')
      expect((await ask(own, 'app/webapiVersion', { method, headers })).body).toBe('2.11.2')
    }
    expect((await ask(own, 'auth/logout', { headers })).status).toBe(200)
    expect((await ask(own, 'app/version', { headers })).status).toBe(403)
  })

  it('says Fails. to a wrong password, and makes guessing wait', async () => {
    const own = await stage()
    const guess = (): ReturnType<typeof ask> => ask(own, 'auth/login', { body: form({ username: 'a', password: 'b' }) })
    for (let wrong = 0; wrong < 4; wrong++) {
      const { status, body, headers } = await guess()
      expect([status, body, headers['set-cookie']]).toEqual([200, 'Fails.', undefined])
    }
    expect((await guess()).status).toBe(403)
    expect((await ask(own, 'app/version', { headers: { cookie: 'SID=x' } })).status).toBe(403)
  })

  it('takes tokens as passwords and as keys, as far as they go and as long as they are valid', async () => {
    const own = await stage()
    const token = own.access.createToken('sonarr', 'read')
    const cookie = await login(own, token)
    const headers = { authorization: `Bearer ${token}` }
    for (const credentials of [headers, { cookie }]) {
      expect((await ask(own, 'app/version', { headers: credentials })).status).toBe(200)
      const { status, body } = await ask(own, 'torrents/createTags', { headers: credentials, body: 'tags=a' })
      expect([status, body]).toEqual([403, 'this needs the scope control'])
    }
    own.access.revokeTokens('sonarr')
    expect((await ask(own, 'app/version', { headers: { cookie } })).status).toBe(403)
    expect((await ask(own, 'app/version', { headers })).status).toBe(403)
  })

  it('ends for cookies of an old password', async () => {
    const own = await stage({ password })
    const cookie = await login(own, password)
    own.access.setPasswordHash('scrypt$$')
    expect((await ask(own, 'app/version', { headers: { cookie } })).status).toBe(403)
  })

  it('is closed for pages of others', async () => {
    const own = await stage()
    const cookie = await login(own, own.access.createToken('own', 'read'))
    for (const headers of [
      { cookie, origin: 'http://evil.example' },
      { cookie, host: 'evil.example' },
      { cookie, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await ask(own, 'app/version', { headers })).status).toBe(403)
    }
  })

  it('takes no more than a login from strangers', async () => {
    const own = await stage()
    for (const headers of [{}, { cookie: 'SID=guessed' }]) {
      expect((await ask(own, 'auth/login', { body: Buffer.alloc(20_000), headers })).status).toBe(413)
    }
    const cookie = await login(own, own.access.createToken('own', 'control'))
    const { status } = await ask(own, 'torrents/tags', { body: Buffer.alloc(20_000), headers: { cookie } })
    expect(status).toBe(200)
  })

  it('has no way to a method that there is not', async () => {
    const own = await client(await stage())
    for (const path of ['nothing', '__proto__', 'app/', 'torrents/info/x']) {
      expect((await own.post(path)).status, path).toBe(404)
    }
  })
})

describe('what Sonarr does', () => {
  it('asks, makes its category, adds, sees the torrent at once, waits for the data, and takes it away', async () => {
    const own = await stage()
    const sonarr = await client(own)
    expect(await sonarr.read('app/preferences')).toMatchObject({
      save_path: own.downloads,
      dht: false,
      queueing_enabled: false,
      max_ratio_enabled: false,
      max_ratio: -1,
      max_ratio_act: 0,
      max_seeding_time_enabled: false,
      max_inactive_seeding_time_enabled: false,
    })
    expect(await sonarr.read('torrents/categories')).toEqual({})
    await sonarr.does('torrents/createCategory', { category: 'tv-sonarr' })
    expect(await sonarr.read('torrents/categories')).toEqual({ 'tv-sonarr': { name: 'tv-sonarr', savePath: '' } })
    const torrent = makeTorrent(own.downloads, 'Show', ['e1.mkv', 'sub/e1.srt'])
    const hash = hashOf(torrent)
    expect((await sonarr.post('torrents/properties', { hash })).status).toBe(404)
    expect(await sonarr.add(torrent, { category: 'tv-sonarr', stopped: 'False' })).toBe('Ok.')
    expect(await sonarr.read('torrents/properties', { hash: hash.toUpperCase() })).toMatchObject({
      hash,
      save_path: own.downloads,
      total_size: 40_000,
      piece_size: 16_384,
      comment: 'with a comment',
    })
    await sonarr.does('torrents/setShareLimits', {
      hashes: hash,
      ratioLimit: '1.5',
      seedingTimeLimit: '-2',
      inactiveSeedingTimeLimit: '-1',
    })
    await expect.poll(() => stateOf(sonarr, hash), PATIENCE).toBe('stalledUP')
    expect(await info(sonarr, { category: 'tv-sonarr' })).toMatchObject([
      {
        hash,
        infohash_v1: hash,
        infohash_v2: '',
        name: 'Show',
        size: 40_000,
        total_size: 40_000,
        progress: 1,
        eta: 8_640_000,
        num_complete: 0,
        trackers_count: 0,
        magnet_uri: `magnet:?xt=urn:btih:${hash}&dn=Show`,
        amount_left: 0,
        category: 'tv-sonarr',
        tags: '',
        save_path: own.downloads,
        content_path: join(own.downloads, 'Show'),
        root_path: join(own.downloads, 'Show'),
        ratio: 0,
        ratio_limit: 1.5,
        seeding_time_limit: -2,
        inactive_seeding_time_limit: -1,
        auto_tmm: false,
        force_start: false,
        private: false,
      },
    ])
    expect(await sonarr.read('torrents/files', { hash })).toMatchObject([
      { index: 0, name: 'Show/e1.mkv', size: 20_000, progress: 1, priority: 1, piece_range: [0, 1] },
      { index: 1, name: 'Show/sub/e1.srt', size: 20_000, progress: 1, priority: 1, piece_range: [1, 2] },
    ])
    expect((await sonarr.post('torrents/topPrio', { hashes: hash })).status).toBe(409)
    await sonarr.does('torrents/createCategory', { category: 'tv-done' })
    await sonarr.does('torrents/setCategory', { hashes: hash, category: 'tv-done' })
    expect(await info(sonarr, { category: 'tv-sonarr' })).toEqual([])
    await sonarr.does('torrents/delete', { hashes: hash, deleteFiles: 'true' })
    expect(await info(sonarr)).toEqual([])
    expect(existsSync(join(own.downloads, 'Show'))).toBe(false)
  })

  it('adds magnet links stopped, with tags, and finds what a single file is', async () => {
    const own = await stage()
    const sonarr = await client(own)
    const hash = 'ab'.repeat(20)
    const urls = `magnet:?xt=urn:btih:${hash}&dn=Name`
    const fields = { urls, category: 'radarr', tags: 'a, b', paused: 'true', ratioLimit: '2' }
    expect(await sonarr.post('torrents/add', fields)).toMatchObject({ status: 200, body: 'Ok.' })
    expect(await sonarr.post('torrents/add', fields)).toMatchObject({ status: 200, body: 'Fails.' })
    expect(await info(sonarr)).toMatchObject([
      { hash, category: 'radarr', tags: 'a, b', total_size: 0, eta: 8_640_000, has_metadata: false, ratio_limit: 2 },
    ])
    const file = makeTorrent(own.downloads, 'one.mkv')
    await sonarr.add(file, { stopped: 'true' })
    expect(await info(sonarr, { hashes: hashOf(file) })).toMatchObject([
      { content_path: join(own.downloads, 'one.mkv'), root_path: '' },
    ])
  })
})

describe('what autobrr does', () => {
  it('switches queues on and moves torrents in them', async () => {
    const own = await stage()
    const autobrr = await client(own)
    const hashes = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const torrent = makeTorrent(join(own.downloads, 'elsewhere'), name)
        await autobrr.add(torrent, { stopped: 'true', upLimit: '1000', dlLimit: '0' })
        return hashOf(torrent)
      }),
    )
    for (const hash of hashes) await expect.poll(() => stateOf(autobrr, hash), PATIENCE).toBe('stoppedDL')
    await autobrr.does('app/setPreferences', { json: '{"queueing_enabled":true,"max_active_downloads":1,"rss":[]}' })
    expect(await autobrr.read('app/preferences')).toMatchObject({ queueing_enabled: true, max_active_downloads: 1 })
    await autobrr.does('torrents/topPrio', { hashes: hashes.join('|') })
    await autobrr.does('torrents/bottomPrio', { hashes: hashes[0] ?? '' })
    expect(await info(autobrr, { filter: 'stopped', sort: 'name', reverse: 'true', limit: '1' })).toMatchObject([
      { name: 'b', up_limit: 1000, dl_limit: 0, state: 'stoppedDL' },
    ])
    expect(await info(autobrr, { filter: 'downloading' })).toHaveLength(2)
    expect(await info(autobrr, { filter: 'completed' })).toEqual([])
    expect(await autobrr.read('transfer/info')).toMatchObject({ dl_info_speed: 0, dl_rate_limit: 0, dht_nodes: 0 })
  })

  it('edits trackers', async () => {
    const own = await stage()
    const autobrr = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    await autobrr.add(torrent, { stopped: 'true' })
    const hash = hashOf(torrent)
    const urls = 'http://127.0.0.1:1/a\nhttp://127.0.0.1:1/b'
    await autobrr.does('torrents/addTrackers', { hash, urls })
    await autobrr.does('torrents/editTracker', {
      hash,
      origUrl: 'http://127.0.0.1:1/a',
      newUrl: 'http://127.0.0.1:1/c',
    })
    await autobrr.does('torrents/removeTrackers', { hash, urls: 'http://127.0.0.1:1/b' })
    expect((await autobrr.post('torrents/removeTrackers', { hash, urls: 'http://127.0.0.1:1/b' })).status).toBe(409)
    expect(await autobrr.read('torrents/trackers', { hash })).toMatchObject([
      { url: '** [DHT] **' },
      { url: '** [PeX] **' },
      { url: '** [LSD] **' },
      { url: 'http://127.0.0.1:1/c', tier: 0, status: 1, msg: '' },
    ])
    await autobrr.does('torrents/reannounce', { hashes: hash })
  })
})

describe('what cross-seed does', () => {
  it('makes tags and categories, adds with them, checks again and starts', async () => {
    const own = await stage()
    const crossSeed = await client(own)
    await crossSeed.does('torrents/createTags', { tags: 'cross-seed,other' })
    await crossSeed.does('torrents/createCategory', { category: 'links', savePath: own.downloads })
    const links = join(own.downloads, 'links')
    expect((await crossSeed.post('torrents/createCategory', { category: 'links' })).status).toBe(409)
    await crossSeed.does('torrents/editCategory', { category: 'links', savePath: links })
    const torrent = makeTorrent(links, 'a', ['x', 'y'])
    const hash = hashOf(torrent)
    expect(
      await crossSeed.add(torrent, { category: 'links', tags: 'cross-seed', skip_checking: 'true', stopped: 'true' }),
    ).toBe('Ok.')
    await crossSeed.does('torrents/recheck', { hashes: hash })
    await expect.poll(() => stateOf(crossSeed, hash), PATIENCE).toBe('stoppedUP')
    await crossSeed.does('torrents/start', { hashes: hash })
    await expect.poll(() => stateOf(crossSeed, hash), PATIENCE).toBe('stalledUP')
    await crossSeed.does('torrents/pause', { hashes: hash })
    await expect.poll(() => stateOf(crossSeed, hash), PATIENCE).toBe('stoppedUP')
    expect(await info(crossSeed, { tag: 'cross-seed' })).toMatchObject([{ save_path: links, category: 'links' }])
    await crossSeed.does('torrents/addTags', { hashes: 'all', tags: 'other' })
    await crossSeed.does('torrents/removeTags', { hashes: 'all', tags: 'cross-seed' })
    expect(await info(crossSeed)).toMatchObject([{ tags: 'other', category: 'links' }])
    await crossSeed.does('torrents/deleteTags', { tags: 'other' })
    await crossSeed.does('torrents/removeCategories', { categories: 'links' })
    expect(await info(crossSeed)).toMatchObject([{ tags: '', category: '' }])
    expect(await crossSeed.read('torrents/tags')).toEqual(['cross-seed'])
    const exported = await crossSeed.get(`torrents/export?hash=${hash}`)
    expect(exported.headers['content-type']).toBe('application/x-bittorrent')
  })
})

describe('what Flood does', () => {
  it('asks for everything once, then for what changed', async () => {
    const own = await stage()
    const flood = await client(own)
    interface Delta {
      rid: number
      full_update?: boolean
      torrents: Record<string, Row>
      torrents_removed?: string[]
      categories?: unknown
      tags?: string[]
    }
    const sync = async (rid: number): Promise<Delta> =>
      (await flood.read('sync/maindata', { rid: String(rid) })) as Delta
    const torrent = makeTorrent(join(own.downloads, 'elsewhere'), 'a')
    const hash = hashOf(torrent)
    const first = await sync(0)
    expect(first).toMatchObject({
      full_update: true,
      torrents: {},
      categories: {},
      tags: [],
      server_state: { queueing: false },
    })
    await flood.add(torrent, { stopped: 'true', category: 'films', tags: 'x' })
    await expect.poll(async () => Object.keys((await sync(first.rid)).torrents), PATIENCE).toEqual([hash])
    const second = await sync(first.rid)
    expect(second).not.toHaveProperty('full_update')
    expect(second).toMatchObject({
      torrents: { [hash]: { name: 'a', category: 'films' } },
      categories: { films: { name: 'films', savePath: '' } },
      tags: ['x'],
    })
    await expect.poll(async () => (await sync(second.rid)).torrents, PATIENCE).toEqual({})
    expect(await sync(second.rid)).not.toHaveProperty('tags')
    await flood.does('torrents/delete', { hashes: hash, deleteFiles: 'false' })
    await expect.poll(async () => (await sync(second.rid)).torrents_removed, PATIENCE).toEqual([hash])
    // Nobody was told this number.
    expect(await sync(2_000_000)).toMatchObject({ full_update: true, torrents: {} })
  })

  it('chooses files, moves, renames, limits and asks for peers', async () => {
    const own = await stage()
    const flood = await client(own)
    const torrent = makeTorrent(own.downloads, 'a', ['x', 'y', 'z'])
    const hash = hashOf(torrent)
    await flood.add(torrent)
    await expect.poll(() => stateOf(flood, hash), PATIENCE).toBe('stalledUP')
    await flood.does('torrents/filePrio', { hash, id: '0|2', priority: '0' })
    await flood.does('torrents/filePrio', { hash, id: '1', priority: '7' })
    for (const [id, priority, status] of [
      ['3', '7', 409],
      ['x', '7', 400],
      ['', '7', 400],
      ['1', '9', 400],
    ] as const) {
      expect((await flood.post('torrents/filePrio', { hash, id, priority })).status, id).toBe(status)
    }
    expect((await flood.post('torrents/filePrio', { hash: 'x', id: '0', priority: '0' })).status).toBe(404)
    await flood.does('torrents/renameFile', { hash, oldPath: 'a/x', newPath: 'a/renamed' })
    expect((await flood.post('torrents/renameFile', { hash, oldPath: 'a/y', newPath: '../y' })).status).toBe(409)
    expect(await flood.read('torrents/files', { hash })).toMatchObject([
      { name: 'a/renamed', priority: 0 },
      { name: 'a/y', priority: 7 },
      { name: 'a/z', priority: 0 },
    ])
    const location = join(own.downloads, 'moved')
    await flood.does('torrents/setLocation', { hashes: hash, location })
    expect(existsSync(join(location, 'a/renamed'))).toBe(true)
    expect((await flood.post('torrents/setLocation', { hashes: hash, location: '/elsewhere' })).status).toBe(409)
    await flood.does('torrents/setUploadLimit', { hashes: hash, limit: '2048' })
    await flood.does('torrents/setForceStart', { hashes: hash, value: 'true' })
    await expect.poll(() => stateOf(flood, hash), PATIENCE).toBe('forcedUP')
    await flood.does('torrents/setSuperSeeding', { hashes: hash, value: 'true' })
    await flood.does('torrents/toggleFirstLastPiecePrio', { hashes: hash })
    expect(await info(flood)).toMatchObject([{ super_seeding: true, f_l_piece_prio: true }])
    await flood.does('torrents/setSuperSeeding', { hashes: hash, value: 'false' })
    await flood.does('torrents/toggleFirstLastPiecePrio', { hashes: hash })
    expect(await info(flood)).toMatchObject([{ super_seeding: false, f_l_piece_prio: false }])
    expect(await info(flood)).toMatchObject([{ up_limit: 2048, force_start: true, save_path: location }])
    expect(await flood.read('sync/torrentPeers', { hash })).toMatchObject({ full_update: true, peers: {} })
    expect(await flood.read('torrents/webseeds', { hash })).toEqual([])
  })
})

describe('requests that make no sense', () => {
  it('change nothing and are told so', async () => {
    const own = await stage()
    const any = await client(own)
    await any.add(makeTorrent(own.downloads, 'a'))
    for (const [path, fields] of [
      ['torrents/delete', {}],
      ['torrents/add', { urls: `magnet:?xt=urn:btih:${'ab'.repeat(20)}`, stopped: 'maybe' }],
      ['torrents/add', { urls: 'magnet:?x', savepath: 'relative' }],
      ['torrents/setDownloadLimit', { hashes: 'all', limit: 'x' }],
      ['torrents/createCategory', { category: '' }],
      ['app/setPreferences', { json: '{"dl_limit":-1}' }],
    ] as const) {
      expect((await any.post(path, fields)).status, path).toBe(400)
    }
    expect((await any.post('torrents/add', { savepath: '/etc', urls: 'magnet:?x' })).status).toBe(409)
    expect((await any.post('torrents/add', { urls: 'http://127.0.0.1:1/a.torrent' })).body).toBe('Fails.')
    expect((await any.post('torrents/add', { urls: '/etc/passwd' })).body).toBe('Fails.')
    expect((await any.addAnything(Buffer.from('no torrent'))).status).toBe(415)
    expect(await info(any)).toHaveLength(1)
  })

  it('answers every method with no parameters, and lives on', async () => {
    const own = await client(await stage())
    for (const path of Object.keys(METHODS)) {
      const { status } = await own.post(path)
      expect([200, 400, 404, 409], path).toContain(status)
    }
    expect((await own.get('app/version')).status).toBe(200)
  })
})
