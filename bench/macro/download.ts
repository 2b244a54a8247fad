// One torrent from one cheap seeder: from the start of the process (of a daemon: from the request that adds the torrent)
// until the client says that all is there and verified. Afterwards the bytes are compared.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aria2Command } from '../../test/interop/drivers/aria2.ts'
import { ccbtArguments, ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import { waitFor } from '../../test/interop/drivers/child.ts'
import type { Driver, Job } from '../../test/interop/drivers/driver.ts'
import { libtorrentCommand, libtorrentJob } from '../../test/interop/drivers/libtorrent.ts'
import { DAEMONS, measureDaemon } from './daemons.ts'
import { isSameFile, measureProgram } from './program.ts'
import type { Measured } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'

const SEEDER_PORT = 7000
const MIB = 1024 * 1024

/** The command lines of the clients that end when they are done. */
const COMMANDS: Readonly<Record<string, (job: Job, torrent: string) => string[]>> = {
  ccbt: (job, torrent) => ccbtCommand(...ccbtArguments(job, torrent)),
  libtorrent: (job, torrent) => libtorrentCommand(libtorrentJob(job, torrent)),
  aria2: (job, torrent) => [...aria2Command(job), torrent],
}

/** Runs the benchmark. */
export async function benchDownload(setting: Setting): Promise<Run[]> {
  const { sizeMib, rounds } = setting.options
  const material = setting.makeMaterial('download.bin', sizeMib, MIB)
  setting.requireSpace(2 * material.torrent.length)
  await using seeder = await startSeeder(setting, material)
  await using tracker = await setting.tracker([seeder.address])
  const contenders = setting.drivers.map((driver): Contender => {
    const how = driver.canBeToldPeers ? { peers: [seeder.address] } : { trackers: [tracker.httpUrl] }
    return { client: driver.name, variant: '', run: () => downloadOnce(setting, material, driver, how) }
  })
  return await runRounds('download', rounds, contenders)
}

/** It runs. */
export interface Seeder extends AsyncDisposable {
  readonly address: string
}

/** Starts the seeder of the file. */
export async function startSeeder(setting: Setting, material: Material): Promise<Seeder> {
  const host = setting.network.address(2)
  const script = join(import.meta.dirname, 'seeder.ts')
  const { pieceLength, infoHash } = material.torrent
  const args = [material.path, String(pieceLength), infoHash, host, String(SEEDER_PORT)]
  const child = setting.network.run([process.execPath, script, ...args])
  await waitFor('the seeder is ready', 60_000, () => {
    if (child.ended() !== undefined) throw new Error(`the seeder ended: ${child.log()}`)
    return child.log().includes('ready')
  })
  return { address: `${host}:${SEEDER_PORT}`, [Symbol.asyncDispose]: () => child.stop() }
}

/** A download by one client; everything it has written is deleted. */
export async function downloadOnce(
  setting: Setting,
  material: Material,
  driver: Driver,
  how: Partial<Job>,
): Promise<Figures> {
  const boot = DAEMONS[driver.name]
  return await measureDownload(setting, material, how, (job) =>
    boot ? measureDaemon(setting, job, boot) : measureCommand(setting, job, driver),
  )
}

/** The frame of every download: memory is warm before, the bytes are compared, and what was written is deleted. */
export async function measureDownload(
  setting: Setting,
  material: Material,
  how: Partial<Job>,
  measure: (job: Job) => Promise<Measured>,
): Promise<Figures> {
  const job = setting.job('download', material, how)
  setting.warm(material.torrent.length)
  try {
    const measured = await measure(job)
    if (!isSameFile(join(job.dir, material.torrent.name), material.path)) throw new Error('the bytes differ')
    return { ...measured, bytes: material.torrent.length }
  } finally {
    setting.clearJobs()
  }
}

async function measureCommand(setting: Setting, job: Job, driver: Driver): Promise<Measured> {
  const torrent = join(job.work, 'job.torrent')
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  writeFileSync(torrent, job.torrent.encode(job.trackers ?? []))
  const command = COMMANDS[driver.name]!(job, torrent)
  return await measureProgram(setting.network, command, { work: job.work, limitMs: setting.options.limitMs })
}
