// The options of qBittorrent's `torrents/add`: what each does to a torrent, and what is refused.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { seededRandom } from '@ccbt/primitives'
import { parseTorrent } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'

import { startDaemon } from '../src/index.ts'
import { subfolderOf } from '../src/qbittorrent/add-settings.ts'
import { client, hashOf, info, PATIENCE, stage, stateOf } from './qbittorrent-support.ts'
import { makeTorrent, temporaryFolder } from './rpc-support.ts'

const magnet = (hash: string): string => `magnet:?xt=urn:btih:${hash}`

/** A torrent of one file of any name. */
function torrentCalled(name: string): Buffer {
  const head = `d4:infod6:lengthi1e4:name${Buffer.byteLength(name)}:${name}12:piece lengthi16384e6:pieces20:`
  return Buffer.concat([Buffer.from(head), Buffer.alloc(20), Buffer.from('ee')])
}

describe('a torrent that is added', () => {
  it('has the order, goals, limits, name and tags of the request', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a', ['x', 'y'])
    const hash = hashOf(torrent)
    const fields = {
      stopped: 'true',
      sequentialDownload: 'true',
      firstLastPiecePrio: 'true',
      ratioLimit: '1.5',
      seedingTimeLimit: '60',
      inactiveSeedingTimeLimit: '-1',
      upLimit: '1000',
      dlLimit: '2000',
      rename: ' Another\r\nname ',
      tags: 'a,b',
    }
    expect(await any.add(torrent, fields)).toBe('Ok.')
    expect(await info(any)).toMatchObject([
      {
        name: 'Another name',
        content_path: join(own.downloads, 'a'),
        seq_dl: true,
        f_l_piece_prio: true,
        ratio_limit: 1.5,
        seeding_time_limit: 60,
        inactive_seeding_time_limit: -1,
        up_limit: 1000,
        dl_limit: 2000,
        tags: 'a, b',
      },
    ])
    expect(await any.read('torrents/files', { hash })).toMatchObject([{ name: 'a/x' }, { name: 'a/y' }])
  })

  it('goes to its category under automatic management, whatever folder is named, and else where the request says', async () => {
    const own = await stage()
    const any = await client(own)
    const links = join(own.downloads, 'links')
    await any.does('torrents/createCategory', { category: 'with', savePath: links })
    const savepath = join(own.downloads, 'named')
    const added: [Record<string, string>, string][] = [
      [{ autoTMM: 'true', category: 'with', savepath }, links],
      [{ autoTMM: 'true', category: 'without', savepath }, join(own.downloads, 'without')],
      [{ autoTMM: 'false', category: 'with', savepath }, savepath],
      [{ category: 'with' }, links],
      [{ category: 'without' }, own.downloads],
    ]
    for (const [i, [fields, folder]] of added.entries()) {
      const hash = String(i).repeat(40)
      expect(await any.post('torrents/add', { urls: magnet(hash), stopped: 'true', ...fields })).toMatchObject({
        body: 'Ok.',
      })
      expect(await info(any, { hashes: hash }), JSON.stringify(fields)).toMatchObject([
        { save_path: folder, auto_tmm: false },
      ])
    }
    const outside = { urls: magnet('a'.repeat(40)), autoTMM: 'true', category: '../../elsewhere' }
    expect((await any.post('torrents/add', outside)).status).toBe(409)
  })

  it('is in the folder for what is not complete until it is, unless its data is there', async () => {
    const own = await stage()
    const any = await client(own)
    const downloadPath = join(own.downloads, 'incomplete')
    const missing = makeTorrent(join(own.downloads, 'elsewhere'), 'missing')
    const present = makeTorrent(own.downloads, 'present')
    await any.add(missing, { useDownloadPath: 'true', downloadPath, stopped: 'true' })
    await any.add(present, { downloadPath })
    expect(await info(any, { hashes: hashOf(missing) })).toMatchObject([
      { save_path: own.downloads, download_path: downloadPath, content_path: join(downloadPath, 'missing') },
    ])
    await expect.poll(() => stateOf(any, hashOf(present)), PATIENCE).toBe('stalledUP')
    expect(await info(any, { hashes: hashOf(present) })).toMatchObject([{ download_path: '' }])
    const refused = { urls: magnet('a'.repeat(40)), useDownloadPath: 'true', downloadPath: '/etc' }
    expect((await any.post('torrents/add', refused)).status).toBe(409)
    const unused = { urls: magnet('b'.repeat(40)), useDownloadPath: 'false', downloadPath: '/etc', stopped: 'true' }
    expect((await any.post('torrents/add', unused)).body).toBe('Ok.')
  })

  it('waits when it is to stop once its files were looked at', async () => {
    const own = await stage()
    const any = await client(own)
    for (const [name, stopCondition, state] of [
      ['a', 'FilesChecked', 'stoppedUP'],
      ['b', 'MetadataReceived', 'stoppedUP'],
      ['c', 'None', 'stalledUP'],
    ] as const) {
      const torrent = makeTorrent(own.downloads, name)
      await any.add(torrent, { stopCondition })
      await expect.poll(() => stateOf(any, hashOf(torrent)), PATIENCE).toBe(state)
    }
  })

  it('stops as a magnet link when its metadata is known, once', async () => {
    const own = await stage()
    const any = await client(own)
    const elsewhere = temporaryFolder()
    const bytes = makeTorrent(elsewhere, 'a')
    const hash = hashOf(bytes)
    const fields = { urls: magnet(hash), stopCondition: 'MetadataReceived' }
    expect((await any.post('torrents/add', fields)).body).toBe('Ok.')
    expect(await stateOf(any, hash)).toBe('metaDL')
    const session = { stateDir: temporaryFolder(), bind: { v4: '127.0.0.1' } }
    await using seed = await startDaemon({ version: '0', session, downloadDirectory: elsewhere })
    await seed.client.add({ source: bytes })
    const peers = `127.0.0.1:${seed.session.summary().port}|no address`
    expect(await any.read('torrents/addPeers', { hashes: hash, peers })).toEqual({ [hash]: { added: 1, failed: 1 } })
    await expect.poll(() => stateOf(any, hash), PATIENCE).toBe('stoppedDL')
    expect(await info(any)).toMatchObject([{ name: 'a', has_metadata: true }])
    await any.does('torrents/start', { hashes: hash })
    await any.read('torrents/addPeers', { hashes: hash, peers })
    await expect.poll(() => stateOf(any, hash), PATIENCE).toBe('stalledUP')
    expect(existsSync(join(own.downloads, 'a'))).toBe(true)
  })

  it('comes first in the queue when it is to', async () => {
    const own = await stage()
    const any = await client(own)
    await any.does('app/setPreferences', { json: '{"queueing_enabled":true}' })
    for (const [name, addToTopOfQueue] of [
      ['a', 'false'],
      ['b', 'true'],
      ['c', ''],
    ] as const) {
      await any.add(makeTorrent(join(own.downloads, 'elsewhere'), name), { addToTopOfQueue })
    }
    await expect
      .poll(async () => (await info(any, { sort: 'priority' })).map(({ name }) => name), PATIENCE)
      .toEqual(['b', 'a', 'c'])
  })
})

