// How fast connections are over simulated paths, and how they treat others.

import { describe, expect, it } from 'vitest'

import { GreedyFlow } from './greedy-flow.ts'
import { Pair, pour } from './simulation.ts'
import type { LinkOptions } from './simulation.ts'

const MBIT = 125_000

/** Mean rate of a transfer over its first seconds, as a part of the link's. */
function share(there: LinkOptions & { rateBps: number }, seconds: number, seed = 1): number {
  const pair = new Pair(there, { ...there, queueBytes: Infinity }, { seed })
  const { near, far } = pair.open()
  pour(near)
  pair.time.run(pair.time.nowUs + seconds * 1e6)
  return far.bytes / seconds / there.rateBps
}

describe('a connection alone', () => {
  it.each([1, 2])('uses a long path of 100 Mbit/s that loses one packet of 200, seed %i', (seed) => {
    const path = { rateBps: 100 * MBIT, delayUs: 25_000, loss: 0.005, queueBytes: 625_000 }
    expect(share(path, 8, seed)).toBeGreaterThan(0.8)
  })

  it('uses 1 Gbit/s over 50 ms', () => {
    expect(share({ rateBps: 1000 * MBIT, delayUs: 25_000, queueBytes: 6_000_000 }, 3)).toBeGreaterThan(0.8)
  })

  it('gets on over a path that loses 5 %', () => {
    expect(share({ rateBps: MBIT, delayUs: 25_000, loss: 0.05, queueBytes: 100_000 }, 30)).toBeGreaterThan(0.5)
  })

  it('keeps the queue of a slow line near 100 ms, however long it could get', () => {
    const pair = new Pair({ rateBps: 2 * MBIT, delayUs: 10_000, queueBytes: 2_000_000 }, { delayUs: 10_000 })
    const { near, far } = pair.open()
    pour(near)
    pair.time.run(pair.time.nowUs + 10e6)
    let longestUs = 0
    for (let i = 0; i < 1000; i++) {
      pair.time.run(pair.time.nowUs + 10_000)
      longestUs = Math.max(longestUs, pair.there.waitUs)
    }
    expect(longestUs).toBeLessThan(150_000)
    expect(far.bytes / 20).toBeGreaterThan(0.9 * 2 * MBIT)
    expect(pair.there.dropped).toBe(0)
  })
})

describe('a connection that shares its path', () => {
  it('gives way to a greedy flow, and comes back when that has gone', () => {
    const path = { rateBps: 10 * MBIT, delayUs: 10_000, queueBytes: 500_000 }
    const pair = new Pair(path, { delayUs: 10_000 })
    const { near, far } = pair.open()
    pour(near)
    pair.time.run(pair.time.nowUs + 10e6)
    const alone = far.bytes / 10
    const greedy = new GreedyFlow(pair.time, pair.there, 10_000)
    greedy.start()
    pair.time.run(pair.time.nowUs + 20e6)
    const before = { far: far.bytes, greedy: greedy.receivedBytes }
    pair.time.run(pair.time.nowUs + 30e6)
    const [ours, theirs] = [far.bytes - before.far, greedy.receivedBytes - before.greedy]
    expect(alone).toBeGreaterThan(0.9 * path.rateBps)
    expect(ours / (ours + theirs)).toBeLessThan(0.15)
    expect(theirs / 30).toBeGreaterThan(0.8 * path.rateBps)
  })

  it('divides it with another of its kind', () => {
    const path = { rateBps: 10 * MBIT, delayUs: 10_000, queueBytes: 500_000 }
    const pair = new Pair(path, { delayUs: 10_000 })
    const flows = [pair.open(), pair.open()]
    for (const { near } of flows) pour(near)
    pair.time.run(pair.time.nowUs + 60e6)
    const [first, second] = flows.map(({ far }) => far.bytes)
    expect((first! + second!) / 60).toBeGreaterThan(0.9 * path.rateBps)
    expect(Math.min(first!, second!) / (first! + second!)).toBeGreaterThan(0.2)
  })
})

describe('a connection to a host with another clock', () => {
  it.each([0.9999, 1.0001])('is as fast at %f of our time', (farClockRate) => {
    const path = { rateBps: 4 * MBIT, delayUs: 20_000, queueBytes: 1_000_000 }
    const pair = new Pair(path, { delayUs: 20_000 }, { farClockRate })
    const { near, far } = pair.open()
    pour(near)
    pair.time.run(pair.time.nowUs + 60e6)
    const before = far.bytes
    pair.time.run(pair.time.nowUs + 240e6)
    expect((far.bytes - before) / 240).toBeGreaterThan(0.85 * path.rateBps)
    expect(pair.there.waitUs).toBeLessThan(200_000)
  })
})
