import type { HashRange } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createDecoder, createEncoder } from './kit.ts'
import type { WireEncoder } from './kit.ts'
import { recorder } from './recorder.ts'

const limits = { maxBlockLength: 16_384 }
const hex = (s: string): Uint8Array => new Uint8Array(Buffer.from(s.replaceAll(' ', ''), 'hex'))
const ROOT = Array.from({ length: 32 }, (_, n) => (n + 1).toString(16).padStart(2, '0')).join('')
const range: HashRange = { piecesRoot: hex(ROOT), baseLayer: 3, index: 1024, length: 512, proofLayers: 10 }
const LAYER = '00000003 00000400 00000200 0000000a'

function encode(send: (encoder: WireEncoder) => void): Uint8Array {
  const encoder = createEncoder()
  send(encoder)
  return encoder.take()
}

function decode(bytes: Uint8Array): string[] {
  const { handler, events } = recorder()
  createDecoder(handler, limits, { expectHandshake: false }).push(bytes)
  return events
}

/** A `hashes` message with any fields and any amount behind them. */
function hashesMessage(fields: Partial<HashRange>, bytes: number): Uint8Array {
  return encode((e) => e.hashes({ ...range, ...fields }, new Uint8Array(bytes)))
}

describe('hash messages (BEP 52)', () => {
  it.each<[string, string, (e: WireEncoder) => void]>([
    ['hashRequest', `00000031 15 ${ROOT} ${LAYER}`, (e) => e.hashRequest(range)],
    ['hashReject', `00000031 17 ${ROOT} ${LAYER}`, (e) => e.hashReject(range)],
  ])('%s has these bytes', (event, bytes, send) => {
    expect(encode(send)).toEqual(hex(bytes))
    expect(decode(hex(bytes))).toEqual([`${event} ${ROOT} 3 1024 512 10`])
  })

  it('hashes come after the fields, then the uncles that the hashes do not give themselves', () => {
    const hashes = new Uint8Array((2 + 3) * 32).map((_, n) => n >> 5)
    const few: HashRange = { ...range, baseLayer: 0, index: 6, length: 2, proofLayers: 3 }
    const bytes = encode((e) => e.hashes(few, hashes))
    const text = Buffer.from(hashes).toString('hex')
    expect(bytes).toEqual(hex(`000000d1 16 ${ROOT} 00000000 00000006 00000002 00000003 ${text}`))
    expect(decode(bytes)).toEqual([`hashes ${ROOT} 0 6 2 3 ${text}`])
  })

  it.each([
    [{ length: 512, proofLayers: 0 }, 512],
    [{ length: 512, proofLayers: 8 }, 512],
    [{ length: 512, proofLayers: 9 }, 513],
    [{ length: 512, proofLayers: 31 }, 535],
    [{ length: 2, proofLayers: 0 }, 2],
    [{ length: 2, proofLayers: 1 }, 3],
  ])('%j is %i hashes, no more and no fewer', (fields, count) => {
    expect(decode(hashesMessage(fields, 32 * count))).toHaveLength(1)
    for (const bytes of [0, 32 * (count - 1), 32 * count - 1, 32 * count + 1]) {
      expect(() => decode(hashesMessage(fields, bytes))).toThrow(
        expect.objectContaining({ code: 'WIRE_HASHES_INVALID', blame: 'peer' }),
      )
    }
  })

  it.each<[string, Partial<HashRange>, number]>([
    ['no hash', { length: 0, proofLayers: 0 }, 0],
    ['one hash', { length: 1, proofLayers: 0, index: 0 }, 1],
    ['three hashes', { length: 3, proofLayers: 0, index: 3 }, 3],
    ['1024 hashes by its field', { length: 1024, proofLayers: 0 }, 512],
    ['2^31 hashes by its field', { length: 2 ** 31, proofLayers: 0, index: 0 }, 2],
    ['a crooked index', { length: 512, index: 256, proofLayers: 0 }, 512],
    ['32 proof layers', { length: 512, proofLayers: 32 }, 536],
  ])('H41: %s is refused', (_, fields, count) => {
    expect(() => decode(hashesMessage(fields, 32 * count))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^WIRE_/), blame: 'peer' }),
    )
  })

  it('H41: a request for 2^31 hashes with 31 layers of proof is passed on, to be rejected', () => {
    const wish = { ...range, index: 0, length: 2 ** 31, proofLayers: 31 }
    expect(decode(encode((e) => e.hashRequest(wish)))).toEqual([`hashRequest ${ROOT} 3 0 2147483648 31`])
    expect(decode(encode((e) => e.hashReject(wish)))).toEqual([`hashReject ${ROOT} 3 0 2147483648 31`])
  })

  it.each([
    ['a request that is short', '00000030 15', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a request that is long', '00000032 15', 'WIRE_MESSAGE_TOO_LONG'],
    ['a reject that is short', '00000001 17', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['a reject that is long', '7fffffff 17', 'WIRE_MESSAGE_TOO_LONG'],
    ['hashes without their fields', '00000030 16', 'WIRE_MESSAGE_LENGTH_INVALID'],
    ['more hashes than we ever ask for', '00004412 16', 'WIRE_MESSAGE_TOO_LONG'],
  ])('%s is refused at its header', (_, header, code) => {
    expect(() => decode(hex(header))).toThrow(expect.objectContaining({ code, blame: 'peer' }))
  })

  it('H40: are passed over by a handler that has no v2 torrents', () => {
    const { handler, events } = recorder()
    delete handler.hashRequest
    delete handler.hashes
    delete handler.hashReject
    const decoder = createDecoder(handler, limits, { expectHandshake: false })
    decoder.push(encode((e) => e.hashRequest(range)))
    decoder.push(hashesMessage({ proofLayers: 0 }, 32 * 512))
    decoder.push(encode((e) => e.hashReject(range)))
    decoder.push(encode((e) => e.unchoke()))
    expect(events).toEqual(['unchoke'])
  })

  it('give views of what was read when a message comes in one read', () => {
    const { handler } = recorder()
    const seen: Uint8Array[] = []
    const decoder = createDecoder(
      { ...handler, hashes: ({ piecesRoot }, hashes) => seen.push(piecesRoot, hashes) },
      limits,
      { expectHandshake: false },
    )
    const bytes = hashesMessage({ proofLayers: 0 }, 32 * 512)
    decoder.push(bytes)
    expect(seen.map((view) => view.buffer)).toEqual([bytes.buffer, bytes.buffer])
  })

  it('random bytes behind any of the three ids end in a WIRE_ error or an event', () => {
    fc.assert(
      fc.property(fc.constantFrom(21, 22, 23), fc.uint8Array({ maxLength: 200 }), (id, payload) => {
        const bytes = new Uint8Array([0, 0, 0, payload.length + 1, id, ...payload])
        try {
          expect(decode(bytes)).toHaveLength(1)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^WIRE_/), blame: 'peer' })
        }
      }),
    )
  })

  it('with a root that is no hash are our own bug', () => {
    expect(() => createEncoder().hashRequest({ ...range, piecesRoot: new Uint8Array(20) })).toThrow(
      expect.objectContaining({ code: 'INTERNAL_BUG' }),
    )
  })
})
