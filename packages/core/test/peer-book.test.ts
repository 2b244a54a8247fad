import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AddressGate } from '../src/blocking/address-gate.ts'
import { PeerBook } from '../src/peer/peer-book.ts'
import type { KnownPeer, PeerOrigin, PeerRanking } from '../src/peer/peer-book.ts'

/** Refuses whom it bans. */
function openGate(): AddressGate {
  const banned = new Set<string>()
  return {
    get version() {
      return banned.size
    },
    refusal: (host) => (banned.has(host) ? 'banned' : undefined),
    ban: (host) => void banned.add(host),
  }
}

/** Those that came first come first. */
const RANKING: PeerRanking = { version: 0, rankOf: () => 0 }

const host = fc.constantFrom('8.8.8.8', '9.9.9.9', '127.0.0.1', '192.168.1.7', '2001:db8::1', 'peer.example')
const endpoint = fc.record({ host, port: fc.integer({ min: 1000, max: 1003 }) })
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ add: endpoint, origin: fc.constantFrom<PeerOrigin[]>('manual', 'tracker', 'incoming') }),
  },
  { weight: 4, arbitrary: fc.record({ take: fc.nat(4), skipSeeds: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ release: fc.nat(20), wasUseful: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ ban: endpoint }) },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const keyOf = ({ host: name, port }: { host: string; port: number }): string => `${name}:${port}`

/** A book, who was taken from it, and who must never be given out again. */
class Checked {
  readonly book = new PeerBook(RANKING, openGate())
  readonly busy: KnownPeer[] = []
  readonly never = new Set<string>()
  bans = 0
  now = 0

  apply(next: Step): void {
    this.now += 5000
    if ('add' in next) expect(this.book.add(next.add, next.origin)).toBe(!this.never.has(keyOf(next.add)))
    else if ('take' in next) this.#take(next.take, next.skipSeeds)
    else if ('release' in next) this.#release(next.release, next.wasUseful)
    else if ('forget' in next) this.#forget(next.forget)
    else this.#ban(next.ban)
    expect(this.book.banned).toBe(this.bans)
  }

  #take(count: number, skipSeeds: boolean): void {
    const taken = this.book.take(this.now, count, skipSeeds)
    expect(taken.length).toBeLessThanOrEqual(count)
    for (const peer of taken) {
      expect(this.busy).not.toContain(peer)
      expect(peer.nextDialAtMs).toBeLessThanOrEqual(this.now)
      expect(this.never).not.toContain(keyOf(peer.endpoint))
      expect(peer.origin === 'manual' || peer.failures < 3).toBe(true)
      this.busy.push(peer)
    }
  }

  #release(at: number, wasUseful: boolean): void {
    const [peer] = this.busy.splice(at, 1)
    if (peer === undefined) return
    this.book.released(peer, this.now, wasUseful)
    expect(peer.nextDialAtMs).toBeGreaterThan(this.now)
  }

  #forget(at: number): void {
    const [peer] = this.busy.splice(at, 1)
    if (peer === undefined) return
    this.book.forget(peer)
    this.never.add(keyOf(peer.endpoint))
  }

  #ban(banned: { host: string; port: number }): void {
    this.book.ban(banned, 'aa')
    this.bans++
    const isLocal = /^(127|192)/.test(banned.host)
    for (const port of isLocal ? [banned.port] : [1000, 1001, 1002, 1003]) {
      this.never.add(keyOf({ host: banned.host, port }))
      expect(this.book.refusal({ host: banned.host, port })).toBe('banned')
    }
  }
}

