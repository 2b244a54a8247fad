// One seeder and many downloaders of the same kind that find each other through a tracker: time until the last has
// everything, and what all of them used together.

import { join } from 'node:path'
import { waitFor } from '../../test/interop/drivers/child.ts'
import type { Client, Driver } from '../../test/interop/drivers/driver.ts'
import { isSameFile } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'
import { UsageMeter } from './usage.ts'

const PIECE_BYTES = 256 * 1024
const KINDS = new Set(['ccbt', 'libtorrent'])

/** Runs the benchmark. */
export async function benchSwarm(setting: Setting): Promise<Run[]> {
  const { swarmSizeMib, rounds, leechers } = setting.options
  const material = setting.makeMaterial('swarm.bin', swarmSizeMib, PIECE_BYTES)
  setting.requireSpace((leechers + 1) * material.torrent.length)
  const contenders = setting.drivers
    .filter((driver) => KINDS.has(driver.name))
    .map((driver): Contender => {
      return { client: driver.name, variant: `1+${leechers}`, run: () => swarmOnce(setting, material, driver) }
    })
  return await runRounds('swarm', rounds, contenders)
}

async function swarmOnce(setting: Setting, material: Material, driver: Driver): Promise<Figures> {
  const { leechers, limitMs } = setting.options
  setting.warm(leechers * material.torrent.length)
  try {
    await using members = new AsyncDisposableStack()
    const tracker = members.use(await setting.tracker([], true))
    const trackers = [tracker.httpUrl]
    const seeder = members.use(await driver.start(setting.network, setting.job('seed', material, { trackers })))
    const jobs = Array.from({ length: leechers }, () => {
      return setting.job('download', material, { trackers, peers: [seeder.address], stay: true })
    })
    const start = performance.now()
    const clients = await Promise.all(jobs.map(async (job) => members.use(await driver.start(setting.network, job))))
    using meter = new UsageMeter([seeder, ...clients].map((client) => client.child.pid))
    await waitFor('all are complete', limitMs, () => areDone(clients))
    const seconds = (performance.now() - start) / 1000
    const isRight = jobs.every((job) => isSameFile(join(job.dir, material.torrent.name), material.path))
    if (!isRight) throw new Error('the bytes differ')
    return { seconds, bytes: leechers * material.torrent.length, usage: meter.end() }
  } finally {
    setting.clearJobs()
  }
}

async function areDone(clients: readonly Client[]): Promise<boolean> {
  for (const client of clients) if (!(await client.status()).isDone) return false
  return true
}
