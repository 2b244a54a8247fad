import { concatBytes } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMse } from '../src/index.ts'
import type { CryptoMethod, MseNegotiation, MseReceiverOptions, MseStep } from '../src/index.ts'
import { MSE_PRIME } from '../src/mse/group.ts'
import { bookMessage, BookPeer, bookProof, seededCrypto } from './mse-kit.ts'
import type { BookMessage } from './mse-kit.ts'

const infoHash = Buffer.alloc(20, 0xab)
const NOTHING = new Uint8Array(0)

function receiver(wish: Partial<MseReceiverOptions> = {}): MseNegotiation {
  const mse = createMse(() => seededCrypto(1))
  return mse.receive({
    methods: ['rc4'],
    allowsPlain: true,
    findTorrent: (key) => (key === mse.torrentKey(infoHash) ? infoHash : undefined),
    mayExchange: () => true,
    ...wish,
  })
}

function bytesOf(step: MseStep): Uint8Array {
  if (step.kind !== 'more') throw new Error(`not more but ${step.kind}`)
  return step.send
}

/** What became of it: the reason of a failure, or the kind. */
function end(step: MseStep): string {
  return step.kind === 'failed' ? step.reason : step.kind
}

/** A public key: the prime plus `offset`, or a small number. */
function odd(offset: number, base: 'zero' | 'prime'): Uint8Array {
  const prime = BigInt(`0x${Buffer.from(MSE_PRIME).toString('hex')}`)
  const value = BigInt(offset) + (base === 'prime' ? prime : 0n)
  return Buffer.from(value.toString(16).padStart(192, '0'), 'hex')
}

const ODD_KEYS = [
  odd(0, 'zero'),
  odd(1, 'zero'),
  odd(-1, 'prime'),
  odd(0, 'prime'),
  odd(1, 'prime'),
  Buffer.alloc(96, 255),
]

interface Dialogue {
  readonly paddingBytes?: number
  readonly torrent?: Uint8Array
  readonly message?: BookMessage
  readonly firstBytes?: Uint8Array
}

/** A dialler by the book, as far as the dialogue lets it be one. */
function dial(side: MseNegotiation, dialogue: Dialogue): MseStep {
  const { paddingBytes = 0, torrent = infoHash, message = {}, firstBytes = NOTHING } = dialogue
  const peer = new BookPeer()
  const { secret, keyA } = peer.with(bytesOf(side.push(peer.publicKey)), torrent)
  const first = side.push(Buffer.alloc(paddingBytes, 0x11))
  if (first.kind !== 'more') return first
  const length = Buffer.from([firstBytes.length >>> 8, firstBytes.length & 255])
  const encrypted = keyA(Buffer.concat([bookMessage(message), length, firstBytes]))
  return side.push(Buffer.concat([bookProof(secret, torrent), encrypted]))
}

