// From one whole client to another: over every kind of connection, and torrents of every kind. The seeder is started anew
// for each run; of the downloader everything from the start of its process counts.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ccbt, ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import type { Driver, Job } from '../../test/interop/drivers/driver.ts'
import { libtorrent } from '../../test/interop/drivers/libtorrent.ts'
import { downloadOnce } from './download.ts'
import { measureProgram } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'

const PIECE_BYTES = 1024 * 1024
const CONNECTIONS: Readonly<Record<string, Partial<Job>>> = {
  TCP: {},
  RC4: { isEncrypted: true },
  uTP: { isUtp: true },
}
const KINDS = ['v1', 'v2', 'hybrid'] as const

/** Runs the benchmark of connections: both clients from both. */
export async function benchConnections(setting: Setting): Promise<Run[]> {
  const { sizeMib, rounds } = setting.options
  const material = setting.makeMaterial('transfer.bin', sizeMib, PIECE_BYTES)
  setting.requireSpace(2 * material.torrent.length)
  const both = bothOf(setting)
  const contenders = Object.entries(CONNECTIONS).flatMap(([name, how]) =>
    both.flatMap((seeder) =>
      both.map((driver): Contender => {
        const run = (): Promise<Figures> => transferOnce(setting, material, { seeder, driver, how })
        return { client: driver.name, variant: `${name} from ${seeder.name}`, run }
      }),
    ),
  )
  return await runRounds('connections', rounds, contenders)
}

/** Runs the benchmark of kinds: both clients from ccbt. */
export async function benchKinds(setting: Setting): Promise<Run[]> {
  const { sizeMib, rounds } = setting.options
  const v1 = setting.makeMaterial('transfer.bin', sizeMib, PIECE_BYTES)
  setting.requireSpace(2 * v1.torrent.length)
  const contenders: Contender[] = []
  for (const kind of KINDS) {
    const material = await materialOf(setting, v1, kind)
    for (const driver of bothOf(setting)) {
      const run = (): Promise<Figures> => transferOnce(setting, material, { seeder: ccbt, driver, how: {} })
      contenders.push({ client: driver.name, variant: kind, run })
    }
  }
  return await runRounds('kinds', rounds, contenders)
}

function bothOf(setting: Setting): Driver[] {
  return [ccbt, libtorrent].filter((driver) => setting.drivers.includes(driver))
}

interface Transfer {
  readonly seeder: Driver
  readonly driver: Driver
  readonly how: Partial<Job>
}

async function transferOnce(setting: Setting, material: Material, transfer: Transfer): Promise<Figures> {
  const { seeder, driver, how } = transfer
  await using seed = await seeder.start(setting.network, setting.job('seed', material, how))
  return await downloadOnce(setting, material, driver, { ...how, peers: [seed.address] })
}

/** The same file with a torrent of another kind. */
async function materialOf(setting: Setting, v1: Material, kind: (typeof KINDS)[number]): Promise<Material> {
  const { work } = setting.job('download', v1)
  mkdirSync(work, { recursive: true })
  const path = join(work, 'made.torrent')
  const size = ['--piece-size', `${PIECE_BYTES / 1024}KiB`]
  const command = ccbtCommand('create', v1.path, '--output', path, `--${kind}`, ...size, '--quiet')
  await measureProgram(setting.network, command, { work, limitMs: setting.options.limitMs })
  const bytes = readFileSync(path)
  return { ...v1, torrent: { ...v1.torrent, encode: () => bytes } }
}
