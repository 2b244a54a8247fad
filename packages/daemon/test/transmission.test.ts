// Transmission's remote control, rule by rule: what real clients rely on without saying so.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { METHODS } from '../src/transmission/methods.ts'
import { TORRENT_FIELDS } from '../src/transmission/torrent-fields.ts'
import {
  add,
  call,
  callRaw,
  exchange,
  fieldsOf,
  makeTorrent,
  refusal,
  runDaemon,
  send,
  sessionIdOf,
  temporaryFolder,
} from './rpc-support.ts'

const PATIENCE = { timeout: 30_000 }
const PAUSED = { paused: true }
/** The only fields that may be fractions. */
const FRACTIONS = new Set([
  'percentDone',
  'percentComplete',
  'metadataPercentComplete',
  'recheckProgress',
  'uploadRatio',
  'seedRatioLimit',
])

async function start(): Promise<{
  daemon: Awaited<ReturnType<typeof runDaemon>>
  downloads: string
  stateDir: string
}> {
  const downloads = temporaryFolder()
  const stateDir = temporaryFolder()
  return { daemon: await runDaemon(stateDir, downloads), downloads, stateDir }
}

describe('the endpoint', () => {
  it('gives its session id to GET and POST alike, with and without a slash at the end', async () => {
    const { daemon } = await start()
    const sessionId = await sessionIdOf(daemon.socketPath)
    for (const path of ['/transmission/rpc', '/transmission/rpc/']) {
      const asked = await send(daemon.socketPath, '', { method: 'GET', path })
      expect(asked.status).toBe(409)
      expect(asked.headers['x-transmission-session-id']).toBe(sessionId)
      expect(asked.headers['x-transmission-rpc-version']).toBe('6.0.0')
      const answered = await send(daemon.socketPath, '{"method":"session-get"}', { sessionId, path })
      expect(JSON.parse(answered.body)).toMatchObject({ result: 'success' })
    }
  })

  it.each(['', 'null', '[', '7', '{"method":"__proto__"}', '{"method":"torrent-get","arguments":[]}', '{"method":7}'])(
    'answers %s with an error and lives on',
    async (body) => {
      const { daemon } = await start()
      const answer = await send(daemon.socketPath, body, { sessionId: await sessionIdOf(daemon.socketPath) })
      expect(answer.status).toBe(200)
      expect((JSON.parse(answer.body) as { result: string }).result).not.toBe('success')
      expect(await callRaw(daemon, 'session-get')).toMatchObject({ result: 'success' })
    },
  )

  it('repeats the tag only when there is one', async () => {
    const { daemon } = await start()
    expect(await callRaw(daemon, 'session-stats')).toHaveProperty('tag', 7)
    const { body } = await exchange(daemon.socketPath, { method: 'session-stats' })
    expect(JSON.parse(body)).not.toHaveProperty('tag')
  })
})

