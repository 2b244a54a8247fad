import { BLOCK_LENGTH, seededRandom } from '@ccbt/primitives'
import type { PeerSlot } from '@ccbt/primitives'
import { silentWire, VirtualClock } from '@ccbt/testkit'
import type { ByteStream } from '@ccbt/transport'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PeerLimits } from '../src/limit/peer-limits.ts'
import { RateLimit } from '../src/limit/rate-limit.ts'
import { Connection } from '../src/peer/connection.ts'
import { Choker } from '../src/upload/choker.ts'
import { DEFAULT_CHOKING } from '../src/upload/choking-policy.ts'
import { ConnectionTable } from '../src/swarm/connection-table.ts'

/** While little is uploaded. */
const SLOTS = 8

/** A stream that goes nowhere. */
function deadStream(): ByteStream {
  const endpoint = { host: '127.0.0.1', port: 1 }
  const nothing = (): void => {}
  return {
    transport: 'tcp',
    isEncrypted: false,
    remote: endpoint,
    local: endpoint,
    attach: nothing,
    write: () => true,
    cork: nothing,
    uncork: nothing,
    writtenBytes: 0,
    queuedBytes: 0,
    pause: nothing,
    resume: nothing,
    close: nothing,
  }
}

class World {
  readonly clock = new VirtualClock()
  readonly connections = new ConnectionTable()
  readonly choked: Connection[] = []
  isSeeding = false
  uploadLimitBps = 0
  readonly choker: Choker

  constructor(fixedSlots?: number) {
    this.choker = new Choker({
      connections: this.connections,
      uploader: { choke: (connection) => void this.choked.push(connection) },
      clock: this.clock,
      random: seededRandom(7),
      isSeeding: () => this.isSeeding,
      policy: DEFAULT_CHOKING,
      pieceLength: 1_048_576,
      uploadLimitBps: () => this.uploadLimitBps,
      fixedSlots,
    })
  }

  connect(): Connection {
    const nothing = (): undefined => undefined
    const connection = new Connection({
      stream: deadStream(),
      slot: this.connections.freeSlot(),
      direction: 'in',
      extensions: [],
      owner: {
        handshaken: nothing,
        afterRead: nothing,
        drained: nothing,
        closed: (c) => {
          this.connections.remove(c)
          this.choker.released(c)
        },
        messages: () => silentWire(),
      },
      clock: this.clock,
      limits: new PeerLimits(
        { download: new RateLimit(this.clock), upload: new RateLimit(this.clock), counts: 'payload' },
        { onDownloadTurn: nothing, onUploadTurn: nothing },
      ),
      store: { retain: nothing, release: nothing },
      pieces: 1,
    })
    connection.isHandshaken = true
    this.connections.add(connection)
    return connection
  }

  want(connection: Connection, wants: boolean): void {
    if (connection.peerInterested === wants || connection.isClosed) return
    connection.peerInterested = wants
    if (wants) this.choker.interested(connection)
    else this.choker.released(connection)
  }

  async rounds(count: number): Promise<void> {
    for (let second = 0; second < count * 10; second++) {
      await this.clock.advance(1000)
      this.choker.tick(this.clock.now())
    }
  }

  get unchoked(): Connection[] {
    return [...this.connections].filter((c) => !c.amChoking)
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('connect' as const), n: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('want' as const), n: fc.nat(60), wants: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), n: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('round' as const), n: fc.nat(2) }) },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function apply(world: World, all: Connection[], now: Step): Promise<void> {
  const connection = all[now.n]
  if (now.kind === 'connect') for (let i = 0; i <= now.n * 4; i++) all.push(world.connect())
  else if (now.kind === 'round') await world.rounds(now.n)
  else if (connection !== undefined && now.kind === 'want') world.want(connection, now.wants)
  else connection?.close()
}

