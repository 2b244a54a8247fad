// v2 and hybrid torrents (BEP 52) between ccbt and the others, by torrent file and by magnet link.

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { editTorrent, formatMagnet, magnetOf, parseTorrent } from '@ccbt/metainfo'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, TRANSFER_MS } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { startMagnetDownload } from './drivers/magnet-download.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { differences } from './fixture.ts'
import type { TestTorrent } from './torrent-file.ts'

const arena = await openArena()
const { multi, single, source } = arena.fixture
afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

/** The same files as a torrent of this kind. Pieces are small, so that their hashes come in several answers. */
async function remade(torrent: TestTorrent, kind: 'v2' | 'hybrid'): Promise<TestTorrent & { link: string }> {
  const path = join(arena.fixture.root, 'made.torrent')
  const flags = [`--${kind}`, '--piece-size', '32KiB', '--output', path, '--force']
  const child = arena.network.run(ccbtCommand('create', join(source, torrent.name), ...flags))
  expect(await child.exit, child.log()).toBe(0)
  const bytes = readFileSync(path)
  const metainfo = parseTorrent(bytes)
  const infoHash = metainfo.infoHashV1 === undefined ? 'v2' : hash('sha1', metainfo.infoBytes)
  const encode = (trackers: readonly string[]): Buffer =>
    Buffer.from(trackers.length === 0 ? bytes : editTorrent(bytes, { trackers: [trackers] }))
  return { ...torrent, infoHash, encode, link: formatMagnet(magnetOf(metainfo)) }
}

const reason = arena.reasonToSkip(libtorrent)
const skipped = reason === undefined ? '' : ` (skipped: ${reason})`

describe.each(['v2', 'hybrid'] as const)('a %s torrent', (kind) => {
  it.skipIf(reason !== undefined)(`goes from libtorrent to ccbt${skipped}`, async () => {
    const torrent = await remade(multi, kind)
    const seeder = await arena.seed(libtorrent, torrent)
    await arena.expectComplete(await arena.download(ccbt, torrent, { from: [seeder.client.address] }))
  })

  it.skipIf(reason !== undefined)(`goes from ccbt to libtorrent${skipped}`, async () => {
    const torrent = await remade(multi, kind)
    const seeder = await arena.seed(ccbt, torrent)
    await arena.expectComplete(await arena.download(libtorrent, torrent, { from: [seeder.client.address] }))
  })

  it.skipIf(reason !== undefined)(`goes from libtorrent to ccbt by magnet link${skipped}`, async () => {
    const torrent = await remade(multi, kind)
    const seeder = await arena.seed(libtorrent, torrent)
    const dir = arena.folder('magnet')
    const where = ['--bind', arena.nextHost(), '--state-dir', join(dir, 'state'), '--output', join(dir, 'data')]
    const link = `${torrent.link}&x.pe=${seeder.client.address}`
    const child = arena.network.run(ccbtCommand('add', link, '--no-seed', '--json', ...where))
    expect(await waitFor('ccbt ends', TRANSFER_MS, () => child.ended()), child.log()).toBe(0)
    expect(differences(arena.fixture, torrent, join(dir, 'data'))).toEqual([])
  })

  it.skipIf(reason !== undefined)(`goes from ccbt to libtorrent by magnet link${skipped}`, async () => {
    const torrent = await remade(multi, kind)
    const seeder = await arena.seed(ccbt, torrent)
    const dir = arena.folder('magnet')
    const link = `${torrent.link}&x.pe=${seeder.client.address}`
    arena.use(await startMagnetDownload(arena.network, libtorrent, { link, dir, host: arena.nextHost(), torrent }))
    await waitFor('libtorrent completes', TRANSFER_MS, () => differences(arena.fixture, torrent, dir).length === 0)
  })
})

describe('a hybrid torrent of one file', () => {
  const missing = arena.reasonToSkip(rtorrent)

  // Of the clients without v2, Transmission 3.00 and aria2 1.36 take no hybrid, and rtorrent none with several files.
  it.skipIf(missing !== undefined)(
    `goes from rtorrent to ccbt and back${missing === undefined ? '' : ` (skipped: ${missing})`}`,
    async () => {
      const torrent = await remade(single, 'hybrid')
      const seeder = await arena.seed(rtorrent, torrent)
      const first = await arena.download(ccbt, torrent, { from: [seeder.client.address] })
      await arena.expectComplete(first)
      const ours = await arena.seed(ccbt, torrent)
      await arena.expectComplete(await arena.download(rtorrent, torrent, { from: [ours.client.address] }))
    },
  )
})
