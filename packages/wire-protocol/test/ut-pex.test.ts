import { encode } from '@ccbt/bencode'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { DONT_HAVE, encodeDontHave, encodePex, isWireError, parseDontHave, parsePex, PexFlag } from './kit.ts'

const peer = (ipBytes: number) =>
  fc.record({
    ip: fc.uint8Array({ minLength: ipBytes, maxLength: ipBytes }),
    port: fc.integer({ min: 0, max: 65_535 }),
    flags: fc.integer({ min: 0, max: 255 }),
  })
const lists = fc.tuple(fc.array(peer(4), { maxLength: 25 }), fc.array(peer(16), { maxLength: 25 }))

describe('ut_pex (BEP 11)', () => {
  it('has the bytes of the specification', () => {
    const ip = Uint8Array.of(1, 2, 3, 4)
    const payload = encodePex({ added: [{ ip, port: 0x1ae1, flags: PexFlag.isSeed }], dropped: [] })
    expect(Buffer.from(payload).toString('latin1')).toBe(
      'd5:added6:\x01\x02\x03\x04\x1a\xe17:added.f1:\x026:added60:8:added6.f0:7:dropped0:8:dropped60:e',
    )
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(lists, lists, ([added4, added6], [dropped4, dropped6]) => {
        const added = [...added4, ...added6]
        const dropped = [...dropped4, ...dropped6].map(({ ip, port }) => ({ ip, port, flags: 0 }))
        expect(parsePex(encodePex({ added, dropped }))).toEqual({ added, dropped })
      }),
    )
  })

  it('of ten thousand peers 50 are used, of both kinds (H42)', () => {
    const many = encode({
      added: new Uint8Array(6 * 5000),
      added6: new Uint8Array(18 * 5000),
      dropped: new Uint8Array(6 * 5000),
    })
    const { added, dropped } = parsePex(many)
    expect(added.filter(({ ip }) => ip.length === 4)).toHaveLength(25)
    expect(added.filter(({ ip }) => ip.length === 16)).toHaveLength(25)
    expect(dropped).toHaveLength(50)
    const few6 = parsePex(encode({ added: new Uint8Array(6 * 5000), added6: new Uint8Array(18 * 3) })).added
    expect([few6.length, few6.filter(({ ip }) => ip.length === 16).length]).toEqual([50, 3])
    const few4 = parsePex(encode({ added: new Uint8Array(6 * 3), added6: new Uint8Array(18 * 5000) })).added
    expect([few4.length, few4.filter(({ ip }) => ip.length === 4).length]).toEqual([50, 3])
  })

  it('we tell no more than 50', () => {
    const added = Array.from({ length: 90 }, (_, i) => ({ ip: Uint8Array.of(1, 1, 1, i), port: i, flags: 0 }))
    expect(parsePex(encodePex({ added, dropped: added }))).toEqual({
      added: added.slice(0, 50),
      dropped: added.slice(0, 50),
    })
  })

  it('flags that are missing are 0', () => {
    expect(
      parsePex(encode({ added: new Uint8Array(12), 'added.f': Uint8Array.of(3) })).added.map((p) => p.flags),
    ).toEqual([3, 0])
  })

  it('an address cut off is refused', () => {
    for (const [key, length] of [
      ['added', 7],
      ['added6', 17],
      ['dropped', 5],
      ['dropped6', 19],
    ] as const) {
      expect(() => parsePex(encode({ [key]: new Uint8Array(length) }))).toThrow(
        expect.objectContaining({ code: 'WIRE_EXTENSION_INVALID' }),
      )
    }
  })

  it('random bytes end in a WIRE_ error or peers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
        try {
          parsePex(payload)
        } catch (error) {
          expect(isWireError(error)).toBe(true)
        }
      }),
    )
  })

  it('keeps nothing of the receive buffer', () => {
    const payload = Buffer.from(
      encodePex({ added: [{ ip: Uint8Array.of(9, 9, 9, 9), port: 1, flags: 0 }], dropped: [] }),
    )
    const { added } = parsePex(payload)
    payload.fill(0)
    expect(added[0]!.ip).toEqual(Uint8Array.of(9, 9, 9, 9))
  })
})

describe('lt_donthave (BEP 54)', () => {
  it('is a piece index', () => {
    expect(DONT_HAVE).toBe('lt_donthave')
    expect(encodeDontHave(258)).toEqual(Uint8Array.of(0, 0, 1, 2))
    expect(parseDontHave(encodeDontHave(0xffff_ffff))).toBe(0xffff_ffff)
    for (const length of [0, 3, 5]) expect(() => parseDontHave(new Uint8Array(length))).toThrow(/bytes/)
  })
})
