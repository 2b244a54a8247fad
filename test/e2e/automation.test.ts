// What a daemon does by itself, from its configuration file: a watched folder, a feed, a program, a disk that is full.

import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buildTorrent } from '@ccbt/metainfo'
import { createHttpClient } from '@ccbt/rpc-client'
import { expect, it } from 'vitest'
import { NODE_ARGUMENTS, CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'
import type { Swarm } from './swarm.ts'

const PATIENCE = { timeout: 40_000, interval: 100 }

async function homeWith(folder: string, settings: string): Promise<DaemonHome> {
  await mkdir(join(folder, '.config', 'ccbt'), { recursive: true })
  await writeFile(join(folder, '.config', 'ccbt', 'config.toml'), settings)
  return new DaemonHome(folder)
}

/** A link to the seeder's torrent that names the seeder. */
async function linkOf({ torrent, folder, peerArguments }: Swarm): Promise<string> {
  const { stdout } = await runCli(['magnet', torrent], { cwd: folder })
  return `${stdout.trim()}&x.pe=${peerArguments[1]}`
}

/** A feed of one torrent that nobody has. */
async function startFeed(): Promise<AsyncDisposable & { readonly url: string }> {
  const files = [{ path: ['a'], length: 1 }]
  const bytes = buildTorrent({
    name: 'fed',
    files,
    isMultiFile: false,
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(20),
    trackers: [],
  })
  const server = createServer((request, response) => {
    const item = '<item><title>Fed amd64</title><enclosure url="/fed.torrent"/></item>'.replace('/fed', `${url}/fed`)
    response.end(request.url === '/feed' ? `<rss><channel>${item}</channel></rss>` : bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `${url}/feed`, [Symbol.asyncDispose]: async () => void server.close() }
}

it('adds what appears in a folder and in a feed, puts it where its label goes, and runs a program', async () => {
  await using swarm = await startSwarm({ files: { 'sent/a.bin': 300_000 } })
  await using feed = await startFeed()
  await using home = await temporaryFolder()
  const path = (name: string): string => join(home.path, name)
  await mkdir(path('in'))
  await writeFile(
    path('program'),
    `#!/bin/sh\necho "$1 $CCBT_TORRENT_NAME $CCBT_TORRENT_DIRECTORY" > "${path('told')}"\n`,
  )
  await chmod(path('program'), 0o755)
  const place = await homeWith(
    home.path,
    `[[watch]]\npath = "~/in"\nlabel = "films"\n[labels.films]\ndirectory = "~/films"\n` +
      `[hooks]\non_complete = ["${path('program')}", "$HOME"]\n` +
      `[[feed]]\nurl = "${feed.url}"\ninclude = "amd64"\nallow_http = true\nallow_local = true\ndirectory = "~/fed"\n`,
  )
  await using _ = await place.start('--download-dir', path('downloads'))
  await writeFile(path('in/link.magnet'), await linkOf(swarm))
  await expect
    .poll(() => readFile(path('told'), 'utf8').catch(() => ''), PATIENCE)
    .toBe(`$HOME sent ${path('films')}\n`)
  expect(await treeDigest(path('films'))).toEqual(await treeDigest(swarm.source))
  expect(await readFile(path('in/link.magnet.added'), 'utf8')).toContain('magnet:')
  await using client = createHttpClient(place.address)
  const directories = async (): Promise<string[]> =>
    (await client.state()).torrents.map((row) => row.directory).toSorted()
  await expect.poll(directories, PATIENCE).toEqual([path('fed'), path('films')])
})

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

it.skipIf(!canMount)(
  'pauses downloads on a disk with too little room, and goes on when there is more',
  async () => {
    await using swarm = await startSwarm({ files: { 'big.bin': 3_000_000 } })
    await using home = await temporaryFolder()
    const disk = join(home.path, 'disk')
    await mkdir(disk)
    const place = await homeWith(home.path, '[disk]\nmin_free_space = "6MiB"\n[limits]\ndownload = "400K"\n')
    const mount = `mount -t tmpfs -o size=32m tmpfs ${disk}; head -c 28M /dev/zero > ${disk}/ballast; exec "$@"`
    const run = ['daemon', 'run', '--json', '--http', '127.0.0.1:0', '--download-dir', disk]
    const command = ['unshare', '-rm', 'sh', '-c', mount, 'sh', process.execPath, ...NODE_ARGUMENTS] as const
    await using daemon = new CliProcess(run, { ...place.options, command })
    const { pid } = await daemon.untilEvent('ready')
    await using client = createHttpClient(place.address)
    const { id } = await client.add({ source: await linkOf(swarm) })
    const stateOf = async (id: number): Promise<string> => {
      const found = (await client.state()).torrents.find((torrent) => torrent.id === id)
      return `${found?.phase} ${found?.error}`
    }
    const row = async (): Promise<string> => await stateOf(id)
    await expect.poll(row, PATIENCE).toBe('paused less than 6.3 MB are free where it is written to')
    await rm(`/proc/${String(pid)}/root${disk}/ballast`)
    await expect.poll(row, PATIENCE).toBe('downloading ')
    await expect.poll(row, PATIENCE).toBe('seeding ')

    const large = buildTorrent({
      name: 'large',
      files: [64, 1].map((megabytes) => ({ path: [`${megabytes}.bin`], length: megabytes * 1_000_000 })),
      isMultiFile: true,
      pieceLength: 2 ** 24,
      pieceHashes: new Uint8Array(20 * 4),
      trackers: [],
    })
    const second = await client.add({ source: large })
    const largeRow = async (): Promise<string> => await stateOf(second.id)
    await expect.poll(largeRow, PATIENCE).toBe('paused not enough space: 65 MB more are needed where it is written to')
    await client.act([second.id], { type: 'priority', files: [0], priority: 0 })
    await expect.poll(largeRow, PATIENCE).toBe('downloading ')
  },
  90_000,
)
