import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  createHead,
  HEADER_BYTES,
  MAX_SACK_BYTES,
  PacketType,
  readHead,
  writeHead,
  writePadding,
  writeSack,
} from '../src/packet.ts'
import type { PacketHead } from '../src/packet.ts'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const heads: fc.Arbitrary<PacketHead> = fc.record({
  type: fc.integer({ min: 0, max: 4 }),
  connectionId: u16,
  timestampUs: u32,
  delayUs: u32,
  windowBytes: u32,
  sequence: u16,
  ack: u16,
  sackAt: fc.constant(0),
  sackBytes: fc.constant(0),
  payloadAt: fc.constant(HEADER_BYTES),
})

function packet(length = HEADER_BYTES): Uint8Array {
  const bytes = new Uint8Array(length)
  writeHead(bytes, { ...createHead(), type: PacketType.data })
  return bytes
}

/** A packet with these extensions: kind and body of each. */
function extended(...extensions: readonly (readonly [kind: number, body: number[]])[]): Uint8Array {
  const head = packet()
  head[1] = extensions[0]?.[0] ?? 0
  const rest: number[] = []
  for (const [i, [, body]] of extensions.entries()) rest.push(extensions[i + 1]?.[0] ?? 0, body.length, ...body)
  return Uint8Array.of(...head, ...rest)
}

const isRead = (bytes: Uint8Array): boolean => readHead(bytes, createHead())

describe('packet heads', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(heads, (head) => {
        const bytes = new Uint8Array(HEADER_BYTES)
        writeHead(bytes, head)
        const read = createHead()
        expect(readHead(bytes, read)).toBe(true)
        expect(read).toEqual(head)
      }),
    )
  })

  it('have the layout of BEP 29', () => {
    const bytes = new Uint8Array(HEADER_BYTES)
    writeHead(bytes, {
      ...createHead(),
      type: PacketType.syn,
      connectionId: 0x0102,
      timestampUs: 0x03040506,
      delayUs: 0x0708090a,
      windowBytes: 0x0b0c0d0e,
      sequence: 0x0f10,
      ack: 0x1112,
    })
    expect([...bytes]).toEqual([0x41, 0, ...Array.from({ length: 18 }, (_, i) => i + 1)])
  })

  it('are nothing but heads: any bytes are read without leaving them, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, isLikely) => {
        if (isLikely && bytes.length > 0) bytes[0] = 0x01
        const head = createHead()
        if (!readHead(bytes, head)) return
        expect(head.payloadAt).toBeLessThanOrEqual(bytes.length)
        expect(head.sackAt + head.sackBytes).toBeLessThanOrEqual(head.payloadAt)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a short packet', packet().subarray(0, 19)],
    ['nothing', new Uint8Array()],
    ['another version', packet().fill(0x02, 0, 1)],
    ['another type', packet().fill(0x51, 0, 1)],
    ['a DHT query', new TextEncoder().encode('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')],
    ['an extension that is not there', packet().fill(1, 1, 2)],
    ['an extension without its length', Uint8Array.of(...packet().fill(1, 1, 2), 0)],
    ['an extension longer than the packet', Uint8Array.of(...packet().fill(1, 1, 2), 0, 8, 1, 2, 3, 4)],
    ['an empty selective ACK', extended([1, []])],
    ['two selective ACKs', extended([1, [1, 2, 3, 4]], [1, [1, 2, 3, 4]])],
    ['a chain without an end', extended([9, []]).fill(9, HEADER_BYTES, HEADER_BYTES + 1)],
  ])('refuse %s', (_, bytes) => {
    expect(isRead(bytes)).toBe(false)
  })

  it('pass over extensions that nobody knows', () => {
    const head = createHead()
    expect(readHead(extended([2, [1, 2, 3, 4, 5, 6, 7, 8]], [1, [9, 8, 7, 6]], [77, []]), head)).toBe(true)
    expect(head).toMatchObject({ sackAt: 32, sackBytes: 4, payloadAt: 38 })
  })

  it('take a mask of 6 bytes, as libtorrent sends them', () => {
    const head = createHead()
    expect(readHead(extended([1, [0x80, 0xff, 0xff, 0xff, 0xff, 0xff]]), head)).toBe(true)
    expect(head).toMatchObject({ sackAt: 22, sackBytes: 6, payloadAt: 28 })
  })

  it('say with a mask what came early', () => {
    const bytes = packet(400)
    const at = writeSack(bytes, MAX_SACK_BYTES)
    bytes[at + 251] = 0x80
    const head = createHead()
    expect(readHead(bytes.subarray(0, at + MAX_SACK_BYTES), head)).toBe(true)
    expect(head).toMatchObject({ sackAt: 22, sackBytes: 252, payloadAt: 274 })
  })

  it('can be padded to any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 65_000 }), (bytes) => {
        const padded = new Uint8Array(HEADER_BYTES + bytes + 5).fill(0xee)
        writeHead(padded, createHead())
        expect(writePadding(padded, bytes)).toBe(HEADER_BYTES + bytes)
        const head = createHead()
        expect(readHead(padded, head)).toBe(true)
        expect(head).toMatchObject({ payloadAt: HEADER_BYTES + bytes, sackBytes: 0 })
      }),
    )
  })
})
