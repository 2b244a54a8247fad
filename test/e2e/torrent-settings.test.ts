// What a daemon's configuration says of single torrents: rules, files of their own, labels; while it runs and after a
// restart, beside what the user decides.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { createHttpClient } from '@ccbt/rpc-client'
import type { LabelLimitView, TorrentRow } from '@ccbt/rpc-client'
import { toHex } from '@ccbt/primitives'
import { expect, it } from 'vitest'
import { temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'

const PATIENCE = { timeout: 40_000, interval: 50 }

function torrentNamed(name: string): Buffer {
  const files = ['a.mkv', 'b.nfo'].map((path) => ({ path: [path], length: 16_384 }))
  const layout = { isMultiFile: true, pieceLength: 16_384, pieceHashes: new Uint8Array(40) }
  return Buffer.from(buildTorrent({ name, files, trackers: [['http://127.0.0.1:9/announce']], ...layout }))
}

const CONFIG = `
[paths]
download = "~/downloads"

[labels.films]
upload = "3M"

[[watch]]
path = "~/in"

[[rule]]
when = { label = "films" }
set = { limits.torrent_upload = "2M", paths.download = "~/films" }

[[rule]]
when = { watch = "~/in", tracker = "127.0.0.1" }
set = { limits.torrent_download = "7M", torrent.label = "found" }
`

it('follows rules and files of torrents while it runs, and the user goes before both', async () => {
  await using home = await temporaryFolder()
  const path = (...names: readonly string[]): string => join(home.path, ...names)
  const own = path('.config', 'ccbt', 'torrents.d')
  await mkdir(own, { recursive: true })
  await mkdir(path('in'))
  await writeFile(path('.config', 'ccbt', 'config.toml'), CONFIG)
  const place = new DaemonHome(home.path)
  await using client = createHttpClient(place.address)
  const row = async (name: string): Promise<TorrentRow | undefined> =>
    (await client.state()).torrents.find((torrent) => torrent.name === name)
  const limits = async (name: string): Promise<readonly number[]> => {
    const found = await row(name)
    return found === undefined ? [] : [found.downloadLimitBps, found.uploadLimitBps]
  }
  /** The limits of a label as they are then, and whether they were changed. */
  const limitFilms = async (...flags: readonly string[]): Promise<readonly unknown[]> => {
    const { stdout } = await place.run('limit', '--label', 'films', '--json', ...flags)
    const { downloadLimitBps, uploadLimitBps, isChanged } = JSON.parse(stdout) as LabelLimitView
    return [downloadLimitBps, uploadLimitBps, isChanged.download, isChanged.upload]
  }
  const bytes = torrentNamed('ruled')
  const file = join(own, `${toHex(parseTorrent(bytes).infoHash)}.toml`)
  {
    await using daemon = await place.start()
    const { process } = daemon
    const { id } = await client.add({ source: bytes, labels: ['films'] })
    expect(await row('ruled')).toMatchObject({ uploadLimitBps: 2_000_000, directory: path('films') })

    await writeFile(
      file,
      '[limits]\ntorrent_upload = "1M"\n[files]\nexclude = ["*.nfo"]\n[disk]\npreallocate = "full"\n',
    )
    const told = await process.untilEvent('configuration', ({ torrents }) => Array.isArray(torrents))
    expect(told['torrents']).toEqual([
      { key: 'limits.torrent_upload', count: 1, apply: 'live' },
      { key: 'files.exclude', count: 1, apply: 'live' },
      { key: 'disk.preallocate', count: 1, apply: 'restart' },
    ])
    await expect.poll(() => row('ruled'), PATIENCE).toMatchObject({ uploadLimitBps: 1_000_000, wantedLength: 16_384 })
    const { lines } = await client.log(0)
    expect(lines.map(({ text }) => text)).toContain(
      'configuration: limits.torrent_upload of 1 torrent, files.exclude of 1 torrent, disk.preallocate of 1 torrent (after a restart)',
    )

    await writeFile(file, 'limits.torrent_upload = "fast"')
    await process.untilEvent('configuration', ({ problems }) =>
      String(problems).startsWith(`${file}:1:25: limits.torrent_upload must be a rate`),
    )
    expect(await limits('ruled')).toEqual([0, 1_000_000])

    await client.act([id], { type: 'limit', uploadLimitBps: 500_000 })
    await expect.poll(() => limits('ruled'), PATIENCE).toEqual([0, 500_000])
    await client.act([id], { type: 'limit', uploadLimitBps: 0 })
    await expect.poll(() => limits('ruled'), PATIENCE).toEqual([0, 1_000_000])
    await client.act([id], { type: 'label', labels: ['other'] })
    await rm(file)
    await expect.poll(() => limits('ruled'), PATIENCE).toEqual([0, 0])
    await client.act([id], { type: 'label', labels: ['films'] })
    await expect.poll(() => limits('ruled'), PATIENCE).toEqual([0, 2_000_000])

    await writeFile(path('in', 'found.torrent.toml'), 'limits.torrent_upload = "5M"\npaths.download = "/"')
    await writeFile(path('in', 'found.torrent'), torrentNamed('found'))
    await expect.poll(() => limits('found'), PATIENCE).toEqual([7_000_000, 5_000_000])
    expect(await row('found')).toMatchObject({ labels: ['found'], directory: path('downloads') })

    await writeFile(path('in', 'bad.torrent.toml'), 'limits.torrent_upload = "5X"')
    await writeFile(path('in', 'bad.torrent'), torrentNamed('bad'))
    await process.untilEvent('configuration', ({ problems }) =>
      String(problems).startsWith(`${path('in', 'bad.torrent.toml')}:1:25: limits.torrent_upload must be a rate`),
    )
    await expect.poll(() => limits('bad'), PATIENCE).toEqual([7_000_000, 0])

    const explain = async (): Promise<unknown> =>
      JSON.parse((await place.run('config', 'explain', 'found', '--json')).stdout)
    expect(await explain()).toMatchObject({
      rules: [expect.stringContaining('config.toml:')],
      settings: {
        'limits.torrent_download': { value: 7_000_000, from: 'rule' },
        'limits.torrent_upload': { value: 5_000_000, from: 'torrent' },
        'paths.download': { from: 'user' },
      },
    })
    const { id: found = 0 } = (await row('found')) ?? {}
    await client.act([found], { type: 'limit', uploadLimitBps: 90_000 })
    await expect.poll(() => limits('found'), PATIENCE).toEqual([7_000_000, 90_000])
    expect(await explain()).toMatchObject({
      settings: {
        'limits.torrent_download': { value: 7_000_000, from: 'rule' },
        'limits.torrent_upload': { value: 90_000, from: 'run-time', where: 'decided while the daemon runs' },
      },
    })
    await client.act([found], { type: 'limit', uploadLimitBps: 0 })

    const changed = CONFIG.replace('"2M"', '"4M"').replace('"3M"', '"6M"')
    await writeFile(path('.config', 'ccbt', 'config.toml'), changed)
    const followed = await process.untilEvent('configuration', ({ changes }) => String(changes) !== '')
    expect(followed).toMatchObject({
      changes: [{ key: 'labels.films.upload', before: '3000000', after: '6000000', apply: 'live' }],
      torrents: [{ key: 'limits.torrent_upload', count: 1, apply: 'live' }],
    })
    await expect.poll(() => limits('ruled'), PATIENCE).toEqual([0, 4_000_000])
    expect(await limitFilms('--download', '8M', '--upload', '0')).toEqual([8_000_000, 0, true, true])
    await client.act([id], { type: 'limit', downloadLimitBps: 300_000 })
  }
  await using _ = await place.start()
  await expect.poll(() => limits('ruled'), PATIENCE).toEqual([300_000, 4_000_000])
  await expect.poll(() => limits('found'), PATIENCE).toEqual([7_000_000, 5_000_000])
  expect(await limitFilms()).toEqual([8_000_000, 0, true, true])
  expect(await limitFilms('--upload', 'config')).toEqual([8_000_000, 6_000_000, true, false])
})
