import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createDecoder, createEncoder, encodePieceHeader, isWireError, makeReserved } from './kit.ts'
import type { WireHandler, WireLimits } from './kit.ts'
import { recorder } from './recorder.ts'

const limits: WireLimits = { maxBlockLength: 131_072 }
const HEAD_BYTES = 68
const hex = (s: string): Uint8Array => new Uint8Array(Buffer.from(s.replaceAll(' ', ''), 'hex'))

function block(length: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(13 + length).fill(fill)
  encodePieceHeader(bytes, 0, { piece: 1, begin: 0, length })
  return bytes
}

function start(handler: Partial<WireHandler> = {}, own: WireLimits = limits) {
  const { handler: base, events } = recorder()
  const decoder = createDecoder({ ...base, ...handler }, own, { expectHandshake: false })
  return { decoder, events }
}

function bodies(length: number): { name: string; header: Uint8Array }[] {
  const header = (id: number, extra: number[]): Uint8Array => {
    const bytes = new Uint8Array([0, 0, 0, 0, id, ...extra])
    new DataView(bytes.buffer).setUint32(0, length + bytes.length - 4)
    return bytes
  }
  return [
    { name: 'bitfield', header: header(5, []) },
    { name: 'extended', header: header(20, [9]) },
  ]
}

describe('messages that come in many reads', () => {
  const small = fc.oneof(
    fc.constant(hex('00000000')),
    fc.constantFrom(hex('00000001 00'), hex('00000001 03')),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((n) => new Uint8Array([0, 0, 0, 5, 4, ...n])),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((n) => new Uint8Array([0, 0, 0, 13, 6, ...n])),
    fc.uint8Array({ maxLength: 40 }).map((n) => new Uint8Array([0, 0, 0, 1 + n.length, 99, ...n])),
  )
  const large = fc.oneof(
    fc.integer({ min: 1, max: 40_000 }).map((length) => block(length, length & 0xff)),
    fc.integer({ min: 0, max: 20_000 }).map((length) => {
      const { header } = bodies(length)[1]!
      return new Uint8Array([...header, ...new Uint8Array(length).fill(length & 0xff)])
    }),
  )

  /** The stream split into messages by a reader that has no state: the reference. */
  function naive(stream: Uint8Array): string[] {
    const { handler, events } = recorder()
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    const data = new DataView(stream.buffer, stream.byteOffset, stream.length)
    for (let at = 0; at < stream.length;) {
      const length = data.getUint32(at)
      const body = stream.subarray(at + 5, at + 4 + length)
      const id = length === 0 ? -1 : stream[at + 4]!
      const u32 = (i: number): number => data.getUint32(at + 5 + 4 * i)
      if (id === -1) handler.keepAlive()
      if (id === 0) handler.choke()
      if (id === 3) handler.notInterested()
      if (id === 4) handler.have(u32(0))
      if (id === 6) handler.request(u32(0), u32(1), u32(2))
      if (id === 7) {
        events.push(`blockBegin ${u32(0)} ${u32(1)} ${body.length - 8}`)
        events.push(`blockEnd ${u32(0)} ${u32(1)} ${body.length - 8} ${text(body.subarray(8))}`)
      }
      if (id === 20) handler.extended(body[0]!, body.subarray(1))
      at += 4 + length
    }
    return events
  }

  it('are the messages that a reader of the whole stream sees', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: small }, { weight: 1, arbitrary: large }), { maxLength: 20 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 30_000 })), { minLength: 1 }),
        (messages, sizes) => {
          const stream = new Uint8Array(Buffer.concat(messages))
          const { decoder, events } = start()
          for (let at = 0, i = 0; at < stream.length; i++) {
            // Each read is overwritten after it, as a static receive buffer is.
            const read = stream.slice(at, at + sizes[i % sizes.length]!)
            at += read.length
            decoder.push(read)
            read.fill(0xee)
          }
          expect(events).toEqual(naive(stream))
          expect(decoder.isReceivingBlock).toBe(false)
          expect(decoder.bufferBytes).toBe(HEAD_BYTES)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('a handshake may come byte by byte, with messages behind it', () => {
    const encoder = createEncoder()
    encoder.handshake({ reserved: makeReserved({}), infoHash: new Uint8Array(20).fill(1), peerId: new Uint8Array(20) })
    encoder.unchoke()
    const { handler, events } = recorder()
    const decoder = createDecoder(handler, limits)
    for (const byte of encoder.take()) decoder.push(Uint8Array.of(byte))
    expect(events).toEqual([`handshake ${'00'.repeat(8)} ${'01'.repeat(20)} ${'00'.repeat(20)}`, 'unchoke'])
  })
})

