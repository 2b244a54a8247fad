// What a node keeps for others, and its bounds.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readCompact } from '@ccbt/address'
import { concatBytes, seededRandom, writeU32 } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'

import { PeerStore } from '../../src/dht/peer-store.ts'
import { Tokens } from '../../src/dht/tokens.ts'

const MINUTE = 60_000
const ALL = 1_000_000

function hashOf(n: number): Uint8Array {
  const hash = new Uint8Array(20)
  writeU32(hash, 0, n)
  return hash
}

function hostOf(n: number): string {
  return `5.${n >>> 16}.${(n >>> 8) & 0xff}.${n & 0xff}`
}

function store(): { clock: VirtualClock; peers: PeerStore } {
  const clock = new VirtualClock()
  return { clock, peers: new PeerStore(clock, seededRandom(1), 'ipv4') }
}

describe('a peer store', () => {
  it('keeps 500 peers of a torrent, the latest', () => {
    const { peers } = store()
    for (let n = 0; n < 3000; n++) peers.add(hashOf(1), { host: hostOf(n), port: 1 })
    expect(peers.peers).toBe(500)
    expect(readCompact(concatBytes(peers.sample(hashOf(1), ALL)), 'ipv4')).toContainEqual({
      host: hostOf(2999),
      port: 1,
    })
  })

  it('keeps eight ports of an address', async () => {
    const { clock, peers } = store()
    for (let port = 1; port <= 100; port++) {
      peers.add(hashOf(1), { host: '1.2.3.4', port })
      await clock.advance(1)
    }
    const ports = readCompact(concatBytes(peers.sample(hashOf(1), ALL)), 'ipv4').map(({ port }) => port)
    expect(ports.toSorted((a, b) => a - b)).toEqual([93, 94, 95, 96, 97, 98, 99, 100])
  })

  it('keeps 2000 torrents: a flood of made-up ones pushes out itself', () => {
    const { peers } = store()
    for (let n = 0; n < 10; n++) peers.add(hashOf(0), { host: hostOf(n), port: 1 })
    for (let n = 1; n < 20_000; n++) peers.add(hashOf(n), { host: '6.6.6.6', port: 1 })
    expect(peers.torrents).toBe(2000)
    expect(peers.sample(hashOf(0), ALL)).toHaveLength(10)
    expect(peers.sample(hashOf(19_999), ALL)).toHaveLength(1)
  })

  it('forgets peers after 30 minutes without an announce', async () => {
    const { clock, peers } = store()
    peers.add(hashOf(1), { host: '1.1.1.1', port: 1 })
    peers.add(hashOf(1), { host: '2.2.2.2', port: 2 })
    peers.add(hashOf(2), { host: '3.3.3.3', port: 3 })
    await clock.advance(20 * MINUTE)
    peers.add(hashOf(1), { host: '1.1.1.1', port: 1 })
    await clock.advance(15 * MINUTE)
    expect(readCompact(concatBytes(peers.sample(hashOf(1), ALL)), 'ipv4')).toEqual([{ host: '1.1.1.1', port: 1 }])
    expect([peers.torrents, peers.peers]).toEqual([1, 1])
  })

  it('gives each peer the same chance', () => {
    const { peers } = store()
    for (let n = 0; n < 100; n++) peers.add(hashOf(1), { host: hostOf(n), port: 1 })
    const seen = new Map<string, number>()
    for (let i = 0; i < 2000; i++) {
      const sample = peers.sample(hashOf(1), 10)
      expect(sample).toHaveLength(10)
      for (const { host } of readCompact(concatBytes(sample), 'ipv4')) seen.set(host, (seen.get(host) ?? 0) + 1)
    }
    // 200 expected of each; the standard deviation is 13.
    expect(seen.size).toBe(100)
    expect(Math.min(...seen.values())).toBeGreaterThan(130)
    expect(Math.max(...seen.values())).toBeLessThan(270)
  })

  it('has what a plain map has', () => {
    const operation = fc.record({ torrent: fc.nat(3), n: fc.nat(600), port: fc.integer({ min: 1, max: 8 }) })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const { peers } = store()
        const model = new Map<number, Set<string>>()
        for (const { torrent, n, port } of operations) {
          peers.add(hashOf(torrent), { host: hostOf(n), port })
          model.set(torrent, (model.get(torrent) ?? new Set()).add(`${hostOf(n)}:${port}`))
        }
        for (const [torrent, expected] of model) {
          const found = readCompact(concatBytes(peers.sample(hashOf(torrent), ALL)), 'ipv4')
          expect(new Set(found.map(({ host, port }) => `${host}:${port}`))).toEqual(expected)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('samples info-hashes without repeats', () => {
    const { peers } = store()
    for (let n = 0; n < 50; n++) peers.add(hashOf(n), { host: '1.1.1.1', port: 1 })
    const samples = peers.sampleTorrents(20).map(String)
    expect(new Set(samples).size).toBe(20)
    expect(peers.sampleTorrents(20).map(String)).not.toEqual(samples)
    expect(peers.sampleTorrents(100)).toHaveLength(50)
  })
})

describe('a token', () => {
  it('is good for five to ten minutes', async () => {
    const clock = new VirtualClock()
    const tokens = new Tokens(clock, seededRandom(1))
    await clock.advance(4 * MINUTE)
    const token = tokens.make('1.2.3.4', hashOf(1))
    await clock.advance(5 * MINUTE)
    expect(tokens.isValid(token, '1.2.3.4', hashOf(1))).toBe(true)
    await clock.advance(5 * MINUTE)
    expect(tokens.isValid(token, '1.2.3.4', hashOf(1))).toBe(false)
  })

  it('is not good after a long silence either', async () => {
    const clock = new VirtualClock()
    const tokens = new Tokens(clock, seededRandom(1))
    const token = tokens.make('1.2.3.4', hashOf(1))
    await clock.advance(60 * MINUTE)
    expect(tokens.isValid(token, '1.2.3.4', hashOf(1))).toBe(false)
  })
})
