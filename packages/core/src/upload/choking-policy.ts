// Who of those that want to download from us may: decided every few seconds from what each peer gave and got, by rules
// without state and without sockets. The choker keeps the figures and does what is decided.

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

/** A peer that wants to download, with its figures. Moments are milliseconds; never = `-Infinity`. */
export interface ChokeCandidate {
  readonly isUnchoked: boolean
  /** It got its slot without having earned it. */
  readonly isOptimistic: boolean
  /** It has not sent for a long time what we asked for. */
  readonly isSnubbed: boolean
  /** Share of what came of it that was of use, 0 to 1. */
  readonly reliability: number
  /** Payload since the last round. */
  readonly receivedBytes: number
  readonly sentBytes: number
  /** The same, with half of each round before: steadier. */
  readonly recentlyReceivedBytes: number
  readonly sentSinceUnchokedBytes: number
  readonly unchokedAtMs: number
  readonly optimisticAtMs: number
}

/** What a decision is made of. */
export interface ChokeRound<C extends ChokeCandidate = ChokeCandidate> {
  readonly nowMs: number
  /** Since the last round. */
  readonly elapsedMs: number
  /** In no particular order. */
  readonly candidates: readonly C[]
  /** We have everything: nobody can give us anything. */
  readonly isSeeding: boolean
  readonly pieceLength: number
  /** 0 = none. */
  readonly uploadLimitBps: number
  /** Slots in the last round, and how many somebody wants there to be. */
  readonly slots: number
  readonly fixedSlots: number | undefined
  readonly random: Random
}

/** A decision. */
export interface ChokeChoice<C extends ChokeCandidate = ChokeCandidate> {
  /** How many peers may have a slot until the next round; those that come get free ones at once. */
  readonly slots: number
  readonly earned: readonly C[]
  readonly optimistic: readonly C[]
}

/** Rules by which peers get upload slots. */
export interface ChokingPolicy {
  readonly roundMs: number
  /** So long a peer keeps a slot that it has not earned. */
  readonly optimisticMs: number
  choose<C extends ChokeCandidate>(round: ChokeRound<C>): ChokeChoice<C>
}

const ROUND_MS = 10_000
/** In this time a peer can show that it gives something for what it gets. */
const OPTIMISTIC_MS = 30_000
/** One slot in so many is not earned. */
const SLOTS_PER_OPTIMISTIC = 5
/** Of so many slots that are not earned, one goes to a peer that has had one before, even while there are new ones. */
const FRESH_OF = 4

/** Slots while nothing is known, and at most. */
const MIN_SLOTS = 8
const MAX_SLOTS = 100
/** Slots under a low limit: fewer are too few to find anybody better. */
const MIN_LIMITED_SLOTS = 4

/** When seeding, a slot is kept so long at least, until the quota is sent, and so long at most. */
const TURN_MIN_MS = 60_000
const TURN_MAX_MS = 180_000
const TURN_PIECES = 20

/**
 * The rules of this client. While downloading, slots go to those who lately gave most that was of use, but one in five, and those that
 * nobody has earned, go to others in turns of 30 s: three times of four to a peer that never had one, else to the one
 * that has waited longest. While seeding everybody has turns of one to three minutes, and those who have waited longest are
 * next.
 */
export const DEFAULT_CHOKING: ChokingPolicy = {
  roundMs: ROUND_MS,
  optimisticMs: OPTIMISTIC_MS,
  choose(round) {
    const slots = round.fixedSlots ?? automaticSlots(round)
    if (round.isSeeding) return { slots, earned: seedingOrder(round).slice(0, slots), optimistic: [] }
    const wanted = slots === 0 ? 0 : Math.max(1, Math.floor(slots / SLOTS_PER_OPTIMISTIC))
    const earned = round.candidates
      .filter((c) => c.recentlyReceivedBytes > 0 && !c.isSnubbed)
      .map((c) => ({ c, usefulBytes: c.recentlyReceivedBytes * c.reliability }))
      .sort((a, b) => b.usefulBytes - a.usefulBytes)
      .slice(0, slots - wanted)
      .map(({ c }) => c)
    return { slots, earned, optimistic: optimisticOnes(round, new Set(earned), slots - earned.length) }
  },
}

/** Those who may go on with their turn, then the others by how long they have had nothing. */
function seedingOrder<C extends ChokeCandidate>({ candidates, nowMs, pieceLength }: ChokeRound<C>): C[] {
  const isAtTurn = (c: C): boolean => {
    if (!c.isUnchoked) return false
    const ms = nowMs - c.unchokedAtMs
    return ms < TURN_MIN_MS || (ms < TURN_MAX_MS && c.sentSinceUnchokedBytes < TURN_PIECES * pieceLength)
  }
  return candidates
    .map((c) => ({ c, isAtTurn: isAtTurn(c) }))
    .sort((a, b) => {
      if (a.isAtTurn !== b.isAtTurn) return a.isAtTurn ? -1 : 1
      if (a.isAtTurn) return b.c.sentBytes - a.c.sentBytes
      return ascending(a.c.unchokedAtMs, b.c.unchokedAtMs)
    })
    .map(({ c }) => c)
}

/** Those whose time is not over yet, then new ones, and some that have waited long. */
function optimisticOnes<C extends ChokeCandidate>(
  { candidates, nowMs, random }: ChokeRound<C>,
  earned: ReadonlySet<C>,
  count: number,
): C[] {
  const others = candidates.filter((c) => !earned.has(c))
  const isTrying = (c: C): boolean => c.isOptimistic && nowMs - c.optimisticAtMs < OPTIMISTIC_MS
  const chosen = others.filter(isTrying).slice(0, Math.max(0, count))
  const rest = others.filter((c) => !isTrying(c))
  const fresh = rest.filter((c) => c.optimisticAtMs === Number.NEGATIVE_INFINITY)
  const waiting = rest
    .filter((c) => c.optimisticAtMs > Number.NEGATIVE_INFINITY)
    .sort((a, b) => ascending(a.optimisticAtMs, b.optimisticAtMs))
  while (chosen.length < count && fresh.length + waiting.length > 0) {
    const takesFresh = waiting.length === 0 || (fresh.length > 0 && randomBelow(random, FRESH_OF) > 0)
    const next = takesFresh ? fresh.splice(randomBelow(random, fresh.length), 1)[0] : waiting.shift()
    if (next !== undefined) chosen.push(next)
  }
  return chosen
}

/**
 * The old rule of the field, the root of 0.6 x KB/s: each peer gets enough, and there is enough for all the line. More
 * come at once, fewer one at a time.
 */
function automaticSlots({ candidates, elapsedMs, uploadLimitBps, slots }: ChokeRound): number {
  const sent = candidates.reduce((sum, c) => sum + c.sentBytes, 0)
  const bps = uploadLimitBps > 0 ? uploadLimitBps : (sent * 1000) / Math.max(1, elapsedMs)
  const min = uploadLimitBps > 0 ? MIN_LIMITED_SLOTS : MIN_SLOTS
  const wanted = Math.min(Math.max(Math.round(Math.sqrt((0.6 * bps) / 1000)), min), MAX_SLOTS)
  return Math.max(wanted, Math.min(slots - 1, MAX_SLOTS))
}

function ascending(a: number, b: number): number {
  return a === b ? 0 : a - b
}
