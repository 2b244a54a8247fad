import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createDecoder, createEncoder, PIECE_HEADER_BYTES } from './kit.ts'
import type { WireEncoder } from './kit.ts'
import { recorder } from './recorder.ts'

const MAX_PENDING_BYTES = 1_048_576

describe('what the encoder gives away', () => {
  const sending = fc.oneof(
    fc.integer({ min: 1, max: 400 }).map((count) => (encoder: WireEncoder) => {
      for (let i = 0; i < count; i++) encoder.request(i, 16_384, 16_384)
    }),
    fc.uint8Array({ maxLength: 10_000 }).map((bits) => (encoder: WireEncoder) => encoder.extended(1, bits)),
    fc.integer({ min: 0, max: 9 }).map((piece) => (encoder: WireEncoder) => encoder.have(piece)),
  )

  it('is never written again, and is the stream of its messages', () => {
    fc.assert(
      fc.property(fc.array(sending, { maxLength: 12 }), fc.array(fc.boolean(), { minLength: 1 }), (sends, takes) => {
        const encoder = createEncoder()
        const whole = createEncoder()
        const taken: { bytes: Uint8Array; copy: Uint8Array }[] = []
        const take = (): void => {
          const bytes = encoder.take()
          taken.push({ bytes, copy: bytes.slice() })
          expect(encoder.pending).toBe(0)
        }
        sends.forEach((send, i) => {
          send(encoder)
          send(whole)
          if (takes[i % takes.length] === true) take()
        })
        take()
        for (const { bytes, copy } of taken) expect(bytes).toEqual(copy)
        expect(Buffer.concat(taken.map(({ bytes }) => bytes)).equals(whole.take())).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('is nothing when nothing was said', () => {
    expect(createEncoder().take()).toHaveLength(0)
  })
})

describe('round trip', () => {
  it('a block sent behind its header arrives', () => {
    const { handler, events } = recorder()
    const decoder = createDecoder(handler, { maxBlockLength: 16_384 }, { expectHandshake: false })
    const encoder = createEncoder()
    encoder.unchoke()
    encoder.pieceHeader(7, 16_384, 3)
    expect(encoder.pending).toBe(5 + PIECE_HEADER_BYTES)
    decoder.push(encoder.take())
    decoder.push(Uint8Array.of(1, 2, 3))
    expect(events).toEqual(['unchoke', 'blockBegin 7 16384 3', 'blockEnd 7 16384 3 010203'])
  })
})

describe('a peer that never reads (H30)', () => {
  it('costs at most 1 MiB: what does not fit is dropped whole and isFull stays true', () => {
    const encoder = createEncoder()
    while (!encoder.isFull) {
      encoder.reject(1, 0, 16_384)
      expect(encoder.pending).toBeLessThanOrEqual(MAX_PENDING_BYTES)
    }
    expect(encoder.pending).toBe(MAX_PENDING_BYTES - (MAX_PENDING_BYTES % 17))
    encoder.bitfield(new Uint8Array(1000))
    const { handler, events } = recorder()
    createDecoder(handler, { maxBlockLength: 1 }, { expectHandshake: false }).push(encoder.take())
    expect(new Set(events)).toEqual(new Set(['reject 1 0 16384']))
    expect(encoder.isFull).toBe(true)
  })

  it('never happens to a handshake with the longest bitfield', () => {
    const encoder = createEncoder()
    encoder.bitfield(new Uint8Array(262_144))
    for (let i = 0; i < 30_000; i++) encoder.request(i, 0, 16_384)
    expect(encoder.isFull).toBe(false)
  })
})

describe('a handshake of odd parts', () => {
  it('is our own bug', () => {
    const ok = { reserved: new Uint8Array(8), infoHash: new Uint8Array(20), peerId: new Uint8Array(20) }
    for (const part of ['reserved', 'infoHash', 'peerId']) {
      expect(() => createEncoder().handshake({ ...ok, [part]: new Uint8Array(32) })).toThrow(/handshake/)
    }
  })
})
