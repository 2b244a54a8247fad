// Magnet links between ccbt and the others: each fetches the metadata from the other, then the data.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, TRANSFER_MS } from './arena.ts'
import { aria2 } from './drivers/aria2.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { startMagnetDownload } from './drivers/magnet-download.ts'
import { startSwarmTracker } from './drivers/trackers.ts'
import { transmission } from './drivers/transmission.ts'
import { differences } from './fixture.ts'

const arena = await openArena()
const { multi } = arena.fixture
afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

/** Transmission and aria2 make no files of length 0. */
function missing(dir: string): string[] {
  return differences(arena.fixture, multi, dir, { ignoreEmpty: true })
}

describe.each([libtorrent, transmission, aria2])('$name', (driver) => {
  const reason = arena.reasonToSkip(driver)
  const skipped = reason === undefined ? '' : ` (skipped: ${reason})`

  it.skipIf(reason !== undefined)(`gives ccbt the metadata and the data${skipped}`, async () => {
    const seeder = await arena.seed(driver, multi)
    const host = arena.nextHost()
    const dir = arena.folder('magnet')
    const link = `magnet:?xt=urn:btih:${multi.infoHash}&x.pe=${seeder.client.address}`
    const where = ['--bind', host, '--state-dir', join(dir, 'state')]
    const child = arena.network.run(ccbtCommand('add', link, '--output', join(dir, 'data'), '--json', ...where))
    const end = await waitFor('ccbt ends', TRANSFER_MS, () => child.ended())
    expect(end, child.log()).toBe(0)
    expect(missing(join(dir, 'data'))).toEqual([])
    const [saved = ''] = readdirSync(join(dir, 'state', 'torrents'))
    const bytes = readFileSync(join(dir, 'state', 'torrents', saved))
    const info = bytes.subarray(bytes.indexOf('4:info') + 6, -1)
    expect(createHash('sha1').update(info).digest('hex')).toBe(multi.infoHash)
    // The connection that gave the metadata gives the data too.
    const lost = child.log().match(/^.*"peer-disconnected".*$/gm) ?? []
    expect(lost.filter((line) => !line.includes('both are seeds'))).toEqual([])
  })

  it.skipIf(reason !== undefined)(`gets metadata and data from ccbt${skipped}`, async () => {
    const seeder = await arena.seed(ccbt, multi)
    const { address } = seeder.client
    const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
    const tracker = arena.use(await startSwarmTracker(arena.network, place, [address]))
    const link = `magnet:?xt=urn:btih:${multi.infoHash}&tr=${encodeURIComponent(tracker.httpUrl)}&x.pe=${address}`
    const dir = arena.folder('magnet')
    arena.use(await startMagnetDownload(arena.network, driver, { link, dir, host: arena.nextHost(), torrent: multi }))
    await waitFor(`${driver.name} completes`, TRANSFER_MS, () => missing(dir).length === 0)
  })
})
