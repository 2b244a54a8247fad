import { bytesEqual, concatBytes } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMse } from '../src/index.ts'
import type { CryptoMethod, MseAgreement, MseNegotiation, MseReceiverOptions, MseStep } from '../src/index.ts'
import { seededCrypto } from './mse-kit.ts'

const infoHash = Buffer.alloc(20, 0xab)
const other = Buffer.alloc(20, 0xcd)
const METHODS: readonly (readonly CryptoMethod[])[] = [
  ['rc4'],
  ['plaintext'],
  ['rc4', 'plaintext'],
  ['plaintext', 'rc4'],
]

/** A side that serves two torrents. */
function receiver(seed: number, wish: Partial<MseReceiverOptions> = {}): MseNegotiation {
  const mse = createMse(() => seededCrypto(seed))
  const torrents = new Map([other, infoHash].map((hash) => [mse.torrentKey(hash), hash]))
  return mse.receive({
    methods: ['rc4', 'plaintext'],
    allowsPlain: true,
    findTorrent: (key) => torrents.get(key),
    mayExchange: () => true,
    ...wish,
  })
}

/** Pushes parts of these lengths, over and over, until there is an outcome. */
function feed(
  side: MseNegotiation,
  bytes: Uint8Array,
  lengths: readonly number[],
): { step: MseStep; sent: Uint8Array } {
  const sent: Uint8Array[] = []
  for (let at = 0, turn = 0; ; turn++) {
    const end = Math.min(bytes.length, at + lengths[turn % lengths.length]!)
    const step = side.push(bytes.subarray(at, end))
    if (step.kind === 'more' || step.kind === 'agreed') sent.push(step.send)
    // The network has more; it goes the way of the payload.
    if (step.kind !== 'more')
      return { step: withRest(step, Uint8Array.from(bytes.subarray(end))), sent: concatBytes(sent) }
    if (end === bytes.length) return { step, sent: concatBytes(sent) }
    at = end
  }
}

function withRest(step: MseStep, rest: Uint8Array): MseStep {
  if (step.kind === 'agreed') step.incoming?.apply(rest)
  return step.kind === 'agreed' || step.kind === 'plain'
    ? { ...step, payload: concatBytes([step.payload, rest]) }
    : step
}

function agreed(step: MseStep): MseAgreement {
  if (step.kind !== 'agreed') throw new Error(`not agreed but ${JSON.stringify(step)}`)
  return step
}

interface Meeting {
  readonly dialled: MseAgreement
  readonly dialler: MseAgreement
  readonly request: Uint8Array
}

/** Both sides until both agree; `more` is payload that the initiator sends at once. */
function meet(
  seed: number,
  offered: readonly CryptoMethod[],
  taken: readonly CryptoMethod[],
  lengths = [7000],
): Meeting {
  const firstBytes = Buffer.alloc(seed % 700, 'first')
  const initiator = createMse(() => seededCrypto(seed)).initiate({ infoHash, methods: offered, firstBytes })
  const far = receiver(seed + 1, { methods: taken })
  const { sent: key } = feed(far, initiator.opening, lengths)
  const { sent: proposal } = feed(initiator, key, lengths)
  const { step: dialled, sent: answer } = feed(far, proposal, lengths)
  const { step: dialler } = feed(initiator, answer, lengths)
  return { dialled: agreed(dialled), dialler: agreed(dialler), request: firstBytes }
}

/** Takes bytes from one side to the other. */
function carry(from: MseAgreement, to: MseAgreement, bytes: Uint8Array): { onWire: Uint8Array; arrived: Uint8Array } {
  const onWire = Uint8Array.from(bytes)
  from.outgoing?.apply(onWire, onWire)
  const arrived = Uint8Array.from(onWire)
  to.incoming?.apply(arrived)
  return { onWire, arrived }
}

const anyMethods = fc.constantFrom(...METHODS)
const anyParts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 })
const anySeed = fc.nat(1_000_000)