describe('memory', () => {
  it.each(bodies(100_000))('of an announced $name is taken only as bytes arrive (H25)', ({ header }) => {
    const { decoder } = start()
    decoder.push(header)
    expect(decoder.bufferBytes).toBe(HEAD_BYTES)
    let sent = 0
    for (const part of [1, 500, 600, 7000, 20_000]) {
      decoder.push(new Uint8Array(part))
      sent += part
      expect(decoder.bufferBytes).toBeGreaterThanOrEqual(HEAD_BYTES + sent)
      expect(decoder.bufferBytes).toBeLessThanOrEqual(HEAD_BYTES + Math.max(1024, 2 * sent))
    }
    decoder.push(new Uint8Array(100_000 - sent))
    expect(decoder.bufferBytes).toBe(HEAD_BYTES)
  })

  it('of an incomplete message goes with stop()', () => {
    const { decoder } = start()
    decoder.push(bodies(10_000)[1]!.header)
    decoder.push(new Uint8Array(5000))
    expect(decoder.bufferBytes).toBeGreaterThan(HEAD_BYTES)
    decoder.stop()
    expect(decoder.bufferBytes).toBe(HEAD_BYTES)
  })

  it('of blocks and unknown messages is not taken at all', () => {
    const { decoder } = start({ blockBegin: () => undefined })
    for (const header of [hex('00010009 07 00000001 00000000'), hex('00010000 63')]) {
      decoder.push(header)
      for (let i = 0; i < 65; i++) {
        expect(decoder.bufferBytes).toBe(HEAD_BYTES)
        decoder.push(new Uint8Array(1000))
      }
      decoder.push(new Uint8Array(0x10000 - 65_000 - (header.length === 13 ? 0 : 1)))
    }
    expect(decoder.isReceivingBlock).toBe(false)
  })

  it('stays within the limits whatever a peer sends, and errors are WIRE_ errors', () => {
    const own = { maxBlockLength: 16_384, maxMessageLength: 3000 }
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc
        .tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 25 }), fc.uint8Array({ maxLength: 3000 }))
        .map(([length, id, rest]) => new Uint8Array([0, 0, length >>> 8, length, id, ...rest])),
    )
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 20 }), (reads) => {
        const { decoder } = start({}, own)
        try {
          for (const read of reads) {
            decoder.push(read)
            expect(decoder.bufferBytes).toBeLessThanOrEqual(HEAD_BYTES + 40_000)
          }
        } catch (error) {
          expect(isWireError(error)).toBe(true)
          expect(decoder.bufferBytes).toBe(HEAD_BYTES)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('bounds', () => {
  it.each([
    ['an extension handshake of more than 16 KiB (H36)', '00004003 14 00', 'WIRE_MESSAGE_TOO_LONG'],
    ['a bitfield of more than 2^21 pieces (H27)', '00040002 05', 'WIRE_MESSAGE_TOO_LONG'],
    ['a piece message without its fields', '00000008 07', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['have all after a block', '0000000a 07 00000000 00000000 aa 00000001 0e', 'WIRE_MESSAGE_UNEXPECTED'],
  ])('%s is refused, in one read or byte by byte', (_, bytes, code) => {
    const error = expect.objectContaining({ code, blame: 'peer' })
    expect(() => start().decoder.push(hex(bytes))).toThrow(error)
    const { decoder } = start()
    expect(() => hex(bytes).forEach((byte) => decoder.push(Uint8Array.of(byte)))).toThrow(error)
  })

  it('an extension message of the longest length passes', () => {
    const { decoder, events } = start({}, { ...limits, maxMessageLength: 1000 })
    decoder.push(hex('000003e9 14 07'))
    decoder.push(new Uint8Array(999))
    expect(events).toEqual([`extended 7 ${'00'.repeat(999)}`])
    expect(() => decoder.push(hex('000003ea 14'))).toThrow(expect.objectContaining({ code: 'WIRE_MESSAGE_TOO_LONG' }))
  })

  it('a bitfield may follow keep-alives, extension messages, a port and unknown messages', () => {
    const { decoder, events } = start()
    decoder.push(hex('00000000 00000004 14 00 6465 00000003 09 1ae1 00000001 c8 00000002 05 80'))
    expect(events.at(-1)).toBe('bitfield 80')
  })

  it('the length of a bitfield binds from when it is known', () => {
    const { decoder } = start()
    decoder.setBitfieldLength(3)
    expect(() => decoder.push(hex('00000003 05'))).toThrow(
      expect.objectContaining({ code: 'WIRE_MESSAGE_LENGTH_INVALID' }),
    )
  })
})

describe('a handler that interferes', () => {
  it('sends the rest of a block elsewhere', () => {
    const [first, second] = [new Uint8Array(8), new Uint8Array(8)]
    const { decoder } = start({ blockBegin: () => first })
    const bytes = block(8, 7)
    decoder.push(bytes.subarray(0, 15))
    expect(decoder.isReceivingBlock).toBe(true)
    decoder.redirect(second)
    decoder.push(bytes.subarray(15))
    expect(first).toEqual(hex('0707 000000000000'))
    expect(second).toEqual(hex('0000 070707070707'))
  })

  it('redirects only the block that is arriving, not the next', () => {
    const target = new Uint8Array(4)
    const { decoder } = start({ blockBegin: () => target })
    decoder.redirect(new Uint8Array(1))
    decoder.push(block(4, 9))
    expect(target).toEqual(hex('09090909'))
  })

  it('is told of a target that has not the length of the block', () => {
    const { decoder } = start({ blockBegin: () => new Uint8Array(5) })
    expect(() => decoder.push(block(4, 9))).toThrow(expect.objectContaining({ code: 'INTERNAL_BUG', blame: 'us' }))
  })

  it('may stop in the middle: nothing is written or told any more', () => {
    const target = new Uint8Array(4)
    const { decoder, events } = start({
      blockBegin: () => {
        decoder.stop()
        return target
      },
    })
    decoder.push(new Uint8Array([...block(4, 9), ...hex('00000001 01')]))
    decoder.push(hex('00000001 01'))
    expect(target).toEqual(new Uint8Array(4))
    expect(events).toEqual([])
    expect(decoder.isReceivingBlock).toBe(false)
  })

  it('may throw: the error comes out as it is and the decoder is stopped', () => {
    const thrown = new Error('mine')
    const { decoder, events } = start({
      have: () => {
        throw thrown
      },
    })
    expect(() => decoder.push(hex('00000005 04 00000001 00000001 01'))).toThrow(thrown)
    decoder.push(hex('00000001 01'))
    expect(events).toEqual([])
  })

  it('gets plain views, also of a Buffer: slice() copies', () => {
    let kept: Uint8Array | undefined
    const { decoder } = start({ extended: (_, payload) => (kept = payload.slice()) })
    const read = Buffer.from(hex('00000004 14 03 6465'))
    decoder.push(read)
    read.fill(0)
    expect(kept).toEqual(hex('6465'))
  })
})
