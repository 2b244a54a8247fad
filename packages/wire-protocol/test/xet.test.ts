import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCcbtError, toHex } from '@ccbt/primitives'

import { encodeExtensionHandshake, encodeXet, parseExtensionHandshake, parseXet } from '../src/index.ts'
import type { XetMessage } from '../src/index.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u8 = fc.integer({ min: 0, max: 255 })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const hashes = (count: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: count * 32, maxLength: count * 32, size: 'max' })
const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const query = fc
  .integer({ min: 1, max: 511 })
  .chain((count) => fc.record({ type: fc.constant('query'), id: u32, suite: u8, hashes: hashes(count) }))
const have = fc.integer({ min: 1, max: 511 }).chain((count) =>
  fc.record({
    type: fc.constant('have'),
    id: u32,
    count: fc.constant(count),
    bits: fc.uint8Array({ minLength: (count + 7) >>> 3, maxLength: (count + 7) >>> 3 }),
  }),
)
const data = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 16_384, size: 'max' }), fc.nat(100_000), fc.nat(1000))
  .chain(([bytes, offset, more]) =>
    fc.record({
      type: fc.constant('data'),
      id: u32,
      offset: fc.constant(offset),
      total: fc.constant(offset + bytes.length + more),
      codec: u8,
      bytes: fc.constant(bytes),
    }),
  )
const fileName = fc.oneof(
  fc.record({ by: fc.constantFrom('root', 'file-hash'), hash }),
  fc.record({ by: fc.constant('number'), number: u32 }),
)
const map = fc.integer({ min: 0, max: 450 }).chain((count) =>
  fc.record({
    type: fc.constant('map'),
    id: u32,
    fileHash: hash,
    size,
    total: fc.constant(count + 7),
    first: fc.nat(7),
    lengths: fc.array(fc.integer({ min: 1, max: 131_072 }), { minLength: count, maxLength: count }),
    hashes: hashes(count),
  }),
)
const place = fc.record({ infoHash: fc.uint8Array({ minLength: 20, maxLength: 20 }), file: u32, offset: size })

const messages = fc.oneof(
  query,
  have,
  data,
  map,
  fc.record({ type: fc.constantFrom('get', 'where'), id: u32, suite: u8, hash }),
  fc.record({ type: fc.constant('reject'), id: u32, code: u8, retryS: u16 }),
  fc.record({ type: fc.constant('cancel'), id: u32 }),
  fc.record({
    type: fc.constant('map-get'),
    id: u32,
    suite: u8,
    file: fileName,
    first: u32,
    count: fc.integer({ min: 1, max: 450 }),
  }),
  fc.record({ type: fc.constant('blocks-get'), id: u32, first: u32, count: fc.integer({ min: 1, max: 511 }) }),
  fc
    .integer({ min: 1, max: 511 })
    .chain((count) => fc.record({ type: fc.constant('blocks'), id: u32, first: u32, hashes: hashes(count) })),
  fc.record({ type: fc.constant('places'), id: u32, places: fc.array(place, { maxLength: 16 }) }),
  fc.record({
    type: fc.constant('head'),
    id: u32,
    publicKey: hash,
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    seq: size,
    salt: fc.uint8Array({ maxLength: 64, size: 'max' }),
    value: fc.uint8Array({ minLength: 1, maxLength: 1000, size: 'max' }),
  }),
) as fc.Arbitrary<XetMessage>

function hexOf(message: XetMessage): string {
  return toHex(encodeXet(message))
}

