// `pnpm bench:xet [edits|folder|rate|announces]... [--rounds N]`: what Xet's chunks bring and cost. Prints Markdown. All data is in
// memory where there is room, all servers are on this machine.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../macro/setting.ts'
import { benchAnnounces } from './announces.ts'
import { benchEdits } from './edits.ts'
import { benchFolder } from './folder.ts'
import { benchRate } from './rate.ts'

interface Benchmark {
  readonly title: string
  readonly run: (root: string, rounds: number) => Promise<string>
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  edits: { title: 'A new version of a file of 16 MiB', run: benchEdits },
  folder: { title: 'A published folder of 2 GiB, of which 1 % changes', run: benchFolder },
  announces: { title: 'Content announced in the DHT', run: benchAnnounces },
  rate: { title: 'Download with and without indexing', run: benchRate },
}

const args = process.argv.slice(2).filter((argument) => argument !== '--')
const { values, positionals } = parseArgs({
  args,
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const rounds = Number(values.rounds)
const names = positionals.length === 0 ? Object.keys(BENCHMARKS) : positionals
if (!(rounds > 0) || names.some((name) => BENCHMARKS[name] === undefined)) {
  process.stderr.write(`pnpm bench:xet [${Object.keys(BENCHMARKS).join('|')}]... [--rounds N]\n`)
  process.exit(64)
}
const day = new Date().toISOString().slice(0, 10)
process.stdout.write(
  `${describeMachine()}; ${day}; \`pnpm bench:xet ${args.join(' ')}\`, medians of ${rounds} rounds\n`,
)
for (const name of names) {
  const { title, run } = BENCHMARKS[name]!
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ccbt-xet-bench-'))
  try {
    process.stdout.write(`\n### ${title}\n\n${await run(root, rounds)}\n`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
