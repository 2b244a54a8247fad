// Interleaved rounds: every client once per round, in an order that turns, so that a slow minute of the machine hits all.

import { DISTURBED_CORES } from './results.ts'
import type { Run } from './results.ts'
import { Disturbance } from './usage.ts'
import type { Usage } from './usage.ts'

/** What one run gave. */
export interface Figures {
  readonly seconds: number
  readonly bytes: number
  readonly usage: Usage
}

/** Something that is run once per round. */
export interface Contender {
  readonly client: string
  readonly variant: string
  run(): Promise<Figures>
}

/** Runs all rounds; a run that fails is recorded with its reason. Progress goes to standard error. */
export async function runRounds(title: string, rounds: number, contenders: readonly Contender[]): Promise<Run[]> {
  const runs: Run[] = []
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(turn + round) % contenders.length]!
      const run = await runOnce(contender, round)
      runs.push(run)
      process.stderr.write(`${title} ${round + 1}/${rounds} ${describe(run)}\n`)
    }
  }
  // In the order of the contenders, for the table.
  return contenders.flatMap(({ client, variant }) =>
    runs.filter((run) => run.client === client && run.variant === variant),
  )
}

async function runOnce(contender: Contender, round: number): Promise<Run> {
  const { client, variant } = contender
  try {
    const disturbance = new Disturbance()
    const figures = await contender.run()
    return { round, client, variant, ...figures, othersCores: disturbance.end() }
  } catch (error) {
    return { round, client, variant, error: error instanceof Error ? error.message : String(error) }
  }
}

function describe(run: Run): string {
  const name = `${run.variant} ${run.client}`.trim().padEnd(24)
  if (run.error !== undefined || run.usage === undefined) return `${name} failed: ${run.error}`
  const rate = (run.bytes ?? 0) / 1e6 / (run.seconds ?? 1)
  const memory = run.usage.peakRssBytes / 1024 ** 2
  const others = (run.othersCores ?? 0) > DISTURBED_CORES ? `  disturbed: ${run.othersCores?.toFixed(2)} cores` : ''
  return `${name} ${rate.toFixed(0).padStart(5)} MB/s ${run.usage.cpuS.toFixed(2)} CPU s ${memory.toFixed(0)} MiB${others}`
}
