// Each client as the only seeder of light sinks: it is up and has checked its data before the sinks start. Processor time
// and memory are the seeder's alone.

import { join } from 'node:path'
import type { Driver } from '../../test/interop/drivers/driver.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'
import { UsageMeter } from './usage.ts'

const MIB = 1024 * 1024
const SINK_COUNTS = [1, 4]

/** Runs the benchmark. */
export async function benchSeed(setting: Setting): Promise<Run[]> {
  const { sizeMib, rounds } = setting.options
  const material = setting.makeMaterial('seed.bin', sizeMib, MIB)
  const contenders = SINK_COUNTS.flatMap((sinks) =>
    setting.drivers.map((driver): Contender => {
      const run = (): Promise<Figures> => seedOnce(setting, material, driver, sinks)
      return { client: driver.name, variant: `${sinks}`, run }
    }),
  )
  return await runRounds('seed', rounds, contenders)
}

async function seedOnce(setting: Setting, material: Material, driver: Driver, sinks: number): Promise<Figures> {
  const job = setting.job('seed', material)
  try {
    await using seeder = await driver.start(
      setting.network,
      driver.canBeToldPeers ? job : { ...job, trackers: [NOBODY] },
    )
    using meter = new UsageMeter([seeder.child.pid])
    const seconds = await runSinks(setting, material, seeder.address, sinks)
    return { seconds, bytes: sinks * material.torrent.length, usage: meter.end() }
  } finally {
    setting.clearJobs()
  }
}

/** A tracker URL that nobody answers: the sinks come by themselves. */
const NOBODY = 'http://127.0.0.1:9/announce'

async function runSinks(setting: Setting, material: Material, seeder: string, count: number): Promise<number> {
  const { infoHash, pieceLength } = material.torrent
  const locals = Array.from({ length: count }, (_, index) => setting.network.address(220 + index))
  const script = join(import.meta.dirname, 'sinks.ts')
  const args = [material.path, String(pieceLength), infoHash, seeder, ...locals]
  const lines: string[] = []
  const child = setting.network.run([process.execPath, script, ...args], { onLine: (line) => lines.push(line) })
  const timer = setTimeout(() => child.signal('SIGKILL'), setting.options.limitMs)
  const end = await child.exit
  clearTimeout(timer)
  if (end === 'SIGKILL') throw new Error(`not served within ${setting.options.limitMs / 1000} s`)
  if (end !== 0) throw new Error(`a sink ended with ${end}: ${child.log().trim()}`)
  return (JSON.parse(lines[0] ?? '') as { seconds: number }).seconds
}
