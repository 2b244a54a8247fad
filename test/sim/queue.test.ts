// The queue, limits and seeding goals of whole sessions in virtual time.

import type { Command, SessionEvent, TorrentHandle, TorrentPhase } from '@ccbt/core'
import { describe, expect, it } from 'vitest'

import { randomPayload } from './kit/payload.ts'
import type { Payload } from './kit/payload.ts'
import { Simulation } from './kit/simulation.ts'
import type { Member, MemberOptions } from './kit/simulation.ts'
import { isDone } from './kit/swarm.ts'

const KIB = 1024
const MIB = 1_048_576
const LINE = { uploadBps: 4_000_000, downloadBps: 4_000_000 }

const payloadOf = (seed: number, length: number = MIB): Payload =>
  randomPayload({ length, pieceLength: 64 * KIB, seed })

/** A seed, and a member that knows it, with the first payload; neither is started. */
function pair(
  sim: Simulation,
  leecher: MemberOptions = {},
  seed: MemberOptions = {},
): { seed: Member; leecher: Member } {
  return {
    seed: sim.member('seed', { isSeed: true, line: LINE, ...seed }),
    leecher: sim.member('leecher', { line: LINE, ...leecher }),
  }
}

async function addAll(member: Member, payloads: readonly Payload[], peers: string[] = []): Promise<TorrentHandle[]> {
  const handles: TorrentHandle[] = []
  for (const { metainfo } of payloads) {
    handles.push(await member.session!.add(metainfo, { directory: `/${metainfo.infoHash[0]}`, trackers: false, peers }))
  }
  return handles
}

describe('the queue of a session', () => {
  const others = [2, 3, 4].map((seed) => payloadOf(seed))

  it('runs one download at a time, in the order of positions, and goes on with the next', async () => {
    await using sim = new Simulation(1, payloadOf(1))
    const { seed, leecher } = pair(sim, { session: { queue: { maxActiveDownloads: 1 } } })
    await sim.start(seed)
    await sim.start(leecher)
    const handles = [leecher.torrent!, ...(await addAll(leecher, others))]
    await sim.run(5, () => false)
    const phases = (): TorrentPhase[] => handles.map((handle) => handle.snapshot().phase)
    expect(phases()).toEqual(['downloading', 'queued', 'queued', 'queued'])
    const command = (given: Command): Promise<unknown> => sim.clock.until(leecher.session!.command(given))
    await command({ type: 'queue', infoHash: handles[3]!.infoHash, move: 'top' })
    await sim.run(5, () => false)
    expect(phases()).toEqual(['queued', 'queued', 'queued', 'downloading'])
    expect(handles.map((handle) => handle.snapshot().queue?.position)).toEqual([1, 2, 3, 0])
    await command({ type: 'force-start', infoHash: handles[2]!.infoHash, isForced: true })
    await sim.run(5, () => false)
    expect(phases()).toEqual(['queued', 'queued', 'downloading', 'downloading'])
    await command({ type: 'pause', infoHash: handles[3]!.infoHash })
    await sim.run(5, () => false)
    expect(phases()).toEqual(['downloading', 'queued', 'downloading', 'paused'])
    await command({ type: 'resume', infoHash: handles[3]!.infoHash })
    await sim.run(5, () => false)
    expect(phases()).toEqual(['queued', 'queued', 'downloading', 'downloading'])
    await command({ type: 'remove', infoHash: handles[3]!.infoHash })
    await sim.run(5, () => false)
    expect(phases().slice(0, 3)).toEqual(['downloading', 'queued', 'downloading'])
  })

  it('lets the next one run beside one that gets nowhere', async () => {
    await using sim = new Simulation(2, payloadOf(1))
    const { leecher } = pair(sim, { session: { queue: { maxActiveDownloads: 1 } } })
    await sim.start(leecher)
    const [second, third] = await addAll(leecher, others.slice(0, 2))
    await sim.run(50, () => false)
    expect(second!.snapshot().phase).toBe('queued')
    await sim.run(30, () => false)
    expect(leecher.snapshot().phase).toBe('downloading')
    expect(second!.snapshot().phase).toBe('downloading')
    expect(third!.snapshot().phase).toBe('queued')
  })

  it('completes one after the other', async () => {
    await using sim = new Simulation(3, payloadOf(1))
    const { seed, leecher } = pair(sim, { session: { queue: { maxActiveDownloads: 1, maxActiveSeeds: 1 } } })
    await sim.start(seed)
    await sim.start(leecher, [seed.address])
    const [second] = await addAll(leecher, others.slice(0, 1))
    await sim.run(60, () => isDone(leecher))
    await sim.run(5, () => false)
    expect(leecher.snapshot().phase).toBe('seeding')
    expect(second!.snapshot().phase).toBe('downloading')
  })
})

