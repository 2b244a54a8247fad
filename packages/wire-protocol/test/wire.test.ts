import type { HashRange } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createDecoder, createEncoder, encodePieceHeader, isWireError, makeReserved, parseReserved } from './kit.ts'
import type { WireEncoder } from './kit.ts'
import { recorder } from './recorder.ts'

const limits = { maxBlockLength: 16_384 }
const text = (s: string): Uint8Array => Uint8Array.from(s, (c) => c.charCodeAt(0))
const hex = (s: string): Uint8Array => new Uint8Array(Buffer.from(s.replaceAll(' ', ''), 'hex'))

function decode(bytes: Uint8Array, options = {}): string[] {
  const { handler, events } = recorder()
  createDecoder(handler, { ...limits, ...options }, { expectHandshake: false }).push(bytes)
  return events
}

describe('golden bytes (BEP 3, 5, 6, 10)', () => {
  it.each<[string, string, (e: WireEncoder) => void]>([
    ['keepAlive', '00000000', (e) => e.keepAlive()],
    ['choke', '00000001 00', (e) => e.choke()],
    ['unchoke', '00000001 01', (e) => e.unchoke()],
    ['interested', '00000001 02', (e) => e.interested()],
    ['notInterested', '00000001 03', (e) => e.notInterested()],
    ['have 258', '00000005 04 00000102', (e) => e.have(258)],
    ['bitfield f0', '00000002 05 f0', (e) => e.bitfield(hex('f0'))],
    ['request 1 16384 16384', '0000000d 06 00000001 00004000 00004000', (e) => e.request(1, 16_384, 16_384)],
    ['cancel 1 0 16384', '0000000d 08 00000001 00000000 00004000', (e) => e.cancel(1, 0, 16_384)],
    ['port 6881', '00000003 09 1ae1', (e) => e.port(6881)],
    ['suggest 7', '00000005 0d 00000007', (e) => e.suggest(7)],
    ['haveAll', '00000001 0e', (e) => e.haveAll()],
    ['haveNone', '00000001 0f', (e) => e.haveNone()],
    ['reject 4294967295 0 1', '0000000d 10 ffffffff 00000000 00000001', (e) => e.reject(0xffff_ffff, 0, 1)],
    ['allowedFast 9', '00000005 11 00000009', (e) => e.allowedFast(9)],
    ['extended 3 6465', '00000004 14 03 6465', (e) => e.extended(3, text('de'))],
  ])('%s', (event, bytes, send) => {
    const encoder = createEncoder()
    send(encoder)
    expect(encoder.pending).toBe(hex(bytes).length)
    expect(encoder.take()).toEqual(hex(bytes))
    expect(encoder.pending).toBe(0)
    expect(decode(hex(bytes))).toEqual([event])
  })

  it('handshake', () => {
    const encoder = createEncoder()
    const reserved = makeReserved({ fast: true, extended: true })
    encoder.handshake({ reserved, infoHash: text('h'.repeat(20)), peerId: text('-CC0100-abcdefghijkl') })
    const bytes = encoder.take()
    expect(Buffer.from(bytes).toString('latin1')).toBe(
      `\x13BitTorrent protocol\0\0\0\0\0\x10\0\x04${'h'.repeat(20)}-CC0100-abcdefghijkl`,
    )
    const { handler, events } = recorder()
    createDecoder(handler, limits).push(bytes)
    expect(events).toHaveLength(1)
    expect(parseReserved(reserved)).toEqual({ fast: true, extended: true, dht: false, v2: false })
  })

  it('a block: its payload lands in the target', () => {
    const bytes = new Uint8Array(17)
    encodePieceHeader(bytes, 0, { piece: 5, begin: 32_768, length: 4 })
    bytes.set(text('data'), 13)
    expect(decode(bytes)).toEqual(['blockBegin 5 32768 4', 'blockEnd 5 32768 4 64617461'])
  })
})

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const hashRange: fc.Arbitrary<HashRange> = fc.record({
  piecesRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  baseLayer: u32,
  index: u32,
  length: u32,
  proofLayers: u32,
})
const message: fc.Arbitrary<(e: WireEncoder) => Uint8Array | undefined> = fc.oneof(
  fc.constantFrom<(e: WireEncoder) => undefined>(
    (e) => void e.keepAlive(),
    (e) => void e.choke(),
    (e) => void e.unchoke(),
    (e) => void e.interested(),
    (e) => void e.notInterested(),
  ),
  u32.map((n) => (e: WireEncoder) => void e.have(n)),
  fc.tuple(u32, u32, u32).map(
    ([p, b, l]) =>
      (e: WireEncoder) =>
        void e.request(p, b, l),
  ),
  fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 200 })).map(
    ([id, payload]) =>
      (e: WireEncoder) =>
        void e.extended(id, payload),
  ),
  fc.tuple(hashRange, fc.boolean()).map(
    ([range, isReject]) =>
      (e: WireEncoder) =>
        void (isReject ? e.hashReject(range) : e.hashRequest(range)),
  ),
  fc
    .tuple(hashRange, fc.integer({ min: 1, max: 5 }), fc.nat(31), u32)
    .map(([range, levels, proofLayers, at]) => (e: WireEncoder) => {
      const length = 2 ** levels
      const hashes = new Uint8Array(32 * (length + Math.max(0, proofLayers + 1 - levels))).fill(at)
      return void e.hashes({ ...range, length, proofLayers, index: at - (at % length) }, hashes)
    }),
  fc.tuple(u32, u32, fc.uint8Array({ minLength: 1, maxLength: 300 })).map(([piece, begin, payload]) => () => {
    const bytes = new Uint8Array(13 + payload.length)
    encodePieceHeader(bytes, 0, { piece, begin, length: payload.length })
    bytes.set(payload, 13)
    return bytes
  }),
)