describe('torrent-get', () => {
  it('has a value of the right kind for every field, of a running torrent and of a bare magnet link', async () => {
    const { daemon, downloads } = await start()
    await add(daemon, makeTorrent(downloads, 'folder', ['a', 'b']))
    await call(daemon, 'torrent-add', { filename: `magnet:?xt=urn:btih:${'ab'.repeat(20)}` })
    const fields = Object.keys(TORRENT_FIELDS)
    const { torrents } = await call(daemon, 'torrent-get', { fields })
    for (const torrent of torrents as Record<string, unknown>[]) {
      expect(Object.keys(torrent).sort()).toEqual([...fields].sort())
      for (const [name, value] of Object.entries(torrent)) {
        expect(value, name).not.toBeNull()
        if (typeof value === 'number' && !FRACTIONS.has(name)) expect(Number.isSafeInteger(value), name).toBe(true)
      }
    }
    expect(torrents).toMatchObject([
      { name: 'folder', totalSize: 40_000, fileCount: 2, 'file-count': 2, metadataPercentComplete: 1 },
      { name: 'ab'.repeat(20), totalSize: 0, fileCount: 0, metadataPercentComplete: 0, status: 4 },
    ])
  })

  it('tells a complete torrent as Transmission does', async () => {
    const { daemon, downloads } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'deep/b']))
    await expect.poll(() => fieldsOf(daemon, id, ['status']), PATIENCE).toEqual({ status: 6 })
    const fields = ['leftUntilDone', 'percentDone', 'files', 'fileStats', 'wanted', 'priorities', 'pieces', 'pieceSize']
    expect(await fieldsOf(daemon, id, [...fields, 'comment', 'isFinished', 'uploadRatio', 'eta'])).toEqual({
      leftUntilDone: 0,
      percentDone: 1,
      files: [
        { bytesCompleted: 20_000, length: 20_000, name: 'folder/a' },
        { bytesCompleted: 20_000, length: 20_000, name: 'folder/deep/b' },
      ],
      fileStats: [
        { bytesCompleted: 20_000, wanted: true, priority: 0 },
        { bytesCompleted: 20_000, wanted: true, priority: 0 },
      ],
      wanted: [1, 1],
      priorities: [0, 0],
      pieces: Buffer.from([0b1110_0000]).toString('base64'),
      pieceSize: 16_384,
      comment: 'with a comment',
      isFinished: false,
      uploadRatio: 0,
      eta: -1,
    })
  })

  it('takes ids of all forms and gives tables', async () => {
    const { daemon, downloads } = await start()
    for (const name of ['one', 'two', 'three']) await add(daemon, makeTorrent(downloads, name), PAUSED)
    const { hashString } = await fieldsOf(daemon, 2, ['hashString'])
    const ids = async (asked: unknown): Promise<unknown> => {
      const { torrents } = await call(daemon, 'torrent-get', { ids: asked, fields: ['id'], format: 'table' })
      return torrents
    }
    expect(await ids(undefined)).toEqual([['id'], [1], [2], [3]])
    expect(await ids(2)).toEqual([['id'], [2]])
    expect(await ids([3, String(hashString).toUpperCase(), 3, 99])).toEqual([['id'], [3], [2]])
    expect(await ids('recently-active')).toEqual([['id'], [1], [2], [3]])
    expect(await refusal(daemon, 'torrent-get', { ids: {}, fields: ['id'] })).toBe('ids must be numbers or hashes')
    const { torrents } = await call(daemon, 'torrent-get', { ids: 1, fields: ['nonsense', 'id', '__proto__', 'id'] })
    expect(torrents).toEqual([{ id: 1 }])
  })
})