describe('the choker', () => {
  it('fills its slots with those who want, and never has more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new World()
        const all: Connection[] = []
        for (const now of steps) {
          await apply(world, all, now)
          const wanting = [...world.connections].filter((c) => c.peerInterested)
          expect(world.unchoked.length).toBe(Math.min(SLOTS, wanting.length))
          for (const connection of world.unchoked) expect(connection.peerInterested).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('keeps those who give most, and lets each of the others try', async () => {
    const world = new World()
    const all = Array.from({ length: 40 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    const tried = new Set<PeerSlot>()
    for (let round = 0; round < 300; round++) {
      for (const [i, connection] of all.entries()) connection.downloadMeter.add(i * 100)
      await world.rounds(1)
      for (const connection of world.unchoked) tried.add(connection.slot)
    }
    const best = all.slice(-(SLOTS - 1))
    for (const connection of best) expect(connection.amChoking).toBe(false)
    expect(world.unchoked).toHaveLength(SLOTS)
    expect(tried.size).toBe(40)
  })

  it('leaves a free slot to whoever got it for 30 s, whenever that was', async () => {
    const world = new World()
    const all = Array.from({ length: 30 }, () => world.connect())
    const [late, ...others] = all as [Connection, ...Connection[]]
    for (const connection of others.slice(0, SLOTS - 1)) world.want(connection, true)
    await world.clock.advance(9000)
    world.want(late, true)
    for (const connection of others) world.want(connection, true)
    expect(late.amChoking).toBe(false)
    await world.rounds(2)
    expect(late.amChoking).toBe(false)
    await world.rounds(5)
    expect(late.amChoking).toBe(true)
  })

  it('counts what peers give by how much of it is of use', async () => {
    const world = new World()
    const all = Array.from({ length: 20 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    const [useless, useful] = all as [Connection, Connection]
    let kept = 0
    for (let round = 0; round < 60; round++) {
      for (const connection of all) connection.downloadMeter.add(20 * BLOCK_LENGTH)
      useless.downloadMeter.add(10 * BLOCK_LENGTH)
      useless.unrequested += 30
      useful.downloadMeter.add(5 * BLOCK_LENGTH)
      await world.rounds(1)
      if (round < 20) continue
      if (!useless.amChoking) kept++
      expect(useful.amChoking).toBe(false)
    }
    // Now and then it tries, as everybody may.
    expect(kept).toBeLessThan(10)
  })

  it('keeps nobody who has stopped sending', async () => {
    const world = new World()
    const all = Array.from({ length: 20 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    const [fast] = all as [Connection]
    let unchokedRounds = 0
    for (let round = 0; round < 60; round++) {
      for (const connection of all) connection.downloadMeter.add(1000)
      fast.downloadMeter.add(1_000_000)
      // What it sent is in its figures for a while, but requests are open and nothing comes.
      if (round >= 30) fast.window.snub()
      await world.rounds(1)
      if (round >= 40 && !fast.amChoking) unchokedRounds++
      if (round > 2 && round < 30) expect(fast.amChoking).toBe(false)
    }
    expect(unchokedRounds).toBeLessThan(10)
  })

  it('while seeding gives everybody turns of the same length', async () => {
    const world = new World()
    world.isSeeding = true
    const all = Array.from({ length: 40 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    const rounds = new Map<Connection, number>()
    let changes = 0
    for (let round = 0; round < 900; round++) {
      const before = new Set(world.unchoked)
      for (const [i, connection] of all.entries()) if (!connection.amChoking) connection.uploadMeter.add(i * 100)
      await world.rounds(1)
      expect(world.unchoked).toHaveLength(SLOTS)
      for (const connection of world.unchoked) rounds.set(connection, (rounds.get(connection) ?? 0) + 1)
      changes += world.unchoked.filter((connection) => !before.has(connection)).length
    }
    const turns = all.map((connection) => rounds.get(connection) ?? 0)
    // 900 rounds of 8 slots for 40 peers.
    expect(Math.min(...turns)).toBeGreaterThan(140)
    expect(Math.max(...turns)).toBeLessThan(220)
    // A turn takes three minutes where little is sent.
    expect(changes).toBeLessThanOrEqual((900 * SLOTS) / 18 + SLOTS)
  })

  it.each([
    [0, 0, 8],
    [1_000_000, 0, 24],
    [10_000_000, 0, 77],
    [1_000_000_000, 0, 100],
    [1_000_000, 10_000, 4],
    [0, 10_000_000, 77],
  ])('at %i bytes per second, limited to %i, has %i slots', async (bps, limitBps, slots) => {
    const world = new World()
    world.uploadLimitBps = limitBps
    const all = Array.from({ length: 120 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    for (let round = 0; round < 12; round++) {
      all.find((connection) => !connection.amChoking)?.uploadMeter.add(bps * 10)
      await world.rounds(1)
    }
    expect(world.unchoked).toHaveLength(slots)
  })

  it.each([0, 3])('has %i slots when it is told to', async (fixedSlots) => {
    const world = new World(fixedSlots)
    const all = Array.from({ length: 10 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    await world.rounds(5)
    all.at(-1)!.close()
    expect(world.unchoked).toHaveLength(fixedSlots)
  })

  it('changes the peer that tries every third round only', async () => {
    const world = new World()
    const all = Array.from({ length: 60 }, () => world.connect())
    for (const connection of all) world.want(connection, true)
    const weak = (): Connection | undefined => world.unchoked.find((c) => all.indexOf(c) < 60 - (SLOTS - 1))
    let changes = 0
    for (let round = 0; round < 63; round++) {
      const before = weak()
      for (const [i, connection] of all.entries()) connection.downloadMeter.add(i * 100_000)
      await world.rounds(1)
      if (round > 2 && weak() !== before) changes++
    }
    expect(changes).toBeGreaterThan(10)
    expect(changes).toBeLessThanOrEqual(20)
  })
})