describe('properties', () => {
  it('however a stream is split, the events are the same', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
        const encoder = createEncoder()
        const parts: Uint8Array[] = []
        for (const send of messages) {
          const raw = send(encoder)
          if (raw !== undefined) parts.push(encoder.take(), raw)
        }
        parts.push(encoder.take())
        const stream = new Uint8Array(Buffer.concat(parts))
        const { handler, events } = recorder()
        const decoder = createDecoder(handler, limits, { expectHandshake: false })
        // One scratch buffer for all reads: views kept beyond push() would be overwritten.
        const scratch = new Uint8Array(Math.max(stream.length, 64))
        for (let at = 0, i = 0; at < stream.length; i++) {
          const count = Math.min(cuts[i % Math.max(cuts.length, 1)] ?? 1, stream.length - at)
          scratch.set(stream.subarray(at, at + count))
          decoder.push(scratch.subarray(0, count))
          at += count
        }
        expect(events).toEqual(decode(stream))
      }),
      { numRuns: 300 },
    )
  })

  it('random bytes end in a WIRE_ error or in events, never in anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          expect(isWireError(error)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('hostile peers', () => {
  it.each([
    ['a length of 0xffffffff', 'ffffffff 05', 'WIRE_MESSAGE_TOO_LONG'],
    ['an unknown message of 2 GiB', '7fffffff c8', 'WIRE_MESSAGE_TOO_LONG'],
    ['an extension message of 2 MiB', '00200000 14', 'WIRE_MESSAGE_TOO_LONG'],
    ['a block of 16 KiB and one byte', '0000400a 07', 'WIRE_MESSAGE_TOO_LONG'],
    ['an empty block', '00000009 07', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a choke with a payload', '00000002 00', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a have without its piece', '00000003 04', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a request of 12 bytes', '0000000c 06', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['an extension message without an id', '00000001 14', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a second have all', '00000001 0e 00000001 0e', 'WIRE_MESSAGE_UNEXPECTED'],
  ])('%s is refused at its header', (_, bytes, code) => {
    expect(() => decode(hex(bytes))).toThrow(expect.objectContaining({ code, blame: 'peer' }))
  })

  it.each(['00000002 05', '00000004 05'])('a bitfield of the wrong length (%s) is refused', (bytes) => {
    expect(() => decode(hex(bytes), { bitfieldLength: 2 })).toThrow(
      expect.objectContaining({ code: 'WIRE_MESSAGE_LENGTH_INVALID' }),
    )
  })

  it('anything but a handshake is refused at its first wrong byte', () => {
    const { handler } = recorder()
    const decoder = createDecoder(handler, limits)
    decoder.push(text('\x13BitT'))
    expect(() => decoder.push(text('0'))).toThrow(expect.objectContaining({ code: 'WIRE_HANDSHAKE_INVALID' }))
  })

  it('a bitfield may come again, as aria2 sends it in place of many haves', () => {
    expect(decode(hex('00000005 04 00000001 00000002 05 c0'))).toEqual(['have 1', 'bitfield c0'])
  })

  it('unknown messages are skipped', () => {
    expect(decode(hex('00000004 c8 010203 00000001 01'))).toEqual(['unchoke'])
  })
})

describe('a block on its way', () => {
  it('can be diverted: the rest goes nowhere, the next message is read right', () => {
    const first = new Uint8Array(8)
    const { handler, events } = recorder()
    const decoder = createDecoder({ ...handler, blockBegin: () => first }, limits, { expectHandshake: false })
    const bytes = new Uint8Array(21)
    encodePieceHeader(bytes, 0, { piece: 0, begin: 0, length: 8 })
    bytes.fill(7, 13)
    decoder.push(bytes.subarray(0, 15))
    decoder.redirect(undefined)
    decoder.push(bytes.subarray(15))
    decoder.push(hex('00000001 01'))
    expect(first).toEqual(hex('0707000000000000'))
    expect(events.at(-1)).toBe('unchoke')
  })

  it('is skipped when nobody wants it', () => {
    const { handler, events } = recorder({ takeBlocks: false })
    const decoder = createDecoder(handler, limits, { expectHandshake: false })
    decoder.push(hex('0000000b 07 00000001 00000000 aabb 00000000'))
    expect(events).toEqual(['blockBegin 1 0 2', 'blockEnd 1 0 2 skipped', 'keepAlive'])
  })

  it('a handler that stops the decoder hears nothing more', () => {
    const { handler, events } = recorder()
    const decoder = createDecoder({ ...handler, choke: () => decoder.stop() }, limits, { expectHandshake: false })
    decoder.push(hex('00000001 00 00000001 01'))
    expect(events).toEqual([])
  })
})