describe('a peer book', () => {
  it('gives out nobody who is busy, banned, forgotten or not due', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const checked = new Checked()
        for (const next of steps) checked.apply(next)
      }),
    )
  })

  it('is bounded: who failed most makes room, and nobody else', () => {
    const book = new PeerBook(RANKING, openGate())
    const at = (n: number): { host: string; port: number } => ({
      host: `8.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      port: 1,
    })
    for (let n = 0; n < 3000; n++) expect(book.add(at(n), 'tracker')).toBe(true)
    expect(book.add(at(3000), 'tracker')).toBe(false)
    const [first, second] = book.take(0, 2, false)
    book.released(first!, 0, false)
    book.released(second!, 0, false)
    book.released(second!, 0, false)
    expect(book.add(at(3001), 'tracker')).toBe(true)
    expect(book.size).toBe(3000)
    expect(book.take(1e9, 3000, false)).not.toContain(second)
  })

  it('forgets the oldest of ten thousand bans of local peers', () => {
    const book = new PeerBook(RANKING, openGate())
    // Each counts twice: by address and by id.
    for (let port = 1; port <= 5001; port++) book.ban({ host: '10.0.0.1', port }, `id ${port}`)
    expect(book.banned).toBe(5001)
    expect(book.refusal({ host: '10.0.0.1', port: 1 })).toBe(undefined)
    expect(book.refusal({ host: '10.0.0.1', port: 5001 })).toBe('banned')
  })

  it('bans a public host as a whole and a local peer by address and id', () => {
    const book = new PeerBook(RANKING, openGate())
    book.ban({ host: '8.8.8.8', port: 1 }, 'aa')
    book.ban({ host: '127.0.0.1', port: 1 }, 'bb')
    expect(book.refusal({ host: '8.8.8.8', port: 2 })).toBe('banned')
    expect(book.refusal({ host: '127.0.0.1', port: 2 })).toBe(undefined)
    expect(book.refusal({ host: '127.0.0.1', port: 2 }, 'bb')).toBe('banned')
    expect(book.refusal({ host: '9.9.9.9', port: 2 }, 'aa')).toBe(undefined)
  })

  it.each(['0.0.0.0', '224.0.0.1', '239.1.1.1', '255.255.255.255', '::', 'ff02::1', ''])('refuses %s', (unusable) => {
    expect(new PeerBook(RANKING, openGate()).add({ host: unusable, port: 6881 }, 'tracker')).toBe(false)
  })

  it.each([0, -1, 65_536])('refuses port %i', (port) => {
    expect(new PeerBook(RANKING, openGate()).add({ host: '8.8.8.8', port }, 'tracker')).toBe(false)
  })

  it('dials a manual address for ever, and one of a tracker three times', () => {
    const book = new PeerBook(RANKING, openGate())
    book.add({ host: '8.8.8.8', port: 1 }, 'manual')
    book.add({ host: '9.9.9.9', port: 1 }, 'tracker')
    const dials = { '8.8.8.8': 0, '9.9.9.9': 0 } as Record<string, number>
    for (let now = 0; now < 3_600_000; now += 1000) {
      for (const peer of book.take(now, 10, false)) {
        dials[peer.endpoint.host]!++
        book.released(peer, now, false)
      }
    }
    expect(dials['9.9.9.9']).toBe(3)
    expect(dials['8.8.8.8']).toBeGreaterThan(100)
  })
})

describe('the order of dialling', () => {
  const known = fc.record({
    host: fc.tuple(fc.nat(3), fc.nat(255)).map(([c, d]) => `8.8.${c}.${d}`),
    isManual: fc.boolean(),
    failures: fc.nat(2),
  })

  it('is: named by a person, then fewest failures, then rank', () => {
    const ranking = { version: 0, rankOf: ({ host }: { host: string }) => Number(host.split('.')[3]) }
    fc.assert(
      fc.property(fc.uniqueArray(known, { maxLength: 30, selector: (one) => one.host }), fc.nat(30), (all, count) => {
        const book = new PeerBook(ranking, openGate())
        for (const { host, isManual } of all) book.add({ host, port: 1 }, isManual ? 'manual' : 'tracker')
        for (const peer of book.take(0, 30, false)) {
          const { failures } = all.find(({ host }) => host === peer.endpoint.host)!
          book.released(peer, 0, true)
          for (let n = 0; n < failures; n++) book.released(peer, 0, false)
        }
        const order = (one: (typeof all)[number]): number =>
          Number(one.isManual) * 10_000 - one.failures * 1000 + ranking.rankOf(one)
        const expected = all.map(order).sort((a, b) => b - a)
        const taken = book
          .take(1e9, count, false)
          .map(({ endpoint }) => order(all.find((o) => o.host === endpoint.host)!))
        expect(taken).toEqual(expected.slice(0, count))
      }),
    )
  })

  it('follows the ranking when that has changed', () => {
    const ranking = { version: 0, rankOf: ({ port }: { port: number }) => (ranking.version === 0 ? port : -port) }
    const book = new PeerBook(ranking, openGate())
    for (const port of [1, 2, 3]) book.add({ host: '8.8.8.8', port }, 'tracker')
    const [first] = book.take(0, 1, false)
    expect(first!.endpoint.port).toBe(3)
    ranking.version++
    expect(book.take(0, 2, false).map(({ endpoint }) => endpoint.port)).toEqual([1, 2])
  })
})