describe('both sides', () => {
  it('agree under all settings and carry payload both ways', () => {
    const meeting = fc.property(anySeed, anyMethods, anyMethods, anyParts, (seed, offered, taken, lengths) => {
      const common = taken.find((method) => offered.includes(method))
      fc.pre(common !== undefined)
      const { dialled, dialler, request } = meet(seed, offered, taken, lengths)
      expect([dialled.method, dialler.method]).toEqual([common, common])
      expect(bytesEqual(dialled.infoHash, infoHash)).toBe(true)
      expect(bytesEqual(dialled.payload, request)).toBe(true)
      const [up, down] = [Buffer.alloc(500, 'up'), Buffer.alloc(700, 'down')]
      for (const [from, to, bytes] of [
        [dialler, dialled, up],
        [dialled, dialler, down],
        [dialler, dialled, down],
      ] as const) {
        const { onWire, arrived } = carry(from, to, bytes)
        expect(bytesEqual(arrived, bytes)).toBe(true)
        expect(bytesEqual(onWire, bytes)).toBe(common === 'plaintext')
      }
    })
    fc.assert(meeting, { numRuns: 150 })
  })

  it('carry up to 65,535 bytes with the handshake', () => {
    const mse = createMse(() => seededCrypto(1))
    const carried = (length: number): Uint8Array => {
      const near = mse.initiate({ infoHash, methods: ['rc4'], firstBytes: Buffer.alloc(length, 'long') })
      const far = receiver(2)
      const { sent: proposal } = feed(near, feed(far, near.opening, [1000]).sent, [1000])
      return agreed(feed(far, proposal, [1000]).step).payload
    }
    expect(bytesEqual(carried(65_535), Buffer.alloc(65_535, 'long'))).toBe(true)
    expect(() => carried(65_536)).toThrow('more first bytes')
  })

  it('say that they have no method in common', () => {
    expect(() => meet(1, ['plaintext'], ['rc4'])).toThrow('no-common-method')
    expect(() => meet(1, ['rc4'], ['plaintext'])).toThrow('no-common-method')
  })

  it('send padding of all lengths, 512 and 0 among them', () => {
    const lengths = Array.from({ length: 40 }, (_, seed) => {
      const { opening } = createMse(() => seededCrypto(seed)).initiate({
        infoHash,
        methods: ['rc4'],
        firstBytes: other,
      })
      return opening.length - 96
    })
    expect(new Set(lengths).size).toBeGreaterThan(30)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(512)
    for (const high of [0, 2]) {
      const crypto = {
        ...seededCrypto(1),
        randomBytes: (count: number) => new Uint8Array(count).fill(count === 2 ? 0 : 9),
      }
      if (high === 2)
        crypto.randomBytes = (count) => (count === 2 ? Uint8Array.of(2, 0) : new Uint8Array(count).fill(9))
      const { opening } = createMse(() => crypto).initiate({ infoHash, methods: ['rc4'], firstBytes: other })
      expect(opening.length).toBe(96 + high * 256)
    }
  })
})

describe('however the network cuts the bytes', () => {
  it('a receiver comes to the same end, with what follows the handshake', () => {
    const cut = fc.property(anySeed, anyMethods, anyParts, (seed, methods, lengths) => {
      const outcomes = [[100_000], lengths].map((parts) => {
        const initiator = createMse(() => seededCrypto(seed)).initiate({ infoHash, methods, firstBytes: infoHash })
        const far = receiver(seed + 1)
        const first = feed(far, initiator.opening, parts)
        const proposal = initiator.push(first.sent)
        if (proposal.kind !== 'more') throw new Error('no proposal')
        // All in one go behind the handshake: more than the handshake may ever keep.
        const { step, sent } = feed(far, concatBytes([proposal.send, Buffer.alloc(5000, 'payload')]), parts)
        const { payload, method } = agreed(step)
        return { payload: Buffer.from(payload).toString('hex'), method, sent: Buffer.from(sent).toString('hex') }
      })
      expect(outcomes[1]).toEqual(outcomes[0])
    })
    fc.assert(cut, { numRuns: 60 })
  })

  it('an initiator comes to the same end, with what follows the handshake', () => {
    const cut = fc.property(anySeed, anyMethods, anyParts, (seed, methods, lengths) => {
      const initiator = (): ReturnType<ReturnType<typeof createMse>['initiate']> =>
        createMse(() => seededCrypto(seed)).initiate({ infoHash, methods, firstBytes: infoHash })
      const far = receiver(seed + 1)
      const key = feed(far, initiator().opening, [1000]).sent
      const asked = initiator().push(key)
      if (asked.kind !== 'more') throw new Error('no proposal')
      const answer = agreed(far.push(asked.send))
      const payload = Buffer.alloc(5000, 'payload')
      answer.outgoing?.apply(payload, payload)
      const all = concatBytes([key, answer.send, payload])
      const whole = agreed(feed(initiator(), all, [100_000]).step)
      const inParts = agreed(feed(initiator(), all, lengths).step)
      expect(Buffer.from(inParts.payload).toString()).toBe(Buffer.alloc(5000, 'payload').toString())
      expect(bytesEqual(inParts.payload, whole.payload)).toBe(true)
    })
    fc.assert(cut, { numRuns: 60 })
  })

  it('a plain handshake passes untouched and costs no exponentiation', () => {
    const plain = Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), Buffer.alloc(48, 3)])
    const pass = fc.property(anyParts, fc.nat(3000), (lengths, behind) => {
      const bytes = Buffer.concat([plain, Buffer.alloc(behind, 9)])
      const asked: true[] = []
      const { step, sent } = feed(receiver(1, { mayExchange: () => asked.push(true) > 0 }), bytes, lengths)
      expect(step.kind === 'plain' && bytesEqual(step.payload, bytes)).toBe(true)
      expect([sent.length, asked.length]).toEqual([0, 0])
    })
    fc.assert(pass)
  })
})