describe('a torrent', () => {
  it('is added once, survives a restart, and is told as removed', async () => {
    const { daemon, downloads, stateDir } = await start()
    const torrentFile = makeTorrent(downloads, 'data.bin')
    const id = await add(daemon, torrentFile, { ...PAUSED, labels: ['a b'] })
    const metainfo = Buffer.from(torrentFile).toString('base64')
    expect(await call(daemon, 'torrent-add', { metainfo })).toMatchObject({ 'torrent-duplicate': { id } })
    await daemon[Symbol.asyncDispose]()
    const again = await runDaemon(stateDir, downloads)
    expect(await fieldsOf(again, id, ['name', 'status', 'totalSize', 'labels', 'downloadDir', 'noSuchField'])).toEqual({
      name: 'data.bin',
      status: 0,
      totalSize: 20_000,
      labels: ['a b'],
      downloadDir: downloads,
    })
    await call(again, 'torrent-remove', { ids: id })
    const left = await call(again, 'torrent-get', { fields: ['id'], ids: 'recently-active' })
    expect(left).toEqual({ torrents: [], removed: [id] })
    expect(existsSync(join(downloads, 'data.bin'))).toBe(true)
  })

  it('is removed with its data when that is asked for, and never when nothing is named', async () => {
    const { daemon, downloads } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'b']), PAUSED)
    expect(await refusal(daemon, 'torrent-remove', { 'delete-local-data': true })).toBe('ids is missing')
    await call(daemon, 'torrent-remove', { ids: [id], 'delete-local-data': true })
    expect(existsSync(join(downloads, 'folder'))).toBe(false)
  })

  it('keeps what was set over a restart', async () => {
    const { daemon, downloads, stateDir } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'b', 'c']), PAUSED)
    await call(daemon, 'torrent-set', {
      ids: id,
      labels: ['x', 'y', 'x'],
      downloadLimit: 70,
      downloadLimited: true,
      uploadLimit: 50,
      seedRatioLimit: 1.5,
      seedRatioMode: 1,
      seedIdleMode: 2,
      'peer-limit': 33,
      'files-unwanted': [1],
      'priority-high': [0],
      'priority-low': [2],
      trackerAdd: ['http://127.0.0.1:1/announce', 'udp://127.0.0.1:2'],
      sequentialDownload: true,
    })
    const expected = {
      labels: ['x', 'y'],
      downloadLimit: 70,
      downloadLimited: true,
      uploadLimit: 50,
      uploadLimited: false,
      seedRatioLimit: 1.5,
      seedRatioMode: 1,
      seedIdleMode: 2,
      'peer-limit': 33,
      wanted: [1, 0, 1],
      priorities: [1, 0, -1],
      trackerList: 'http://127.0.0.1:1/announce\n\nudp://127.0.0.1:2',
      sequentialDownload: true,
    }
    expect(await fieldsOf(daemon, id, Object.keys(expected))).toEqual(expected)
    await daemon[Symbol.asyncDispose]()
    const again = await runDaemon(stateDir, downloads)
    expect(await fieldsOf(again, id, Object.keys(expected))).toEqual(expected)
    // An empty list means all files.
    await call(again, 'torrent-set', { ids: id, 'files-wanted': [], 'priority-normal': [] })
    expect(await fieldsOf(again, id, ['wanted', 'priorities'])).toEqual({ wanted: [1, 1, 1], priorities: [0, 0, 0] })
  })

  it('has its trackers added, replaced and removed by their numbers, or given as a whole', async () => {
    const { daemon, downloads } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'one'), PAUSED)
    const urls = async (): Promise<unknown> => {
      const { trackers } = await fieldsOf(daemon, id, ['trackers'])
      return (trackers as { announce: string; tier: number }[]).map(({ announce, tier }) => `${tier} ${announce}`)
    }
    await call(daemon, 'torrent-set', { ids: id, trackerList: 'http://a.test/x\nhttp://b.test/x\n\nudp://c.test:1\n' })
    expect(await urls()).toEqual(['0 http://a.test/x', '0 http://b.test/x', '1 udp://c.test:1'])
    await call(daemon, 'torrent-set', { ids: id, trackerReplace: [1, 'http://d.test/x'], trackerRemove: [0] })
    expect(await urls()).toEqual(['0 http://d.test/x', '1 udp://c.test:1'])
    for (const trackerAdd of [['file:///etc/passwd'], ['not a url'], ['http://a.test/\r\nx']]) {
      expect(await refusal(daemon, 'torrent-set', { ids: id, trackerAdd })).toContain('is no address of a tracker')
    }
    expect(await refusal(daemon, 'torrent-set', { ids: id, trackerRemove: [2] })).toBe('there is no tracker 2')
    expect(await urls()).toHaveLength(2)
  })

  it.each([
    { bandwidthPriority: 1 },
    { honorsSessionLimits: false },
    { group: 'g' },
    { labels: ['a,b'] },
    { seedRatioMode: 3 },
    { downloadLimit: -1 },
    { 'files-wanted': [2] },
    { 'peer-limit': 1e9 },
  ])('is left as it is by %o', async (wrong) => {
    const { daemon, downloads } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'b']), PAUSED)
    const fields = Object.keys(TORRENT_FIELDS).filter((name) => name !== 'manualAnnounceTime')
    const before = await fieldsOf(daemon, id, fields)
    await refusal(daemon, 'torrent-set', { ids: id, uploadLimited: true, ...wrong })
    expect(await fieldsOf(daemon, id, fields)).toEqual(before)
  })

  it('moves in the queue, and stays where it is over a restart', async () => {
    const { daemon, downloads, stateDir } = await start()
    for (const name of ['one', 'two', 'three', 'four']) await add(daemon, makeTorrent(downloads, name), PAUSED)
    const order = async (of = daemon): Promise<unknown> => {
      const { torrents } = await call(of, 'torrent-get', { fields: ['id', 'queuePosition'] })
      const rows = torrents as { id: number; queuePosition: number }[]
      return rows.toSorted((a, b) => a.queuePosition - b.queuePosition).map(({ id }) => id)
    }
    await call(daemon, 'queue-move-top', { ids: [3, 4] })
    expect(await order()).toEqual([3, 4, 1, 2])
    await call(daemon, 'queue-move-down', { ids: [3, 4] })
    expect(await order()).toEqual([1, 3, 4, 2])
    await call(daemon, 'queue-move-up', { ids: 2 })
    expect(await order()).toEqual([1, 3, 2, 4])
    await call(daemon, 'queue-move-bottom', { ids: [1] })
    expect(await order()).toEqual([3, 2, 4, 1])
    await call(daemon, 'torrent-set', { ids: [1], queuePosition: 1 })
    expect(await order()).toEqual([3, 1, 2, 4])
    await daemon[Symbol.asyncDispose]()
    const again = await runDaemon(stateDir, downloads)
    await expect.poll(() => order(again), PATIENCE).toEqual([3, 1, 2, 4])
  })
})

