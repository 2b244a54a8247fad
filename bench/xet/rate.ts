// One torrent from one cheap seeder, with and without the index of chunks: until the download is complete, and until the
// process has ended, when its files are in the index too.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ccbtArguments, ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import type { CcbtLine } from '../../test/interop/drivers/ccbt.ts'
import { startSeeder } from '../macro/download.ts'
import type { Options } from '../macro/options.ts'
import { isSameFile } from '../macro/program.ts'
import { median } from '../macro/results.ts'
import { openSetting } from '../macro/setting.ts'
import type { Material, Setting } from '../macro/setting.ts'
import { UsageMeter } from '../macro/usage.ts'

const SIZE_MIB = 1024
const MIB = 1_048_576

const OPTIONS: Options = {
  subsets: [],
  sizeMib: SIZE_MIB,
  checkSizeMib: 0,
  swarmSizeMib: 0,
  leechers: 0,
  rounds: 0,
  clients: ['ccbt'],
  json: undefined,
  limitMs: 120_000,
}

const VARIANTS = [
  { name: 'off', flags: [] },
  { name: 'on', flags: ['--xet'] },
] as const

interface Figures {
  readonly completeS: number
  readonly completeCpuS: number
  readonly endS: number
  readonly endCpuS: number
}

/** Gives the figures as Markdown. The variants take turns, in an order that turns too. */
export async function benchRate(_root: string, rounds: number): Promise<string> {
  await using setting = await openSetting(OPTIONS)
  const material = setting.makeMaterial('download.bin', SIZE_MIB, MIB)
  setting.requireSpace(2 * material.torrent.length)
  await using seeder = await startSeeder(setting, material)
  const all = VARIANTS.map((): Figures[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const turn of VARIANTS.keys()) {
      const which = (turn + round) % VARIANTS.length
      const { name, flags } = VARIANTS[which]!
      const figures = await downloadOnce(setting, { material, peer: seeder.address, flags })
      all[which]!.push(figures)
      process.stderr.write(`rate ${round + 1}/${rounds}: ${row(name, figures)}\n`)
    }
  }
  return [
    '| indexing | complete after, s | MB/s | CPU s until then | ended after, s | CPU s in all |',
    '| --- | --: | --: | --: | --: | --: |',
    ...VARIANTS.map(({ name }, which) => row(name, medians(all[which]!))),
  ].join('\n')
}

function medians(all: readonly Figures[]): Figures {
  const middle = (of: (figures: Figures) => number): number => median(all.map(of))!
  return {
    completeS: middle(({ completeS }) => completeS),
    completeCpuS: middle(({ completeCpuS }) => completeCpuS),
    endS: middle(({ endS }) => endS),
    endCpuS: middle(({ endCpuS }) => endCpuS),
  }
}

function row(name: string, { completeS, completeCpuS, endS, endCpuS }: Figures): string {
  const rate = (SIZE_MIB * MIB) / 1e6 / completeS
  const times = [completeCpuS, endS, endCpuS].map((seconds) => seconds.toFixed(2))
  return `| ${[name, completeS.toFixed(2), rate.toFixed(0), ...times].join(' | ')} |`
}

interface Download {
  readonly material: Material
  readonly peer: string
  readonly flags: readonly string[]
}

async function downloadOnce(setting: Setting, { material, peer, flags }: Download): Promise<Figures> {
  const job = setting.job('download', material, { peers: [peer] })
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  const torrent = join(job.work, 'job.torrent')
  writeFileSync(torrent, job.torrent.encode([]))
  setting.warm(material.torrent.length)
  const start = performance.now()
  const since = (): number => (performance.now() - start) / 1000
  let complete: { readonly s: number; readonly cpuS: number } | undefined
  const child = setting.network.run(ccbtCommand(...ccbtArguments(job, torrent), ...flags), {
    onLine: (text) => {
      if ((JSON.parse(text) as CcbtLine).event === 'complete') complete = { s: since(), cpuS: meter.cpuS() }
    },
  })
  using meter = new UsageMeter([child.pid])
  const end = await child.exit
  const endS = since()
  const { cpuS: endCpuS } = meter.end()
  if (end !== 0 || complete === undefined) throw new Error(`the download ended with ${end}: ${child.log()}`)
  if (!isSameFile(join(job.dir, material.torrent.name), material.path)) throw new Error('the bytes differ')
  setting.clearJobs()
  return { completeS: complete.s, completeCpuS: complete.cpuS, endS, endCpuS }
}
