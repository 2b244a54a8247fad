import { hash } from 'node:crypto'

import { seededRandom } from '@ccbt/primitives'
import { METADATA_PIECE_BYTES, metadataPieceLength } from '@ccbt/wire-protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MetadataAssembly } from '../src/metadata/assembly.ts'

/** What a peer does when it is asked. */
type Kind =
  | 'honest'
  | 'slow'
  | 'drips'
  | 'silent'
  | 'rejects'
  | 'liar'
  | 'half-liar'
  | 'other-size'
  | 'drips-other-size'
  | 'silent-other-size'

interface Peer {
  readonly name: string
  readonly kind: Kind
  readonly claim: number
}

const STEP_MS = 100
const LATENCY_MS: Partial<Record<Kind, number>> = { slow: 1500, drips: 2900, 'drips-other-size': 2800 }

function bytesOf(size: number, seed = 1): Uint8Array {
  const random = seededRandom(seed)
  return new Uint8Array(size).map(() => random.u32())
}

function pieceOf(bytes: Uint8Array, piece: number): Uint8Array {
  return bytes.subarray(piece * METADATA_PIECE_BYTES, (piece + 1) * METADATA_PIECE_BYTES)
}

/** A world in steps of 100 ms: peers answer as their kind does until somebody has the metadata. */
class World {
  readonly banned: Peer[] = []
  result: Uint8Array | undefined
  now = 0
  requests = 0
  readonly sizesAsked = new Set<number>()
  /** The most requests that any peer had to answer at once. */
  mostOutstanding = 0
  readonly #info: Uint8Array
  readonly #assembly: MetadataAssembly<Peer>
  readonly #outstanding = new Map<Peer, number>()
  #answers: { readonly atMs: number; readonly peer: Peer; readonly piece: number }[] = []

  constructor(info: Uint8Array, peers: readonly Peer[]) {
    this.#info = info
    const right = hash('sha1', info)
    const isRight = (bytes: Uint8Array): boolean => hash('sha1', bytes) === right
    this.#assembly = new MetadataAssembly({ isRight, maxBytes: 1_048_576 })
    this.join(peers)
  }

  join(peers: readonly Peer[]): void {
    for (const peer of peers) this.#assembly.claimed(peer, peer.claim)
  }

  run(untilMs: number): void {
    while (this.result === undefined && this.now < untilMs) {
      this.#ask()
      this.now += STEP_MS
      const due = this.#answers.filter((answer) => answer.atMs <= this.now)
      this.#answers = this.#answers.filter((answer) => answer.atMs > this.now)
      for (const { peer, piece } of due) this.#answer(peer, piece)
    }
  }

  #ask(): void {
    for (const { peer, piece } of this.#assembly.requests(this.now)) {
      this.requests++
      this.sizesAsked.add(peer.claim)
      if (peer.kind.startsWith('silent')) continue
      const outstanding = (this.#outstanding.get(peer) ?? 0) + 1
      this.#outstanding.set(peer, outstanding)
      this.mostOutstanding = Math.max(this.mostOutstanding, outstanding)
      this.#answers.push({ atMs: this.now + (LATENCY_MS[peer.kind] ?? STEP_MS), peer, piece })
    }
  }

  #answer(peer: Peer, piece: number): void {
    if (this.banned.includes(peer) || this.result !== undefined) return
    this.#outstanding.set(peer, this.#outstanding.get(peer)! - 1)
    if (peer.kind === 'rejects') {
      this.#assembly.rejected(peer, piece, this.now)
      return
    }
    const data = this.#dataOf(peer, piece)
    const verdict = this.#assembly.received(peer, { piece, totalSize: peer.claim, data })
    if (verdict.kind === 'wrong' || verdict.kind === 'complete') this.banned.push(...verdict.liars)
    if (verdict.kind === 'complete') this.result = verdict.bytes
    expect(verdict.kind).not.toBe('unrequested')
  }

  #dataOf({ kind, claim }: Peer, piece: number): Uint8Array {
    const isGood = kind === 'honest' || kind === 'slow' || kind === 'drips' || (kind === 'half-liar' && piece % 2 === 0)
    if (isGood && claim === this.#info.length) return pieceOf(this.#info, piece)
    return new Uint8Array(metadataPieceLength(piece, claim)).fill(7)
  }
}