const SESSION_KEYS =
  'version rpc-version rpc-version-minimum rpc-version-semver session-id config-dir download-dir incomplete-dir ' +
  'incomplete-dir-enabled download-dir-free-space speed-limit-up speed-limit-up-enabled speed-limit-down ' +
  'speed-limit-down-enabled alt-speed-up alt-speed-down alt-speed-enabled alt-speed-time-enabled alt-speed-time-begin ' +
  'alt-speed-time-end alt-speed-time-day seedRatioLimit seedRatioLimited idle-seeding-limit idle-seeding-limit-enabled ' +
  'peer-limit-global peer-limit-per-torrent peer-port peer-port-random-on-start port-forwarding-enabled dht-enabled ' +
  'pex-enabled lpd-enabled utp-enabled encryption download-queue-enabled download-queue-size seed-queue-enabled ' +
  'seed-queue-size queue-stalled-enabled queue-stalled-minutes rename-partial-files start-added-torrents ' +
  'trash-original-torrent-files blocklist-enabled blocklist-size blocklist-url cache-size-mb units ' +
  'script-torrent-done-enabled script-torrent-done-filename'

describe('the session', () => {
  it('has every key that clients index without looking', async () => {
    const { daemon, stateDir } = await start()
    const session = await call(daemon, 'session-get')
    expect(SESSION_KEYS.split(' ').filter((key) => !(key in session))).toEqual([])
    expect(session).toMatchObject({ 'rpc-version': 17, version: '4.0.6 (ccbt-0)', 'config-dir': stateDir })
    expect(await call(daemon, 'session-get', { fields: ['rpc-version'] })).toEqual({ 'rpc-version': 17 })
  })

  it('keeps what was set over a restart', async () => {
    const { daemon, downloads, stateDir } = await start()
    const changes = {
      'speed-limit-down': 200,
      'speed-limit-down-enabled': true,
      'alt-speed-up': 20,
      'alt-speed-enabled': true,
      'alt-speed-time-begin': 0,
      seedRatioLimit: 2.5,
      seedRatioLimited: true,
      'download-queue-size': 3,
      'download-queue-enabled': true,
      'start-added-torrents': false,
      'peer-limit-per-torrent': 44,
    }
    await call(daemon, 'session-set', changes)
    expect(await call(daemon, 'session-get')).toMatchObject(changes)
    await daemon[Symbol.asyncDispose]()
    const again = await runDaemon(stateDir, downloads)
    await expect.poll(() => call(again, 'session-get'), PATIENCE).toMatchObject(changes)
    const id = await add(again, makeTorrent(downloads, 'one'))
    await expect.poll(() => fieldsOf(again, id, ['status']), PATIENCE).toEqual({ status: 0 })
    expect(await fieldsOf(again, id, ['peer-limit', 'seedRatioLimit', 'seedRatioMode'])).toEqual({
      'peer-limit': 44,
      seedRatioLimit: 2.5,
      seedRatioMode: 0,
    })
  })

  it('takes a page of unchanged settings back, and refuses what cannot be changed', async () => {
    const { daemon } = await start()
    await call(daemon, 'session-set', await call(daemon, 'session-get'))
    for (const [key, value] of Object.entries({
      'dht-enabled': true,
      encryption: 'required',
      'peer-port': 1,
      'script-torrent-done-enabled': true,
      'script-torrent-done-filename': '/bin/sh',
      'config-dir': '/etc',
      'incomplete-dir-enabled': true,
    })) {
      expect(await refusal(daemon, 'session-set', { [key]: value, 'speed-limit-up': 9 }), key).toContain(key)
    }
    expect(await call(daemon, 'session-get')).not.toMatchObject({ 'speed-limit-up': 9 })
  })

  it('tells free space and statistics, and says no to what it has not got', async () => {
    const { daemon, downloads } = await start()
    const space = await call(daemon, 'free-space', { path: join(downloads, 'not', 'there') })
    expect(Object.keys(space).sort()).toEqual(['path', 'size-bytes', 'total_size'])
    await add(daemon, makeTorrent(downloads, 'one'), PAUSED)
    expect(await call(daemon, 'session-stats')).toMatchObject({
      torrentCount: 1,
      pausedTorrentCount: 1,
      activeTorrentCount: 0,
      'current-stats': { filesAdded: 1, sessionCount: 1 },
      'cumulative-stats': { filesAdded: 1, sessionCount: 1 },
    })
    expect(await call(daemon, 'group-get')).toEqual({ group: [] })
    for (const method of ['port-test', 'blocklist-update', 'group-set', 'session-close']) await refusal(daemon, method)
  })
})

