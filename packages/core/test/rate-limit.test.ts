import { VirtualClock } from '@ccbt/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { LimitTaker, RateLimit } from '../src/limit/rate-limit.ts'

const BLOCK = 16_384
const READ = 262_144

/** Sends blocks whenever it may, as an upload does. */
class Sender {
  bytes = 0
  readonly taker: LimitTaker

  constructor(limit: RateLimit) {
    this.taker = new LimitTaker(limit, () => this.send())
  }

  send(): void {
    while (this.taker.mayTake) {
      this.taker.take(BLOCK)
      this.bytes += BLOCK
    }
    this.taker.wait()
  }
}

/** Reads as much as there is, up to `readBytes` at a time, a moment after it may, as a download does. */
class Reader {
  bytes = 0
  readonly taker: LimitTaker
  readonly #clock: VirtualClock
  readonly #readBytes: number

  constructor(limit: RateLimit, clock: VirtualClock, readBytes: number) {
    this.taker = new LimitTaker(limit, () => this.send())
    this.#clock = clock
    this.#readBytes = readBytes
  }

  send(): void {
    this.#clock.after(0.1, () => {
      this.taker.take(this.#readBytes)
      this.bytes += this.#readBytes
      if (this.taker.mayTake) this.send()
      else this.taker.wait()
    })
  }
}

type Peer = Sender | Reader

function sumOf(peers: readonly Peer[]): number {
  return peers.reduce((sum, peer) => sum + peer.bytes, 0)
}

