// A seed and leechers on lines of different speed, and what is to be said of how they did.

import type { AddOptions } from '@ccbt/core'
import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import type { LineOptions } from './memory-network.ts'
import type { Member, MemberOptions, Simulation } from './simulation.ts'

/** What a swarm is made of. */
export interface SwarmOptions {
  readonly leechers: number
  readonly seedLine?: LineOptions
  /** Settings of the torrent at the seed. */
  readonly seedTorrent?: Partial<AddOptions>
  /** Peers besides the members, known to all leechers. */
  readonly strangers?: readonly string[]
  readonly leecher?: MemberOptions
}

/** A swarm under way. */
export interface Swarm {
  readonly seed: Member
  readonly leechers: readonly Member[]
  /** No swarm could be faster: the seed has to send everything once, the slowest has to take it, all have to upload all. */
  readonly lowerBoundS: number
}

/** How a swarm did; shares are of the payload. */
export interface Outcome {
  readonly seconds: number
  readonly lowerBoundS: number
  /** Mean over the leechers of what was received twice. */
  readonly duplicateShare: number
  readonly hashFailedShare: number
  /** How often the seed has sent the payload. */
  readonly seedCopies: number
  /** Leechers that have everything. */
  readonly complete: number
}

const SEED_LINE: LineOptions = { uploadBps: 1_000_000, downloadBps: 4_000_000, latencyMs: 15 }

/** Starts the seed, then the leechers one after the other; each knows those before it. */
export async function startSwarm(sim: Simulation, options: SwarmOptions): Promise<Swarm> {
  const seedLine = options.seedLine ?? SEED_LINE
  const seed = sim.member('seed', { isSeed: true, line: seedLine, torrent: options.seedTorrent ?? {} })
  await sim.start(seed)
  const known = [...(options.strangers ?? []), seed.address]
  const lines: LineOptions[] = []
  const leechers: Member[] = []
  for (let n = 0; n < options.leechers; n++) {
    const line = options.leecher?.line ?? householdLine(sim.random)
    const member = sim.member(`leecher-${n}`, { ...options.leecher, line })
    await sim.start(member, known)
    known.push(member.address)
    lines.push(line)
    leechers.push(member)
  }
  return { seed, leechers, lowerBoundS: lowerBound(sim.payload.bytes.length, seedLine, lines) }
}

/** Lets the swarm run until everybody has everything. */
export async function runSwarm(sim: Simulation, swarm: Swarm, limitS: number): Promise<Outcome> {
  const seconds = await sim.run(limitS, () => swarm.leechers.every(isDone))
  return outcome(sim, swarm, seconds)
}

export function isDone(member: Member): boolean {
  return member.completedAtMs !== undefined
}

/** What can be said now. */
export function outcome(sim: Simulation, { leechers, seed, lowerBoundS }: Swarm, seconds: number): Outcome {
  const { length } = sim.payload.bytes
  const mean = (of: (member: Member) => number): number =>
    leechers.reduce((sum, member) => sum + of(member), 0) / leechers.length / length
  return {
    seconds,
    lowerBoundS,
    duplicateShare: mean((member) => member.snapshot().wasted.duplicate),
    hashFailedShare: mean((member) => member.snapshot().wasted.hashFailed),
    seedCopies: seed.host.sentBytes / length,
    complete: leechers.filter(isDone).length,
  }
}

/** Why connections ended and peers were banned, with counts. */
export function reasons(members: readonly Member[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { events } of members) {
    for (const event of events) {
      if (event.type !== 'peer-disconnected' && event.type !== 'peer-banned' && event.type !== 'failed') continue
      const reason = event.type === 'failed' ? event.error.code : (event.reason ?? 'ended').replace(/\d+/g, 'N')
      const key = `${event.type}: ${reason}`
      counts[key] = (counts[key] ?? 0) + 1
    }
  }
  return counts
}

/** What people have at home: 100 to 1000 kB/s out, four times that in, 5 to 60 ms away. */
function householdLine(random: Random): LineOptions {
  const uploadBps = 100_000 * (1 + randomBelow(random, 10))
  return { uploadBps, downloadBps: 4 * uploadBps, latencyMs: 5 + randomBelow(random, 55) }
}

function lowerBound(length: number, seed: LineOptions, lines: readonly LineOptions[]): number {
  const out = (line: LineOptions): number => line.uploadBps ?? Infinity
  const slowestIn = Math.min(...lines.map((line) => line.downloadBps ?? Infinity))
  const all = lines.reduce((sum, line) => sum + out(line), out(seed))
  return Math.max(length / out(seed), length / slowestIn, (lines.length * length) / all)
}
