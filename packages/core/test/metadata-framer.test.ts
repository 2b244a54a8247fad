import { concatBytes } from '@ccbt/primitives'
import { createEncoder, HANDSHAKE_BYTES, makeReserved } from '@ccbt/wire-protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Framer } from '../src/metadata/framer.ts'

function collect(): { readonly framer: Framer; readonly units: Uint8Array[] } {
  const units: Uint8Array[] = []
  return { framer: new Framer((unit) => void units.push(unit.slice())), units }
}

function handshake(): Uint8Array {
  const encoder = createEncoder()
  const hash = new Uint8Array(20).fill(1)
  encoder.handshake({ reserved: makeReserved({ fast: true }), infoHash: hash, peerId: hash })
  return encoder.take()
}

function message(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(4 + length).fill(id)
  new DataView(bytes.buffer).setUint32(0, length)
  return bytes
}

describe('Framer', () => {
  it('finds the same messages however the bytes are cut, and keeps the incomplete one', () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 70_000 }))
    const messages = fc.array(fc.tuple(fc.constantFrom(4, 5, 20), length), { maxLength: 12 })
    const cuts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(messages, cuts, fc.nat(100), (list, sizes, missing) => {
        const units = [handshake(), ...list.map(([id, bytes]) => message(id, bytes))]
        const all = concatBytes(units)
        const sent = all.subarray(0, all.length - missing)
        const { framer, units: found } = collect()
        for (let at = 0, n = 0; at < sent.length; n++) {
          const size = sizes[n % sizes.length]!
          framer.push(sent.subarray(at, at + size))
          at += size
        }
        const whole = concatBytes(found)
        expect(found).toEqual(units.slice(0, found.length))
        expect(concatBytes([whole, framer.rest])).toEqual(sent.slice())
        if (missing === 0) expect(found.length).toBe(units.length)
      }),
      { numRuns: 200 },
    )
  })

  it('takes single bytes', () => {
    const units = [handshake(), message(0, 0), message(20, 300), message(0, 0), message(1, 1)]
    const { framer, units: found } = collect()
    for (const byte of concatBytes(units)) framer.push(Uint8Array.of(byte))
    expect(found).toEqual(units)
    expect(framer.rest.length).toBe(0)
  })

  it('refuses a long message at its head', () => {
    const head = (id: number, length: number): Uint8Array => message(id, length).subarray(0, 5)
    const pushed = (bytes: Uint8Array): (() => void) => {
      const { framer } = collect()
      framer.push(handshake())
      return () => framer.push(bytes)
    }
    expect(pushed(Uint8Array.of(255, 255, 255, 255, 20))).toThrow(/4294967295 bytes/)
    expect(pushed(head(20, 131_074))).toThrow(/131074 bytes/)
    expect(pushed(head(5, 262_146))).toThrow(/262146 bytes/)
    expect(pushed(head(5, 262_145))).not.toThrow()
    expect(handshake().length).toBe(HANDSHAKE_BYTES)
  })

  it('takes nothing more when it is stopped, also from within', () => {
    const units: number[] = []
    const framer: Framer = new Framer((unit) => {
      units.push(unit.length)
      if (units.length === 2) framer.stop()
    })
    framer.push(concatBytes([handshake(), message(1, 1), message(2, 1), message(3, 1)]))
    framer.push(message(4, 1))
    expect(units).toEqual([HANDSHAKE_BYTES, 5])
    expect(framer.rest.length).toBe(0)
  })
})