describe('the layout of the files', () => {
  it('is that of the torrent, with a folder for a single file when one is asked for', async () => {
    const own = await stage()
    const any = await client(own)
    const single = makeTorrent(join(own.downloads, 'film'), 'film.mkv')
    const many = makeTorrent(own.downloads, 'show', ['e1', 'e2'])
    await any.add(single, { contentLayout: 'Subfolder' })
    await any.add(many, { contentLayout: 'Subfolder' })
    for (const torrent of [single, many]) {
      await expect.poll(() => stateOf(any, hashOf(torrent)), PATIENCE).toBe('stalledUP')
    }
    expect(await info(any, { hashes: hashOf(single) })).toMatchObject([
      { save_path: join(own.downloads, 'film'), content_path: join(own.downloads, 'film/film.mkv') },
    ])
    expect(await info(any, { hashes: hashOf(many) })).toMatchObject([{ content_path: join(own.downloads, 'show') }])
  })

  it('never takes files out of their folder: nobody would find them where they are', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'show', ['e1'])
    expect(await any.addAnything(torrent, { contentLayout: 'NoSubfolder' })).toMatchObject({
      status: 409,
      body: expect.stringContaining('contentLayout') as string,
    })
    expect(
      (await any.post('torrents/add', { urls: magnet('a'.repeat(40)), contentLayout: 'NoSubfolder' })).status,
    ).toBe(409)
    expect(await info(any)).toEqual([])
    expect(await any.add(makeTorrent(own.downloads, 'one.bin'), { contentLayout: 'NoSubfolder' })).toBe('Ok.')
  })

  it('has no folder with a name that leads elsewhere', () => {
    const random = seededRandom(1)
    const alphabet = ['.', '..', '/', '\\', ':', '\0', 'a', '.mkv', ' ', '~', '\u202e', 'con']
    for (let run = 0; run < 500; run++) {
      const name = Array.from({ length: 1 + (random.u32() % 5) }, () => alphabet[random.u32() % alphabet.length]).join(
        '',
      )
      const bytes = torrentCalled(name)
      expect(parseTorrent(bytes).files).toHaveLength(1)
      const folder = subfolderOf({ kind: 'torrent-file', bytes }, 'Subfolder')
      expect(folder).not.toBe('impossible')
      const made = folder === 'impossible' ? '' : (folder.name ?? '')
      expect(made).not.toMatch(/[/\\\0]/)
      expect(['', '.', '..']).not.toContain(made)
    }
  })
})

describe('options that make no sense', () => {
  it('are refused, and nothing is added', async () => {
    const own = await stage()
    const any = await client(own)
    const torrent = makeTorrent(own.downloads, 'a')
    for (const fields of [
      { contentLayout: 'Flat' },
      { stopCondition: 'Later' },
      { autoTMM: 'perhaps' },
      { useDownloadPath: '2' },
      { downloadPath: 'relative' },
      { upLimit: 'fast' },
      { ratioLimit: '1e999' },
      { rename: 'x'.repeat(2000) },
      { category: 'a//b' },
      { tags: 'x'.repeat(300) },
    ]) {
      expect((await any.addAnything(torrent, fields)).status, JSON.stringify(fields)).toBe(400)
    }
    const urls = Array.from({ length: 101 }, (_, i) => magnet(String(i).padStart(40, '0'))).join('\n')
    expect((await any.post('torrents/add', { urls })).status).toBe(400)
    expect(await info(any)).toEqual([])
  })
})
