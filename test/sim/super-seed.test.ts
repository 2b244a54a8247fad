// How often a seed that shows its pieces one by one (BEP 16) has to send everything.

import { describe, expect, it } from 'vitest'

import { randomPayload } from './kit/payload.ts'
import { Simulation } from './kit/simulation.ts'
import { isDone, reasons, runSwarm, startSwarm } from './kit/swarm.ts'
import type { Outcome } from './kit/swarm.ts'

const KIB = 1024
const MIB = 1_048_576

/** A seed with a line as slow as those of the leechers, or one that could feed all of them. */
const LINES = {
  slow: { uploadBps: 500_000, downloadBps: 4_000_000, latencyMs: 15 },
  fast: { uploadBps: 4_000_000, downloadBps: 4_000_000, latencyMs: 15 },
}

async function run(
  seed: number,
  options: { leechers: number; superSeed: boolean; line: keyof typeof LINES },
): Promise<Outcome> {
  const { leechers, superSeed, line } = options
  await using sim = new Simulation(seed, randomPayload({ length: 4 * MIB, pieceLength: 64 * KIB }))
  const swarm = await startSwarm(sim, { leechers, seedLine: LINES[line], seedTorrent: { superSeed } })
  const outcome = await runSwarm(sim, swarm, 900)
  const told = JSON.stringify({ outcome, reasons: reasons(sim.members) })
  expect(swarm.leechers.filter(isDone).length, told).toBe(leechers)
  expect(swarm.leechers.every((member) => member.isRight)).toBe(true)
  return outcome
}

describe.each([1, 2, 3])('a seed that shows its pieces one by one (run %i)', (seed) => {
  it.each(['slow', 'fast'] as const)(
    'sends hardly more than one copy to eight leechers over a %s line',
    async (line) => {
      const plain = await run(seed, { leechers: 8, superSeed: false, line })
      const shy = await run(seed, { leechers: 8, superSeed: true, line })
      expect(plain.seedCopies).toBeGreaterThan(1.8)
      expect(shy.seedCopies).toBeLessThan(1.3)
      expect(shy.seconds).toBeLessThan(1.5 * plain.seconds)
    },
  )

  it.each([1, 2, 3])('keeps %i leechers waiting no longer than twice the time', async (leechers) => {
    const plain = await run(seed, { leechers, superSeed: false, line: 'slow' })
    const shy = await run(seed, { leechers, superSeed: true, line: 'slow' })
    expect(shy.seconds).toBeLessThan(2 * plain.seconds)
    expect(shy.seedCopies).toBeLessThan(1.1)
  })
})
