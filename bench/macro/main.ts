// `pnpm bench`: ccbt beside other clients on this machine. Prints Markdown tables; see `pnpm bench --help`.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchCheck } from './check.ts'
import { benchCreate } from './create.ts'
import { benchDownload } from './download.ts'
import { parseOptions } from './options.ts'
import type { Options, Subset } from './options.ts'
import { benchPolling, describePolling } from './polling.ts'
import { renderTable, summarize } from './results.ts'
import type { Run } from './results.ts'
import { benchSeed } from './seed.ts'
import { describeMachine, openSetting } from './setting.ts'
import type { Setting } from './setting.ts'
import { benchSwarm } from './swarm.ts'
import { benchConnections, benchKinds } from './transfers.ts'

interface Benchmark {
  readonly run: (setting: Setting) => Promise<Run[]>
  readonly title: (options: Options) => string
  /** What tells the runs of one client apart. */
  readonly variantTitle?: string
  /** What the table does not say. */
  readonly note?: (runs: readonly Run[]) => string
}

function buildCommand(): string {
  const cwd = join(import.meta.dirname, '../../packages/cli')
  const rolldown = join(import.meta.dirname, '../../node_modules/.bin/rolldown')
  execFileSync(rolldown, ['-c'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(cwd, 'bundle/main.js')
}

const BENCHMARKS: Readonly<Record<Subset, Benchmark>> = {
  download: {
    run: benchDownload,
    title: ({ sizeMib }) =>
      `Download of ${sizeMib} MiB in 1 MiB pieces from one light seeder, process start to verified`,
  },
  seed: {
    run: benchSeed,
    title: ({ sizeMib }) => `Seeding ${sizeMib} MiB in 1 MiB pieces to light sinks`,
    variantTitle: 'sinks',
  },
  check: { run: benchCheck, title: ({ checkSizeMib }) => `Recheck of ${checkSizeMib} MiB in 4 MiB pieces` },
  create: {
    run: benchCreate,
    title: ({ checkSizeMib }) => `Torrent of ${checkSizeMib} MiB in 4 MiB pieces; bare = hashing alone`,
    variantTitle: 'torrent',
  },
  swarm: {
    run: benchSwarm,
    title: ({ swarmSizeMib }) => `Swarm of one seeder and its downloaders, ${swarmSizeMib} MiB in 256 KiB pieces`,
    variantTitle: 'members',
  },
  polling: {
    run: benchPolling,
    title: ({ sizeMib }) => `Download of ${sizeMib} MiB by the daemon while clients ask it once a second`,
    variantTitle: 'clients',
    note: describePolling,
  },
  connections: {
    run: benchConnections,
    title: ({ sizeMib }) => `Download of ${sizeMib} MiB from a whole client, over every kind of connection`,
    variantTitle: 'connection',
  },
  kinds: {
    run: benchKinds,
    title: ({ sizeMib }) => `Download of ${sizeMib} MiB from ccbt, torrents of every kind`,
    variantTitle: 'torrent',
  },
}

const options = parseOptions(process.argv.slice(2))
// What people run is the built command, which starts in half the time of its sources.
process.env['CCBT_MAIN'] = buildCommand()
const machine = describeMachine()
const all: Record<string, { readonly runs: readonly Run[]; readonly summary: unknown }> = {}
process.stdout.write(`${machine}; medians of ${options.rounds} rounds\n`)
for (const subset of options.subsets) {
  // Each with a folder of its own: the data of one is gone before the next needs the memory.
  await using setting = await openSetting(options)
  const benchmark = BENCHMARKS[subset]
  const runs = await benchmark.run(setting)
  const rows = summarize(runs)
  all[subset] = { runs, summary: rows }
  process.stdout.write(`\n### ${benchmark.title(options)}\n\n${renderTable(rows, benchmark.variantTitle)}\n`)
  if (benchmark.note !== undefined) process.stdout.write(`\n${benchmark.note(runs)}\n`)
  for (const reason of setting.skipped) process.stdout.write(`\nskipped ${reason}\n`)
  if (options.json !== undefined)
    writeFileSync(options.json, JSON.stringify({ machine, options, benchmarks: all }, null, 2))
}
