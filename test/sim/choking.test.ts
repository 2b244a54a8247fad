// A swarm of which almost a third takes and never gives: who gives is served first, and nobody starves. How this compares
// with other chokers is in docs/choking.md.

import { describe, expect, it } from 'vitest'

import { runFreeRiders } from './kit/free-riders.ts'
import type { Fate } from './kit/free-riders.ts'
import { FIXED_SLOTS_CHOKER, RATE_BASED_CHOKER } from './kit/published-chokers.ts'

const SWARM = { seed: 1, peers: 30, freeRiders: 10, length: 16 * 1_048_576, pieceLength: 65_536, limitS: 900 }

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function times(fates: readonly Fate[], isFreeRider: boolean): number[] {
  return fates.filter((fate) => fate.isFreeRider === isFreeRider).map((fate) => fate.completedS ?? Infinity)
}

function total(fates: readonly Fate[]): number {
  return Math.max(...times(fates, false), ...times(fates, true))
}

describe('a swarm with free riders', () => {
  it(
    'serves those who give first, lets nobody starve, and is as fast as with the chokers of libtorrent',
    { timeout: 600_000 },
    async () => {
      const ours = await runFreeRiders(SWARM)
      const told = JSON.stringify(ours)
      expect(mean(times(ours, false)), told).toBeLessThan(mean(times(ours, true)))
      expect(total(ours), told).toBeLessThan(Infinity)
      expect(Math.max(...ours.map((fate) => fate.longestWaitS)), told).toBeLessThan(60)
      const fixed = await runFreeRiders({ ...SWARM, choking: FIXED_SLOTS_CHOKER })
      const rateBased = await runFreeRiders({ ...SWARM, choking: RATE_BASED_CHOKER })
      expect(total(ours)).toBeLessThan(1.15 * Math.min(total(fixed), total(rateBased)))
    },
  )
})