/** Bytes in ten seconds, after a time in which everything settles: at first all read at once, which is a debt. */
async function tenSeconds(clock: VirtualClock, peers: readonly Peer[], settleMs = 5000): Promise<number[]> {
  for (const peer of peers) peer.send()
  await clock.advance(settleMs)
  const before = peers.map((peer) => peer.bytes)
  await clock.advance(10_000)
  return peers.map((peer, i) => peer.bytes - before[i]!)
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

describe('a limit', () => {
  const rates = [10_240, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000]
  const cases = rates.flatMap((bps) => [1, 7, 200].map((peers) => ({ bps, peers })))

  it.each(cases)('of $bps B/s is kept by $peers who send, to 3 % in 10 s', async ({ bps, peers }) => {
    const clock = new VirtualClock()
    const limit = new RateLimit(clock, bps)
    const all = Array.from({ length: peers }, () => new Sender(limit))
    const given = sum(await tenSeconds(clock, all))
    // Blocks are not split: at 10 KiB/s one is 16 % of ten seconds.
    expect(Math.abs(given - bps * 10)).toBeLessThanOrEqual(bps * 0.3 + BLOCK)
  })

  it.each(cases)('of $bps B/s is kept by $peers who read, to 3 % in 10 s', async ({ bps, peers }) => {
    const clock = new VirtualClock()
    const limit = new RateLimit(clock, bps)
    // A read gives no more than what is on order: two seconds' worth at low rates.
    const readBytes = Math.min(READ, Math.max(BLOCK, bps / 50))
    const all = Array.from({ length: peers }, () => new Reader(limit, clock, readBytes))
    const given = sum(await tenSeconds(clock, all, 1000 + (1200 * peers * readBytes) / bps))
    expect(Math.abs(given - bps * 10)).toBeLessThanOrEqual(bps * 0.3 + BLOCK)
  })

  it('is kept from the first moment on, and after a pause', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 50_000, max: 50_000_000 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 100, max: 5000 }),
        async (bps, peers, ms) => {
          const clock = new VirtualClock()
          const limit = new RateLimit(clock, bps)
          await clock.advance(ms)
          const all = Array.from({ length: peers }, () => new Sender(limit))
          const start = clock.now()
          for (const peer of all) peer.send()
          await clock.advance(ms)
          // 100 ms may be saved up, and one block is a debt.
          const allowed = (bps * (clock.now() - start + 100)) / 1000
          expect(sumOf(all)).toBeLessThanOrEqual(allowed + BLOCK)
          expect(sumOf(all)).toBeGreaterThanOrEqual((bps * (clock.now() - start - 40)) / 1000 - BLOCK)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('does not hold against anybody what was taken while there was enough', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 100_000)
    const old = new Sender(new RateLimit(clock, 0, root))
    for (let second = 0; second < 1000; second++) {
      await clock.advance(1000)
      expect(old.taker.mayTake).toBe(true)
      old.taker.take(50_000)
    }
    const fresh = new Sender(new RateLimit(clock, 0, root))
    const given = await tenSeconds(clock, [old, fresh])
    for (const bytes of given) expect(Math.abs(bytes - 500_000)).toBeLessThanOrEqual(2 * BLOCK)
  })

  it('that is lifted lets everybody take at once', async () => {
    const clock = new VirtualClock()
    const limit = new RateLimit(clock, 1000)
    let turns = 0
    const takers = [1, 2, 3].map(() => new LimitTaker(limit, () => turns++))
    await clock.advance(1000)
    takers[0]!.take(1_000_000)
    for (const taker of takers) taker.wait()
    await clock.advance(10_000)
    expect(turns).toBe(0)
    expect(clock.pendingTimers).toBe(1)
    limit.setRate(0)
    expect(turns).toBe(3)
    expect(clock.pendingTimers).toBe(0)
  })

  it('costs no timer when nobody waits or all have left', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 1000)
    const limit = new RateLimit(clock, 0, root)
    const taker = new LimitTaker(limit, () => undefined)
    await clock.advance(1000)
    taker.take(1_000_000)
    expect(clock.pendingTimers).toBe(0)
    taker.wait()
    expect(clock.pendingTimers).toBe(1)
    taker.leave()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('limits below each other', () => {
  it('share what is above them equally, and so do their peers', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 3_000_000)
    const torrents = [100, 10, 1].map((count) => {
      const limit = new RateLimit(clock, 0, root)
      return Array.from({ length: count }, () => new Sender(limit))
    })
    const given = await tenSeconds(clock, torrents.flat())
    const ofTorrent = [given.slice(0, 100), given.slice(100, 110), given.slice(110)]
    for (const bytes of ofTorrent) expect(sum(bytes) / 10_000_000).toBeCloseTo(1, 1)
    for (const bytes of ofTorrent) expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThanOrEqual(2 * BLOCK)
  })

  it('share it equally when one has long reads and the other short ones', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 2_000_000)
    const long = new RateLimit(clock, 0, root)
    const short = new RateLimit(clock, 0, root)
    const peers = [
      ...Array.from({ length: 20 }, () => new Reader(long, clock, READ)),
      ...Array.from({ length: 20 }, () => new Reader(short, clock, BLOCK)),
    ]
    const given = await tenSeconds(clock, peers, 40_000)
    const share = sum(given.slice(0, 20)) / sum(given)
    expect(share).toBeGreaterThan(0.45)
    expect(share).toBeLessThan(0.55)
  })

  it('leave to others what they do not take', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 1_000_000)
    const slow = new RateLimit(clock, 100_000, root)
    const free = new RateLimit(clock, 0, root)
    const peers = [new Sender(slow), new Sender(slow), new Sender(free)]
    const [a, b, c] = (await tenSeconds(clock, peers)) as [number, number, number]
    expect((a + b) / 1_000_000).toBeCloseTo(1, 1)
    expect(c / 9_000_000).toBeCloseTo(1, 1)
  })

  it('are all kept, whatever they are', async () => {
    const torrent = fc.record({
      bps: fc.oneof(fc.constant(0), fc.integer({ min: 50_000, max: 5_000_000 })),
      label: fc.integer({ min: 0, max: 2 }),
      peers: fc.integer({ min: 1, max: 20 }),
    })
    const labelBps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 50_000, max: 5_000_000 })), {
      minLength: 3,
      maxLength: 3,
    })
    const shape = fc.tuple(
      fc.integer({ min: 100_000, max: 10_000_000 }),
      labelBps,
      fc.array(torrent, { minLength: 1, maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(shape, async ([rootBps, labels, torrents]) => {
        const clock = new VirtualClock()
        const root = new RateLimit(clock, rootBps)
        const nodes = labels.map((bps) => new RateLimit(clock, bps, root))
        const swarms = torrents.map(({ bps, label, peers }) => {
          const limit = new RateLimit(clock, bps, nodes[label])
          return Array.from({ length: peers }, () => new Sender(limit))
        })
        for (const peer of swarms.flat()) peer.send()
        await clock.advance(4000)
        const most = (bps: number): number => (bps === 0 ? Infinity : bps * 4.1 + BLOCK)
        expect(sumOf(swarms.flat())).toBeLessThanOrEqual(most(rootBps))
        for (const [i, { bps }] of torrents.entries()) expect(sumOf(swarms[i]!)).toBeLessThanOrEqual(most(bps))
        for (const [i, bps] of labels.entries()) {
          expect(sumOf(swarms.filter((_, n) => torrents[n]!.label === i).flat())).toBeLessThanOrEqual(most(bps))
        }
        expect(sumOf(swarms.flat())).toBeGreaterThanOrEqual(possible(rootBps, labels, torrents) * 4 * 0.97 - BLOCK)
      }),
      { numRuns: 30, examples: LIMITED_BESIDE_UNLIMITED },
    )
  })

  it('share equally what those with a limit of their own leave', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock, 11_345_886)
    const labels = [0, 960_618, 0].map((bps) => new RateLimit(clock, bps, root))
    const torrents = [
      { label: 0, bps: 0, peers: 6, ideal: 2_464_538 },
      { label: 0, bps: 2_472_719, peers: 1, ideal: 2_464_538 },
      { label: 0, bps: 263_558, peers: 10, ideal: 263_558 },
      { label: 1, bps: 0, peers: 9, ideal: 480_309 },
      { label: 1, bps: 1_855_509, peers: 5, ideal: 480_309 },
      { label: 2, bps: 0, peers: 1, ideal: 5_028_194 },
      { label: 2, bps: 164_440, peers: 3, ideal: 164_440 },
    ]
    const swarms = torrents.map(({ label, bps, peers }) => {
      const limit = new RateLimit(clock, bps, labels[label])
      return Array.from({ length: peers }, () => new Sender(limit))
    })
    await tenSeconds(clock, swarms.flat(), 0)
    for (const [i, { ideal }] of torrents.entries())
      expect(Math.abs(sumOf(swarms[i]!) / 10 - ideal)).toBeLessThanOrEqual(ideal * 0.03 + BLOCK)
  })

  it('do not hold against anybody what he took while there was no limit above', async () => {
    const clock = new VirtualClock()
    const root = new RateLimit(clock)
    const old = new Sender(new RateLimit(clock, 5_000_000, root))
    old.send()
    await clock.advance(60_000)
    const fresh = new Sender(new RateLimit(clock, 0, root))
    root.setRate(1_000_000)
    const given = await tenSeconds(clock, [old, fresh], 100)
    for (const bytes of given) expect(bytes / 5_000_000).toBeCloseTo(1, 1)
  })

  it('can be put below another one while somebody waits', async () => {
    const clock = new VirtualClock()
    const slow = new RateLimit(clock, 1000)
    const fast = new RateLimit(clock, 1_000_000)
    const leaf = new RateLimit(clock, 0, slow)
    const peer = new Sender(leaf)
    peer.send()
    await clock.advance(5000)
    const before = peer.bytes
    expect(before).toBeLessThanOrEqual(5000 + BLOCK)
    leaf.moveTo(fast)
    await clock.advance(1000)
    // With the 100 ms that were saved up.
    expect((peer.bytes - before) / 1_100_000).toBeCloseTo(1, 1)
    expect(clock.pendingTimers).toBe(1)
  })
})