describe('JSON-RPC', () => {
  async function ask(socketPath: string, message: unknown): Promise<unknown> {
    const { status, body } = await exchange(socketPath, message)
    expect(status).toBe(body === '' ? 204 : 200)
    return body === '' ? undefined : (JSON.parse(body) as unknown)
  }

  it('has every method under its name in snake_case', async () => {
    const { daemon } = await start()
    for (const name of Object.keys(METHODS)) {
      const method = name.replaceAll('-', '_')
      if (method === 'session_close') continue
      const answer = await ask(daemon.socketPath, { jsonrpc: '2.0', id: 1, method, params: {} })
      expect(answer, method).not.toMatchObject({ error: { code: -32_601 } })
    }
  })

  it('speaks snake_case both ways, with truth values', async () => {
    const { daemon, downloads } = await start()
    const metainfo = Buffer.from(makeTorrent(downloads, 'folder', ['a', 'b'])).toString('base64')
    const { socketPath } = daemon
    const added = await ask(socketPath, {
      jsonrpc: '2.0',
      id: 'x',
      method: 'torrent_add',
      params: { metainfo, paused: true, files_unwanted: [1], peer_limit: 5 },
    })
    expect(added).toMatchObject({ jsonrpc: '2.0', id: 'x', result: { torrent_added: { id: 1, name: 'folder' } } })
    const params = { ids: [1], fields: ['hash_string', 'wanted', 'peer_limit', 'file_count', 'files', 'rate_download'] }
    const got = await ask(socketPath, { jsonrpc: '2.0', id: 2, method: 'torrent_get', params })
    expect(got).toMatchObject({
      id: 2,
      result: {
        torrents: [
          {
            wanted: [true, false],
            peer_limit: 5,
            file_count: 2,
            files: [{ bytes_completed: 0 }, { bytes_completed: 0 }],
            rate_download: 0,
          },
        ],
      },
    })
    const table = { ...params, format: 'table' }
    expect(await ask(socketPath, { jsonrpc: '2.0', id: 3, method: 'torrent_get', params: table })).toMatchObject({
      result: { torrents: [params.fields, [expect.any(String), [true, false], 5, 2, expect.any(Array), 0]] },
    })
    const set = { alt_speed_up: 9, seed_ratio_limit: 3, download_queue_size: 2 }
    await ask(socketPath, { jsonrpc: '2.0', method: 'session_set', params: set })
    expect(await ask(socketPath, { jsonrpc: '2.0', id: 4, method: 'session_get' })).toMatchObject({ result: set })
  })

  it('answers lists, keeps silent about notifications, and tells errors by their numbers', async () => {
    const { socketPath } = (await start()).daemon
    const stats = { jsonrpc: '2.0', method: 'session_stats' }
    expect(await ask(socketPath, stats)).toBeUndefined()
    expect(await ask(socketPath, [stats, stats])).toBeUndefined()
    expect(await ask(socketPath, [{ ...stats, id: 1 }, stats, { ...stats, id: null }, 7])).toMatchObject([
      { id: 1, result: { torrent_count: 0 } },
      { id: null, result: {} },
      { id: null, error: { code: -32_600 } },
    ])
    expect(await ask(socketPath, [])).toMatchObject({ error: { code: -32_600 } })
    expect(
      await ask(
        socketPath,
        Array.from({ length: 101 }, () => stats),
      ),
    ).toMatchObject({ error: { code: -32_600 } })
    expect(await ask(socketPath, { ...stats, id: 1, method: 'session-stats' })).toMatchObject({
      error: { code: -32_601 },
    })
    expect(await ask(socketPath, { ...stats, id: 1, params: [1] })).toMatchObject({ error: { code: -32_602 } })
    expect(await ask(socketPath, { ...stats, id: 1, method: 'torrent_remove' })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32_602, message: 'ids is missing', data: { error_string: 'ids is missing' } },
    })
  })
})

