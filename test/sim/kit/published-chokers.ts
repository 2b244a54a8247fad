// The two chokers of libtorrent 2.0 as its manual and sources describe them, for comparison: a fixed number of slots, and
// one that follows the rates. Both judge every 15 s by what each peer sent since the last time and give a fifth of the
// slots to peers that have been tried longest ago.

import type { ChokeCandidate, ChokeRound, ChokingPolicy } from '@ccbt/core'

const ROUND_MS = 15_000
const OPTIMISTIC_MS = 30_000
/** `unchoke_slots_limit` */
const FIXED_SLOTS = 8
/** `rate_choker_initial_threshold`, and by how much each slot raises it. */
const FIRST_RATE_BPS = 1024
const RATE_STEP_BPS = 2048
/** `seeding_piece_quota`, and how long a turn takes at least. */
const QUOTA_PIECES = 20
const QUOTA_MS = 60_000

/** `fixed_slots_choker` with `round_robin` for seeds. */
export const FIXED_SLOTS_CHOKER: ChokingPolicy = published(() => FIXED_SLOTS)

/** `rate_based_choker` with `round_robin` for seeds. */
export const RATE_BASED_CHOKER: ChokingPolicy = published(({ candidates, elapsedMs }) => {
  const rates = candidates.map((c) => (c.sentBytes * 1000) / elapsedMs).sort((a, b) => b - a)
  const tooSlow = rates.findIndex((bps, i) => bps < FIRST_RATE_BPS + i * RATE_STEP_BPS)
  return (tooSlow === -1 ? rates.length : tooSlow) + 1
})

function published(slotsOf: (round: ChokeRound) => number): ChokingPolicy {
  return {
    roundMs: ROUND_MS,
    optimisticMs: OPTIMISTIC_MS,
    choose(round) {
      const slots = round.fixedSlots ?? slotsOf(round)
      const optimisticSlots = slots === 0 ? 0 : Math.max(1, Math.floor(slots / 5))
      const earned = round.candidates.toSorted((a, b) => compare(a, b, round)).slice(0, slots - optimisticSlots)
      const isTrying = (c: ChokeCandidate): boolean => c.isOptimistic && round.nowMs - c.optimisticAtMs < OPTIMISTIC_MS
      const optimistic = round.candidates
        .filter((c) => !earned.includes(c))
        .sort((a, b) => Number(isTrying(b)) - Number(isTrying(a)) || before(a.optimisticAtMs, b.optimisticAtMs))
        .slice(0, optimisticSlots)
      return { slots, earned, optimistic }
    },
  }
}

function compare(a: ChokeCandidate, b: ChokeCandidate, round: ChokeRound): number {
  const isDone = (c: ChokeCandidate): boolean =>
    c.isUnchoked &&
    c.sentSinceUnchokedBytes > QUOTA_PIECES * round.pieceLength &&
    round.nowMs - c.unchokedAtMs > QUOTA_MS
  const sent = (c: ChokeCandidate): number => (c.isUnchoked ? c.sentBytes : 0)
  return (
    b.receivedBytes - a.receivedBytes ||
    Number(isDone(a)) - Number(isDone(b)) ||
    sent(b) - sent(a) ||
    before(a.unchokedAtMs, b.unchokedAtMs)
  )
}

function before(a: number, b: number): number {
  return a === b ? 0 : a - b
}
