// Torrents that one daemon writes to a folder and another one takes over, with everything that was decided about them.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient, TorrentDetail } from '@ccbt/rpc-client'
import { expect, it } from 'vitest'
import { temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { openShop } from './kill-torrents.ts'

const PATIENCE = { timeout: 40_000, interval: 50 }

/** All that is to be the same, by the name of the torrent: not its number, and not what trackers say. */
async function everything(client: DaemonClient): Promise<Record<string, unknown>> {
  const { torrents } = await client.state()
  const details = await Promise.all(torrents.map(({ id }) => client.detail(id)))
  return Object.fromEntries(
    details.flatMap((detail) => (detail === undefined ? [] : [[detail.row.name, facts(detail)]])),
  )
}

function facts({ row, files, have, magnet, trackers }: TorrentDetail): unknown {
  const { id: _id, activeAtMs: _activeAtMs, seeders: _seeders, leechers: _leechers, ...rest } = row
  return { ...rest, files, have, magnet, trackers: trackers.map(({ url, tier }) => ({ url, tier })) }
}

it('is the same in another daemon, and nothing is hashed again', async () => {
  await using folder = await temporaryFolder()
  const path = (name: string): string => join(folder.path, name)
  await using shop = await openShop(folder.path, 3, 0)
  await mkdir(path('old'))
  await mkdir(path('new'))
  const [old, next] = [new DaemonHome(path('old')), new DaemonHome(path('new'))]
  const before = await (async () => {
    await using _ = await old.start()
    await using client = createHttpClient(old.address)
    const add = async (n: number, directory: string): Promise<number> =>
      (await client.add({ source: shop.torrents[n]!.bytes, directory })).id
    const ids = [await add(0, path('a')), await add(1, path('b')), await add(2, path('b'))]
    const [first, second, third] = ids as [number, number, number]
    const phases = async (): Promise<string[]> => (await client.state()).torrents.map(({ phase }) => phase)
    await expect.poll(phases, PATIENCE).toEqual(['seeding', 'seeding', 'seeding'])
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=linked`
    await client.add({ source: link, directory: path('c'), isPaused: true })
    await client.act([first], { type: 'label', labels: ['films', 'new'] })
    await client.act([first], { type: 'limit', uploadLimitBps: 123_000, downloadLimitBps: 456_000 })
    await client.act([second], { type: 'priority', files: [1], priority: 0 })
    await client.act([second], { type: 'rename', path: 'torrent-1/2.bin', name: 'renamed.bin' })
    await client.act([third], { type: 'trackers', tiers: [['http://127.0.0.1:1/a'], ['http://127.0.0.1:1/b']] })
    await client.act([third], { type: 'queue', to: 'top' })
    await client.act(ids, { type: 'pause' })
    expect(await old.run('export', path('out'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(exported .*\n){4}$/),
    })
    return await everything(client)
  })()
  expect((await readdir(path('out'))).toSorted()).toHaveLength(8)
  const { infoHash } = shop.torrents[0]!
  expect(await readFile(path(`out/${infoHash}.torrent`))).toEqual(Buffer.from(shop.torrents[0]!.bytes))

  await using daemon = await next.start()
  await using client = createHttpClient(next.address)
  expect(await next.run('import', 'ccbt', path('out'))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^(added .*\n){4}$/),
  })
  await expect.poll(() => everything(client), PATIENCE).toEqual(before)
  expect(daemon.process.stderr).not.toContain('checking what is there')
  expect(await next.run('import', 'ccbt', path('out'))).toMatchObject({
    stdout: expect.stringMatching(/^(duplicate .*\n){4}$/),
  })
  await writeFile(path(`out/${infoHash}.json`), '{"state":{"format":"another"}}')
  const refused = await next.run('import', 'ccbt', path('out'), '--json')
  expect(refused.stdout).toContain('the format is not ccbt-torrent 1')
})