/**
 * Root, labels and torrents where those with a limit are served least, always come first and never take a whole share:
 * what they leave has to reach the others through limits that are none.
 */
const LIMITED_BESIDE_UNLIMITED: [[number, number[], { bps: number; label: number; peers: number }[]]][] = [
  [
    [
      8_876_961,
      [3_364_616, 0, 0],
      [
        { bps: 1_071_621, label: 0, peers: 13 },
        { bps: 798_625, label: 1, peers: 6 },
        { bps: 3_211_666, label: 1, peers: 7 },
      ],
    ],
  ],
  [
    [
      6_507_012,
      [0, 1_369_056, 0],
      [
        { bps: 1_104_324, label: 2, peers: 8 },
        { bps: 3_493_405, label: 1, peers: 20 },
        { bps: 0, label: 2, peers: 3 },
        { bps: 0, label: 1, peers: 1 },
      ],
    ],
  ],
]

/** What a tree of limits lets through when everybody takes all he can. */
function possible(
  rootBps: number,
  labels: readonly number[],
  torrents: readonly { readonly bps: number; readonly label: number }[],
): number {
  const or = (bps: number): number => (bps === 0 ? Infinity : bps)
  const ofLabel = labels.map((bps, i) =>
    Math.min(or(bps), sum(torrents.filter(({ label }) => label === i).map((torrent) => or(torrent.bps)))),
  )
  return Math.min(rootBps, sum(ofLabel))
}