function crowd(size: number, kinds: readonly Kind[]): Peer[] {
  return kinds.map((kind, n) => {
    const isOther = kind.endsWith('other-size')
    return { name: `${n} ${kind}`, kind, claim: isOther ? size + 1 + (n % 4) * 20_000 : size }
  })
}

const LIARS: readonly Kind[] = ['liar', 'half-liar', 'other-size', 'drips-other-size']

describe('MetadataAssembly', () => {
  it('gets the metadata from any crowd with one honest peer, and never takes that for a liar', () => {
    const kind = fc.constantFrom<Kind>('honest', 'slow', 'drips', 'silent', 'rejects', 'silent-other-size', ...LIARS)
    const kinds = fc.array(kind, { maxLength: 9 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), kinds, fc.nat(9), (size, others, at) => {
        const info = bytesOf(size)
        const world = new World(info, crowd(size, others.toSpliced(at, 0, 'honest')))
        world.run(1_800_000)
        expect(world.result).toEqual(info)
        expect(world.banned.filter((peer) => !LIARS.includes(peer.kind))).toEqual([])
        expect(new Set(world.banned).size).toBe(world.banned.length)
        expect(world.mostOutstanding).toBeLessThanOrEqual(8)
      }),
      { numRuns: 150 },
    )
  })

  it('asks several peers for different pieces', () => {
    const info = bytesOf(40 * METADATA_PIECE_BYTES)
    const world = new World(info, crowd(info.length, ['honest', 'honest', 'honest', 'honest']))
    world.run(10_000)
    expect(world.result).toEqual(info)
    // One peer alone would need ten steps of four pieces; every piece is asked for once, some of the last ones again.
    expect(world.now).toBeLessThanOrEqual(500)
    expect(world.requests).toBeLessThan(60)
  })

  it('does not wait for a silent peer', () => {
    const info = bytesOf(20 * METADATA_PIECE_BYTES)
    const world = new World(info, crowd(info.length, ['silent', 'honest', 'honest']))
    world.run(60_000)
    expect(world.result).toEqual(info)
    expect(world.now).toBeLessThan(3000)
  })

  it('finds the liar in a mix and keeps the honest', () => {
    const info = bytesOf(20 * METADATA_PIECE_BYTES + 5)
    const world = new World(info, crowd(info.length, ['honest', 'half-liar', 'honest', 'honest']))
    world.run(60_000)
    expect(world.result).toEqual(info)
    expect(world.banned.map((peer) => peer.kind)).toEqual(['half-liar'])
  })

  it('bans a single liar at once', () => {
    const info = bytesOf(50_000)
    const world = new World(info, crowd(info.length, ['liar']))
    world.run(10_000)
    expect(world.result).toBeUndefined()
    expect(world.banned.length).toBe(1)
  })

  it('asks others when those who were asked are silent', () => {
    const info = bytesOf(100)
    const world = new World(info, crowd(info.length, ['silent', 'silent', 'silent', 'silent', 'honest']))
    world.run(60_000)
    expect(world.result).toEqual(info)
    expect(world.now).toBeGreaterThan(3000)
    expect(world.now).toBeLessThan(3500)
  })

  it('does not let one peer alone drip while another one waits', () => {
    const info = bytesOf(60 * METADATA_PIECE_BYTES)
    const world = new World(info, crowd(info.length, ['drips', 'half-liar']))
    world.run(20_000)
    expect(world.banned.map((peer) => peer.kind)).toEqual(['half-liar'])
    world.join(crowd(info.length, ['honest']))
    world.run(45_000)
    expect(world.result).toEqual(info)
  })

  it('takes nothing from others while one supplies everything', () => {
    const info = bytesOf(2 * METADATA_PIECE_BYTES)
    const isRight = (bytes: Uint8Array): boolean => hash('sha1', bytes) === hash('sha1', info)
    const assembly = new MetadataAssembly<Peer>({ isRight, maxBytes: 100_000 })
    const [a, b, c] = crowd(info.length, ['liar', 'honest', 'honest'])
    for (const peer of [a!, b!, c!]) assembly.claimed(peer, info.length)
    expect(assembly.requests(0).length).toBe(6)
    const send = (peer: Peer, piece: number, data: Uint8Array): string =>
      assembly.received(peer, { piece, totalSize: info.length, data }).kind
    expect(send(a!, 0, new Uint8Array(METADATA_PIECE_BYTES))).toBe('taken')
    expect(send(b!, 1, pieceOf(info, 1))).toBe('wrong')
    const alone = new Set(assembly.requests(1).map((request) => request.peer))
    expect(alone.size).toBe(1)
    expect(alone.has(c!)).toBe(false)
    expect(send(c!, 0, pieceOf(info, 0))).toBe('taken')
    expect(assembly.progress.piecesDone).toBe(0)
  })

  it('pursues three sizes at most, and each gets its turn', () => {
    const info = bytesOf(50_000)
    const liars = crowd(600_000, Array<Kind>(4).fill('silent-other-size'))
    const world = new World(info, [...liars, ...crowd(info.length, ['honest'])])
    world.run(50_000)
    expect(world.sizesAsked.size).toBe(3)
    world.run(300_000)
    expect(world.result).toEqual(info)
  })

  it('prefers the size that most peers tell, also when they come late', () => {
    const info = bytesOf(50_000)
    const world = new World(info, crowd(600_000, Array<Kind>(4).fill('silent-other-size')))
    world.run(10_000)
    world.join(crowd(info.length, ['honest', 'slow']))
    world.run(12_000)
    expect(world.result).toEqual(info)
  })

  it('refuses sizes beyond the limit and forgets a claim that is changed', () => {
    const assembly = new MetadataAssembly<object>({ isRight: () => true, maxBytes: 100_000 })
    const peer = {}
    expect([0, -1, 100_001, 2_000_000_000].map((size) => assembly.claimed(peer, size))).toEqual(Array(4).fill(false))
    expect(assembly.claimed(peer, 100_000)).toBe(true)
    expect(assembly.requests(0).length).toBe(2)
    expect(assembly.claimed(peer, 20_000)).toBe(true)
    expect(assembly.progress).toEqual({ pieces: 0, piecesDone: 0, peers: 1 })
    expect(assembly.requests(0).map((request) => request.piece)).toEqual([0, 1])
    const first = { piece: 0, totalSize: 100_000, data: new Uint8Array(METADATA_PIECE_BYTES) }
    expect(assembly.received(peer, first).kind).toBe('unrequested')
    expect(assembly.received(peer, { ...first, totalSize: 20_000 }).kind).toBe('taken')
    expect(assembly.received(peer, { ...first, totalSize: 20_000 }).kind).toBe('unrequested')
  })

  it('takes an answer that is late, and asks somebody else meanwhile', () => {
    const info = bytesOf(10_000)
    const assembly = new MetadataAssembly<object>({ isRight: () => true, maxBytes: 100_000 })
    const [late, other] = [{ name: 'late' }, { name: 'other' }]
    assembly.claimed(late, info.length)
    expect(assembly.requests(0)).toEqual([{ peer: late, piece: 0 }])
    assembly.claimed(other, info.length)
    expect(assembly.requests(2999).map((request) => request.peer)).toEqual([other])
    assembly.left(other)
    expect(assembly.requests(3000)).toEqual([])
    expect(assembly.received(late, { piece: 0, totalSize: info.length, data: info }).kind).toBe('complete')
  })
})