describe('the files of a torrent', () => {
  it('get other names and go to other folders, which a restart does not lose', async () => {
    const { daemon, downloads, stateDir } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'deep/b']))
    await expect.poll(() => fieldsOf(daemon, id, ['status']), PATIENCE).toEqual({ status: 6 })
    const renamed = await call(daemon, 'torrent-rename-path', { ids: [id], path: 'folder/deep/b', name: 'c' })
    expect(renamed).toEqual({ id, path: 'folder/deep/b', name: 'c' })
    const location = join(downloads, 'other')
    await call(daemon, 'torrent-set-location', { ids: [id], location, move: true })
    expect(existsSync(join(location, 'folder', 'deep', 'c'))).toBe(true)
    expect(existsSync(join(downloads, 'folder', 'a'))).toBe(false)
    await daemon[Symbol.asyncDispose]()
    const again = await runDaemon(stateDir, downloads)
    await expect.poll(() => fieldsOf(again, id, ['status']), PATIENCE).toEqual({ status: 6 })
    expect(await fieldsOf(again, id, ['downloadDir', 'files', 'percentDone'])).toMatchObject({
      downloadDir: location,
      files: [{ name: 'folder/a' }, { name: 'folder/deep/c' }],
      percentDone: 1,
    })
  })

  it('stay where they are when the new name or folder makes no sense', async () => {
    const { daemon, downloads } = await start()
    const id = await add(daemon, makeTorrent(downloads, 'folder', ['a', 'b']), PAUSED)
    for (const name of ['x/y', '..', '', 'b']) {
      await refusal(daemon, 'torrent-rename-path', { ids: [id], path: 'folder/a', name })
    }
    await refusal(daemon, 'torrent-rename-path', { ids: [id], path: 'folder/none', name: 'x' })
    await refusal(daemon, 'torrent-set-location', { ids: [id], location: 'relative', move: true })
    expect(existsSync(join(downloads, 'folder', 'a'))).toBe(true)
  })
})