describe('a seeding goal', () => {
  const reached = (events: readonly SessionEvent[]): SessionEvent[] =>
    events.filter(({ type }) => type === 'goal-reached')

  it('of ratio ends a torrent, or removes it', async () => {
    for (const seedGoalAction of ['stop', 'remove'] as const) {
      await using sim = new Simulation(4, payloadOf(1))
      const { seed, leecher } = pair(sim, {}, { torrent: { seedRatio: 1, seedGoalAction } })
      await sim.start(seed)
      await sim.start(leecher, [seed.address])
      await sim.run(60, () => reached(seed.events).length > 0)
      await sim.run(5, () => false)
      expect(reached(seed.events)).toMatchObject([{ kind: 'ratio', action: seedGoalAction }])
      expect(isDone(leecher)).toBe(true)
      const phases = seed.session!.snapshot().torrents.map(({ phase }) => phase)
      expect(phases).toEqual(seedGoalAction === 'stop' ? ['finished'] : [])
    }
  })

  it('of idle time counts from the last byte', async () => {
    await using sim = new Simulation(5, payloadOf(1))
    const { seed, leecher } = pair(sim, {}, { torrent: { seedIdleMs: 20_000 } })
    await sim.start(seed)
    await sim.run(15, () => false)
    await sim.start(leecher, [seed.address])
    await sim.run(15, () => false)
    expect(reached(seed.events)).toEqual([])
    await sim.run(15, () => false)
    expect(reached(seed.events)).toMatchObject([{ kind: 'idle', action: 'stop' }])
  })

  it('lets a torrent go on throttled', async () => {
    await using sim = new Simulation(6, payloadOf(1))
    const { seed, leecher } = pair(sim, {}, { torrent: { seedRatio: 0.25, seedGoalAction: 'throttle' } })
    await sim.start(seed)
    await sim.start(leecher, [seed.address])
    await sim.run(5, () => reached(seed.events).length > 0)
    expect(seed.snapshot().uploadLimitBps).toBe(10_240)
    const before = seed.snapshot().uploaded
    await sim.run(20, () => false)
    const bps = (seed.snapshot().uploaded - before) / 20
    expect(bps).toBeLessThan(11_500)
    expect(seed.snapshot().phase).toBe('seeding')
  })

  it('lets a torrent go on super-seeding', async () => {
    await using sim = new Simulation(7, payloadOf(1))
    const { seed, leecher } = pair(sim, {}, { torrent: { seedTimeMs: 3000, seedGoalAction: 'superseed' } })
    await sim.start(seed)
    await sim.run(10, () => false)
    expect(reached(seed.events)).toMatchObject([{ kind: 'time', action: 'superseed' }])
    await sim.start(leecher, [seed.address])
    await sim.run(60, () => isDone(leecher))
    expect(leecher.isRight).toBe(true)
    expect(reached(seed.events)).toHaveLength(1)
  })
})

describe('limits of a session', () => {
  it.each([
    { name: 'of a torrent', torrent: { downloadLimitBps: 200_000 }, session: {} },
    { name: 'of a label', torrent: { label: 'x' }, session: { labelLimits: { x: { downloadBps: 200_000 } } } },
    { name: 'of all', torrent: {}, session: { downloadLimitBps: 200_000 } },
  ])('$name are kept to 3 % in ten seconds', async ({ torrent, session }) => {
    await using sim = new Simulation(8, payloadOf(1, 8 * MIB))
    const { seed, leecher } = pair(sim, { torrent, session })
    await sim.start(seed)
    await sim.start(leecher, [seed.address])
    await sim.run(5, () => false)
    const before = leecher.snapshot().downloaded
    await sim.run(10, () => false)
    const bytes = leecher.snapshot().downloaded - before
    expect(bytes).toBeGreaterThan(2_000_000 * 0.97 - 16 * KIB)
    expect(bytes).toBeLessThan(2_000_000 * 1.03 + 16 * KIB)
  })
})
