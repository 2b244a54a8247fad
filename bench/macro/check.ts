// Hashing data that is complete: from the start of the process (of a daemon: from the request that adds the torrent)
// until the client says that all pieces are right.

import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { aria2Command } from '../../test/interop/drivers/aria2.ts'
import { ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import type { Driver, Job } from '../../test/interop/drivers/driver.ts'
import { libtorrentCommand } from '../../test/interop/drivers/libtorrent.ts'
import { DAEMONS, measureDaemon } from './daemons.ts'
import { measureProgram } from './program.ts'
import type { Measured } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'

const PIECE_BYTES = 4 * 1024 * 1024

const COMMANDS: Readonly<Record<string, (job: Job, torrent: string) => string[]>> = {
  ccbt: (job, torrent) => ccbtCommand('verify', torrent, '--data', job.dir, '--json'),
  libtorrent: (job, torrent) => {
    const listen = `${job.host}:${job.port}`
    return libtorrentCommand({ role: 'check', torrent, dir: job.dir, listen, hashing_threads: availableParallelism() })
  },
  aria2: (job, torrent) => [...aria2Command(job), '--hash-check-only=true', torrent],
}

/** Runs the benchmark. */
export async function benchCheck(setting: Setting): Promise<Run[]> {
  const { checkSizeMib, rounds } = setting.options
  const material = setting.makeMaterial('hash.bin', checkSizeMib, PIECE_BYTES)
  const contenders = setting.drivers.map((driver): Contender => {
    return { client: driver.name, variant: '', run: () => checkOnce(setting, material, driver) }
  })
  return await runRounds('check', rounds, contenders)
}

async function checkOnce(setting: Setting, material: Material, driver: Driver): Promise<Figures> {
  const job = setting.job('download', material, { dir: material.folder })
  try {
    const boot = DAEMONS[driver.name]
    const measured = await (boot ? measureDaemon(setting, job, boot) : measureCommand(setting, job, driver))
    return { ...measured, bytes: material.torrent.length }
  } finally {
    setting.clearJobs()
  }
}

async function measureCommand(setting: Setting, job: Job, driver: Driver): Promise<Measured> {
  const torrent = join(job.work, 'job.torrent')
  mkdirSync(job.work, { recursive: true })
  writeFileSync(torrent, job.torrent.encode([]))
  const command = COMMANDS[driver.name]!(job, torrent)
  return await measureProgram(setting.network, command, { work: job.work, limitMs: setting.options.limitMs })
}
