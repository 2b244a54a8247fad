import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { encodeHolepunch, parseHolepunch } from '../src/index.ts'
import type { HolepunchMessage } from '../src/index.ts'

const ip = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
const port = fc.nat(65_535)
const message: fc.Arbitrary<HolepunchMessage> = fc.oneof(
  fc.record({ kind: fc.constantFrom('rendezvous' as const, 'connect' as const), ip, port }),
  fc.record({ kind: fc.constant('error' as const), ip, port, error: fc.nat(0xffff_ffff) }),
)

describe('ut_holepunch', () => {
  it('comes back as it was sent', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(parseHolepunch(encodeHolepunch(sent))).toEqual(sent)
      }),
    )
  })

  it('has the bytes of BEP 55', () => {
    const sent = { kind: 'error', ip: Uint8Array.of(192, 0, 2, 7), port: 0x1ae1, error: 2 } as const
    expect(Buffer.from(encodeHolepunch(sent)).toString('hex')).toBe('0200c00002071ae100000002')
    const v6 = { kind: 'connect', ip: new Uint8Array(16).fill(0x11), port: 1 } as const
    expect(Buffer.from(encodeHolepunch(v6)).toString('hex')).toBe(`0101${'11'.repeat(16)}000100000000`)
  })

  it('may lack the error where there is none, and be of a kind that we do not know', () => {
    expect(parseHolepunch(Uint8Array.of(1, 0, 192, 0, 2, 7, 0, 9))).toEqual({
      kind: 'connect',
      ip: Uint8Array.of(192, 0, 2, 7),
      port: 9,
    })
    expect(parseHolepunch(Uint8Array.of(7, 0, 192, 0, 2, 7, 0, 9))).toBe(undefined)
  })

  it('is refused when it is cut off or of no family', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, cut) => {
        const whole = encodeHolepunch(sent)
        const needed = sent.kind === 'error' ? whole.length : whole.length - 4
        expect(() => parseHolepunch(whole.subarray(0, cut % needed))).toThrow(
          expect.objectContaining({ code: 'WIRE_EXTENSION_INVALID' }),
        )
      }),
    )
    expect(() => parseHolepunch(Uint8Array.of(0, 2, ...new Uint8Array(22)))).toThrow('ut_holepunch')
  })
})
