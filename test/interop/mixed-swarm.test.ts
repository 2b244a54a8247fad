// One torrent, all clients at once.

import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import type { Participant } from './arena.ts'
import { aria2 } from './drivers/aria2.ts'
import type { Driver } from './drivers/driver.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { startSwarmTracker } from './drivers/trackers.ts'
import { transmission } from './drivers/transmission.ts'

const arena = await openArena()
const { single } = arena.fixture
const usable = [libtorrent, rtorrent, aria2, transmission].filter((driver) => arena.reasonToSkip(driver) === undefined)
const absent = [libtorrent, rtorrent, aria2, transmission].filter((driver) => !usable.includes(driver))
const note = absent.length > 0 ? ` (without ${absent.map((driver) => driver.name).join(', ')})` : ''
/** Six of them, the quickest to start more than once. */
const six = Array.from({ length: 6 }, (_, index) => usable[index % usable.length]!)

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

async function inTurn(
  drivers: readonly Driver[],
  start: (driver: Driver) => Promise<Participant>,
): Promise<Participant[]> {
  const started: Participant[] = []
  for (const driver of drivers) started.push(await start(driver))
  return started
}

describe.skipIf(usable.length === 0)(`six foreign clients${note}`, () => {
  it('seed together, and one download uses most of them', async () => {
    const seeders = await inTurn(six, (driver) => arena.seed(driver, single, { uploadLimitBps: 1_000_000 }))
    const from = seeders.map((seeder) => seeder.client.address)
    await arena.expectComplete(await arena.download(subject, single, { from }))
    // Statistics are a little behind the sockets, so what was sent is only looked at roughly.
    const sent = await Promise.all(seeders.map(async (seeder) => (await seeder.client.status()).uploaded))
    const used = sent.filter((bytes) => bytes > single.length / 50)
    expect(
      used.length,
      `bytes sent by ${six.map((driver) => driver.name).join(', ')}: ${sent.join(', ')}`,
    ).toBeGreaterThanOrEqual(Math.min(4, usable.length))
  })

  it('download together from one seeder', async () => {
    const seeder = await arena.seed(subject, single)
    const downloaders = await inTurn(six, (driver) => arena.download(driver, single, { from: [seeder.client.address] }))
    for (const downloader of downloaders) await arena.expectComplete(downloader)
  })

  it('form a swarm with it, in which each tells the tracker of itself', async () => {
    const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
    const tracker = arena.use(await startSwarmTracker(arena.network, place, [], true))
    const trackers = [tracker.httpUrl]
    const seeder = await arena.seed(usable[0]!, single, { trackers, uploadLimitBps: 8_000_000 })
    const ours = await arena.download(subject, single, { trackers, stay: true })
    const others = usable.slice(0, 3)
    const theirs = await inTurn(others, (driver) => arena.download(driver, single, { trackers, stay: true }))
    for (const one of [ours, ...theirs]) await arena.expectComplete(one)
    const sent = (await seeder.client.status()).uploaded
    expect(sent, 'the seeder alone did the work').toBeLessThan(single.length * (others.length + 1) * 0.9)
  })
})
