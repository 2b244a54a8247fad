// A swarm of which some take and never give, and how each of its members fared with one way of choking.

import type { ChokingPolicy } from '@ccbt/core'
import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import { randomPayload } from './payload.ts'
import type { LineOptions } from './memory-network.ts'
import { Simulation } from './simulation.ts'
import type { Member } from './simulation.ts'

/** What the swarm is. */
export interface FreeRiderOptions {
  readonly seed: number
  readonly peers: number
  /** Of them never give anything. */
  readonly freeRiders: number
  readonly length: number
  readonly pieceLength: number
  /** Absent = as the client does it. */
  readonly choking?: ChokingPolicy
  readonly limitS: number
}

/** How one fared. */
export interface Fate {
  readonly name: string
  readonly isFreeRider: boolean
  readonly uploadBps: number
  /** From its start; absent = not at all. */
  readonly completedS: number | undefined
  /** The longest time without a new piece while it was not complete. */
  readonly longestWaitS: number
}

/** The swarm that docs/choking.md tells of. */
export const FREE_RIDER_SWARM: Omit<FreeRiderOptions, 'seed' | 'choking'> = {
  peers: 50,
  freeRiders: 15,
  length: 8_388_608,
  pieceLength: 65_536,
  limitS: 1200,
}

const SEED_LINE = { uploadBps: 1_000_000, downloadBps: 4_000_000, latencyMs: 15 }

/** Lets such a swarm run until all are complete. Whoever is complete stays. */
export async function runFreeRiders(options: FreeRiderOptions): Promise<Fate[]> {
  const { seed, peers, freeRiders, length, pieceLength, choking, limitS } = options
  await using sim = new Simulation(seed, randomPayload({ length, pieceLength, seed }))
  const parts = choking === undefined ? {} : { choking }
  const source = sim.member('seed', { isSeed: true, line: SEED_LINE, parts })
  await sim.start(source)
  const known = [source.address]
  const watched: { member: Member; watch: Watch; isFreeRider: boolean; uploadBps: number }[] = []
  const riding = ridersAmong(peers, freeRiders, sim)
  for (let n = 0; n < peers; n++) {
    const isFreeRider = riding.has(n)
    const line = lineOf(sim.random)
    const torrent = isFreeRider ? { uploadSlots: 0 } : {}
    const member = sim.member(`peer-${n}`, { line, parts, torrent })
    await sim.start(member, known)
    known.push(member.address)
    watched.push({ member, watch: new Watch(member, sim.clock.now()), isFreeRider, uploadBps: line.uploadBps! })
  }
  const isDone = (): boolean => watched.every(({ member }) => member.completedAtMs !== undefined)
  await sim.run(limitS, isDone, () => {
    for (const { watch } of watched) watch.look(sim.clock.now())
  })
  return watched.map(({ member, watch, isFreeRider, uploadBps }) => ({
    name: member.name,
    isFreeRider,
    uploadBps,
    completedS: member.completedAtMs === undefined ? undefined : (member.completedAtMs - watch.startedAtMs) / 1000,
    longestWaitS: watch.longestWaitMs / 1000,
  }))
}

/** Notes how long a member gets nothing. */
class Watch {
  readonly startedAtMs: number
  longestWaitMs = 0
  readonly #member: Member
  #pieces = 0
  #sinceMs: number

  constructor(member: Member, nowMs: number) {
    this.#member = member
    this.startedAtMs = nowMs
    this.#sinceMs = nowMs
  }

  look(nowMs: number): void {
    const { size } = this.#member.pieces
    if (size > this.#pieces || this.#member.completedAtMs !== undefined) this.#sinceMs = nowMs
    this.#pieces = size
    this.longestWaitMs = Math.max(this.longestWaitMs, nowMs - this.#sinceMs)
  }
}

/** DSL of different speed: 40 to 400 kB/s out, eight times that in, 5 to 60 ms away. */
function lineOf(random: Random): LineOptions {
  const uploadBps = 40_000 * (1 + randomBelow(random, 10))
  return { uploadBps, downloadBps: 8 * uploadBps, latencyMs: 5 + randomBelow(random, 55) }
}

function ridersAmong(peers: number, count: number, sim: Simulation): Set<number> {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(randomBelow(sim.random, peers))
  return chosen
}