describe('messages of cc_xet', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseXet(encodeXet(message))).toEqual(message)
      }),
    )
  })

  it('that are cut off or too long are refused', () => {
    fc.assert(
      fc.property(messages, fc.nat(), (message, n) => {
        if (message.type === 'data' || message.type === 'head') return
        const payload = encodeXet(message)
        expect(() => parseXet(payload.subarray(0, n % payload.length))).toThrow(/cut off|has \d+ of/)
        expect(() => parseXet(Uint8Array.of(...payload, 0))).toThrow(/behind its end|cut off|has \d+ of/)
      }),
    )
  })

  it('of any bytes are read within bounds, or refused as the fault of the peer', () => {
    fc.assert(
      fc.property(fc.nat(16), fc.uint8Array({ maxLength: 300 }), (type, bytes) => {
        try {
          parseXet(Uint8Array.of(type, ...bytes))
        } catch (error) {
          expect(isCcbtError(error, 'WIRE_EXTENSION_INVALID')).toBe(true)
        }
      }),
    )
  })

  it('of types that we do not know are passed over', () => {
    expect(parseXet(Uint8Array.of(200, 0, 0, 0, 1, 2, 3))).toBeUndefined()
  })

  it('have the bytes of the specification', () => {
    const one = new Uint8Array(32).fill(0x11)
    expect(hexOf({ type: 'query', id: 1, suite: 1, hashes: one })).toBe(`0100000001010001${'11'.repeat(32)}`)
    expect(hexOf({ type: 'have', id: 1, count: 1, bits: Uint8Array.of(0x80) })).toBe('0200000001000180')
    expect(hexOf({ type: 'get', id: 2, suite: 1, hash: one })).toBe(`030000000201${'11'.repeat(32)}`)
    const part = Uint8Array.of(0x68, 0x69)
    expect(hexOf({ type: 'data', id: 2, offset: 0, total: 2, codec: 0, bytes: part })).toBe(
      '04000000020000000000000002006869',
    )
    expect(hexOf({ type: 'reject', id: 3, code: 2, retryS: 30 })).toBe('050000000302001e')
    expect(hexOf({ type: 'cancel', id: 3 })).toBe('0600000003')
    const file = { by: 'number', number: 0 } as const
    expect(hexOf({ type: 'map-get', id: 4, suite: 1, file, first: 0, count: 450 })).toBe(
      '070000000401030000000000000000 01c2'.replace(' ', ''),
    )
    const chunk = { size: 2, total: 1, first: 0, lengths: [2], hashes: one }
    expect(hexOf({ type: 'map', id: 4, fileHash: one, ...chunk })).toBe(
      `0800000004${'11'.repeat(32)}0000000000000002000000010000000000 0100000002${'11'.repeat(32)}`.replace(' ', ''),
    )
    expect(hexOf({ type: 'where', id: 5, suite: 1, hash: one })).toBe(`090000000501${'11'.repeat(32)}`)
    const found = { infoHash: one.subarray(0, 20), file: 3, offset: 65_536 }
    expect(hexOf({ type: 'places', id: 5, places: [found] })).toBe(
      `0a0000000501${'11'.repeat(20)}000000030000000000010000`,
    )
    expect(hexOf({ type: 'blocks-get', id: 6, first: 16, count: 32 })).toBe('0e00000006000000100020')
    expect(hexOf({ type: 'blocks', id: 6, first: 16, hashes: one })).toBe(`0f00000006000000100001${'11'.repeat(32)}`)
  })
})

describe('the dictionary cc_xet of the handshake', () => {
  const abilities = {
    suites: [1],
    queue: 64,
    maps: true,
    data: false,
    places: true,
    heads: false,
    zstd: true,
    blocks: true,
  }

  it('says what a peer answers', () => {
    const payload = encodeExtensionHandshake({ m: new Map([['cc_xet', 5]]), xet: abilities })
    expect(Buffer.from(payload).toString('latin1')).toBe('d6:cc_xetd1:ci53e1:qi64e2:suli1ee1:vi1ee1:md6:cc_xeti5eee')
    expect(parseExtensionHandshake(payload).xet).toEqual(abilities)
  })

  it('of another version counts as absent', () => {
    const payload = Buffer.from('d6:cc_xetd1:ci5e1:vi2ee1:mdee')
    expect(parseExtensionHandshake(payload).xet).toBeUndefined()
  })
})