describe('a receiver', () => {
  it.each([0, 1, 512])('understands a dialler by the book with %i bytes of padding everywhere', (paddingBytes) => {
    const step = dial(receiver(), { paddingBytes, message: { paddingBytes }, firstBytes: Buffer.from('hello') })
    expect(step.kind === 'agreed' && Buffer.from(step.payload).toString()).toBe('hello')
  })

  it('sends what the book says', () => {
    const peer = new BookPeer()
    const side = receiver()
    const { secret, keyA, keyB } = peer.with(bytesOf(side.push(peer.publicKey)), infoHash)
    const step = side.push(
      Buffer.concat([bookProof(secret, infoHash), keyA(Buffer.concat([bookMessage({}), Buffer.alloc(2)]))]),
    )
    if (step.kind !== 'agreed') throw new Error(step.kind)
    const answer = keyB(step.send)
    expect(answer.subarray(0, 12).toString('hex')).toBe('000000000000000000000002')
    expect(answer.readUInt16BE(12)).toBe(answer.length - 14)
  })

  it('refuses public keys that make the secret a known one', () => {
    for (const key of ODD_KEYS) expect(end(receiver().push(key))).toBe('bad-public-key')
  })

  it('refuses padding of 513 bytes before its proof', () => {
    expect(end(dial(receiver(), { paddingBytes: 513 }))).toBe('no-proof')
  })

  it('gives a never-ending padding up after 532 bytes', () => {
    const side = receiver()
    side.push(new BookPeer().publicKey)
    for (let i = 0; i < 531; i++) expect(side.push(Buffer.of(7)).kind).toBe('more')
    expect(end(side.push(Buffer.of(7)))).toBe('no-proof')
  })

  it('does not know a torrent that is not served', () => {
    expect(end(dial(receiver(), { torrent: Buffer.alloc(20, 1) }))).toBe('unknown-torrent')
  })

  it('refuses a verification constant with any bit set', () => {
    for (let bit = 0; bit < 64; bit++) {
      const verification = Buffer.alloc(8)
      verification[bit >>> 3] = 1 << (bit & 7)
      expect(end(dial(receiver(), { message: { verification } }))).toBe('bad-verification')
    }
  })

  it('refuses to be promised more than 512 bytes of padding', () => {
    for (const claimedPaddingBytes of [513, 65_535])
      expect(end(dial(receiver(), { message: { claimedPaddingBytes } }))).toBe('bad-padding')
  })

  it('refuses an offer of nothing that it takes, and unknown methods alone', () => {
    for (const bits of [0, 1, 4, 0x8000_0000])
      expect(end(dial(receiver(), { message: { bits } }))).toBe('no-common-method')
    expect(end(dial(receiver(), { message: { bits: 0xffff_ffff } }))).toBe('agreed')
  })

  it('refuses plain handshakes if told so, and nothing else that starts like one', () => {
    const plain = Buffer.from('\x13BitTorrent protocol', 'latin1')
    const side = receiver({ allowsPlain: false })
    expect(side.push(plain.subarray(0, 19)).kind).toBe('more')
    expect(end(side.push(plain.subarray(19)))).toBe('plain-refused')
    const almost = Buffer.concat([plain.subarray(0, 19), Buffer.alloc(77, 3)])
    expect(bytesOf(receiver({ allowsPlain: false }).push(almost)).length).toBeGreaterThanOrEqual(96)
  })

  it('computes nothing when it may not', () => {
    let exponentiations = 0
    const crypto = { ...seededCrypto(1), exchange: () => odd(++exponentiations, 'zero') }
    const side = createMse(() => crypto).receive({
      methods: ['rc4'],
      allowsPlain: true,
      findTorrent: () => infoHash,
      mayExchange: () => false,
    })
    expect([end(side.push(new BookPeer().publicKey)), exponentiations]).toEqual(['busy', 0])
  })

  it('hands first bytes over as they come, and decrypts no more than they are when the payload is plain', () => {
    const side = receiver({ methods: ['plaintext'] })
    const peer = new BookPeer()
    const { secret, keyA } = peer.with(bytesOf(side.push(peer.publicKey)), infoHash)
    const head = keyA(Buffer.concat([bookMessage({ bits: 1 }), Buffer.from([0, 6])]))
    const step = side.push(Buffer.concat([bookProof(secret, infoHash), head]))
    if (step.kind !== 'agreed') throw new Error(step.kind)
    expect(step.payload.length).toBe(0)
    const received = Buffer.concat([keyA(Buffer.from('secret')), Buffer.from(' and plain')])
    step.incoming?.apply(received.subarray(0, 3))
    step.incoming?.apply(received.subarray(3))
    expect(received.toString()).toBe('secret and plain')
  })
})

interface Answer {
  readonly paddingBytes?: number
  readonly message?: BookMessage
  readonly methods?: readonly CryptoMethod[]
}

/** A receiver by the book, as far as the answer lets it be one. */
function answer(wish: Answer): MseStep {
  const { paddingBytes = 0, message = {}, methods = ['rc4'] } = wish
  const initiator = createMse(() => seededCrypto(2)).initiate({ infoHash, methods, firstBytes: NOTHING })
  const peer = new BookPeer()
  const { keyB } = peer.with(initiator.opening, infoHash)
  const padded = initiator.push(Buffer.concat([peer.publicKey, Buffer.alloc(paddingBytes, 0x11)]))
  if (padded.kind !== 'more') return padded
  return initiator.push(keyB(bookMessage(message)))
}

describe('an initiator', () => {
  it.each([0, 1, 512])('understands an answer by the book with %i bytes of padding everywhere', (paddingBytes) => {
    expect(answer({ paddingBytes, message: { paddingBytes } }).kind).toBe('agreed')
  })

  it('sends what the book says', () => {
    const firstBytes = Buffer.from('first bytes')
    const initiator = createMse(() => seededCrypto(3)).initiate({ infoHash, methods: ['rc4', 'plaintext'], firstBytes })
    const peer = new BookPeer()
    const { secret, keyA } = peer.with(initiator.opening, infoHash)
    const sent = bytesOf(initiator.push(peer.publicKey))
    expect(Buffer.compare(sent.subarray(0, 40), bookProof(secret, infoHash))).toBe(0)
    const message = keyA(sent.subarray(40))
    expect(message.subarray(0, 12).toString('hex')).toBe('000000000000000000000003')
    const rest = message.subarray(14 + message.readUInt16BE(12))
    expect([rest.readUInt16BE(), rest.subarray(2).toString()]).toEqual([firstBytes.length, 'first bytes'])
  })

  it('refuses public keys that make the secret a known one', () => {
    for (const key of ODD_KEYS) {
      const initiator = createMse(() => seededCrypto(2)).initiate({ infoHash, methods: ['rc4'], firstBytes: NOTHING })
      expect(end(initiator.push(key))).toBe('bad-public-key')
    }
  })

  it('refuses padding of 513 bytes, and an answer without the right verification constant', () => {
    expect(end(answer({ paddingBytes: 513 }))).toBe('no-proof')
    const verification = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])
    expect(end(answer({ paddingBytes: 506, message: { verification } }))).toBe('no-proof')
  })

  it('refuses to be promised more than 512 bytes of padding', () => {
    expect(end(answer({ message: { claimedPaddingBytes: 513 } }))).toBe('bad-padding')
  })

  it('refuses a selection of nothing, of both, of what it did not offer', () => {
    for (const bits of [0, 1, 3, 4, 0x8000_0002]) expect(end(answer({ message: { bits } }))).toBe('no-common-method')
    expect(end(answer({ message: { bits: 3 }, methods: ['rc4', 'plaintext'] }))).toBe('no-common-method')
  })
})

describe('hostile bytes', () => {
  const parts = fc.array(
    fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 900, maxLength: 3000 })),
    {
      maxLength: 8,
    },
  )

  it('never make a side throw, and end it within bounds', () => {
    const anyStart = fc.constantFrom(NOTHING, new BookPeer().publicKey, Buffer.from('\x13BitTorrent', 'latin1'))
    const attack = fc.property(anyStart, parts, fc.boolean(), (start, parts, isReceiver) => {
      const side = isReceiver
        ? receiver()
        : createMse(() => seededCrypto(2)).initiate({ infoHash, methods: ['rc4'], firstBytes: NOTHING })
      let [taken, sent] = [0, 0]
      for (const bytes of [start, ...parts]) {
        const before = Uint8Array.from(bytes)
        const step = side.push(bytes)
        expect(Buffer.compare(bytes, before)).toBe(0)
        taken += bytes.length
        if (step.kind !== 'more') return
        sent += step.send.length
      }
      expect(taken).toBeLessThan(96 + 532)
      expect(sent).toBeLessThan(2000)
    })
    fc.assert(attack, { numRuns: 300 })
  })

  it('that differ in one bit from a good handshake never make a receiver throw or agree on something else', () => {
    const flip = fc.property(fc.nat(200), fc.nat(7), fc.nat(40), (at, bit, paddingBytes) => {
      const side = receiver()
      const peer = new BookPeer()
      const { secret, keyA } = peer.with(bytesOf(side.push(peer.publicKey)), infoHash)
      const message = keyA(Buffer.concat([bookMessage({ paddingBytes }), Buffer.alloc(2)]))
      const bytes = concatBytes([bookProof(secret, infoHash), message])
      const where = at % bytes.length
      bytes[where]! ^= 1 << bit
      const step = side.push(bytes)
      // Bits of the proof, the torrent and the constant decide; those of unused methods, padding and lengths may not.
      if (where < 48) expect(['more', 'failed']).toContain(step.kind)
      if (step.kind === 'agreed') expect(step.method).toBe('rc4')
    })
    fc.assert(flip, { numRuns: 200 })
  })
})
