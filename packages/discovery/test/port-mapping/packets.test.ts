import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromHex, toHex } from '@ccbt/primitives'

import type { MappingRequest } from '../../src/port-mapping/mapping.ts'
import {
  natPmpAddressRequest,
  natPmpMapRequest,
  readNatPmpAddress,
  readNatPmpMapping,
} from '../../src/port-mapping/nat-pmp-packets.ts'
import { pcpMapRequest, readPcpAnswer } from '../../src/port-mapping/pcp-packets.ts'

const NONCE = '000102030405060708090a0b'

const request: MappingRequest = {
  protocol: 'tcp',
  internalPort: 0x1ae1,
  externalPort: 0x2000,
  nonce: fromHex(NONCE)!,
}

/** Bytes of a hexadecimal text with spaces. */
function bytes(text: string): Uint8Array {
  return fromHex(text.replaceAll(' ', ''))!
}

describe('NAT-PMP datagrams', () => {
  it('have the form of RFC 6886', () => {
    expect(toHex(natPmpAddressRequest())).toBe('0000')
    expect(toHex(natPmpMapRequest(request, 3600))).toBe('000200001ae1200000000e10')
    expect(toHex(natPmpMapRequest({ ...request, protocol: 'udp' }, 0))).toBe('000100001ae1000000000000')
  })

  it('are read', () => {
    expect(readNatPmpAddress(bytes('00 80 0000 00000064 cb007109'))).toEqual({ kind: 'granted', value: '203.0.113.9' })
    expect(readNatPmpMapping(bytes('00 82 0000 00000064 1ae1 9c40 00000e10'), request)).toEqual({
      kind: 'granted',
      value: { epochS: 100, externalPort: 40_000, lifetimeS: 3600 },
    })
  })

  it('that say no are read at any length', () => {
    expect(readNatPmpMapping(bytes('00 82 0002 00000064'), request)).toMatchObject({ kind: 'refused' })
    expect(readNatPmpMapping(bytes('00 82 00ff 00000064 1ae1 0000 00000000'), request)).toEqual({
      kind: 'refused',
      reason: 'result 255',
    })
  })

  it.each([
    ['another opcode', '00 81 0000 00000064 1ae1 9c40 00000e10'],
    ['a question', '00 02 0000 00000064 1ae1 9c40 00000e10'],
    ['another port', '00 82 0000 00000064 1ae2 9c40 00000e10'],
    ['a byte too few', '00 82 0000 00000064 1ae1 9c40 00000e'],
    ['a byte too many', '00 82 0000 00000064 1ae1 9c40 00000e10 00'],
    ['a refusal of something else', '00 81 0002 00000064'],
    ['nothing', ''],
  ])('with %s are none', (_what, text) => {
    expect(readNatPmpMapping(bytes(text), request)).toBeUndefined()
  })
})

const HEAD = '02 81 00 00 00000e10 00000064 000000000000000000000000'
const BODY = `${NONCE} 06 000000 1ae1 9c40 00000000000000000000ffffcb007109`

describe('PCP datagrams', () => {
  it('have the form of RFC 6887', () => {
    expect(toHex(pcpMapRequest(request, 3600, '192.168.1.2'))).toBe(
      `0201000000000e1000000000000000000000ffffc0a80102${NONCE}060000001ae1200000000000000000000000ffff00000000`,
    )
    expect(toHex(pcpMapRequest(request, 0, '2001:db8::1')).slice(0, 48)).toBe(
      '020100000000000020010db8000000000000000000000001',
    )
  })

  it('are read, with options behind', () => {
    const expected = { kind: 'granted', epochS: 100, lifetimeS: 3600, externalPort: 40_000, externalIp: '203.0.113.9' }
    expect(readPcpAnswer(bytes(HEAD + BODY), request)).toEqual(expected)
    expect(readPcpAnswer(bytes(`${HEAD}${BODY}02000000`), request)).toEqual(expected)
  })

  it('of another version are a refusal', () => {
    expect(readPcpAnswer(bytes('00 81 0001 00000064'), request)).toEqual({
      kind: 'refused',
      reason: 'unsupported version',
    })
    expect(readPcpAnswer(bytes('01 81 0001'), request)?.kind).toBe('refused')
  })

  it('that say no need the nonce too', () => {
    const refusal = bytes((HEAD + BODY).replace('02 81 00 00', '02 81 00 0b'))
    expect(readPcpAnswer(refusal, request)).toEqual({ kind: 'refused', reason: 'the port outside cannot be had' })
    expect(readPcpAnswer(refusal.with(24, 9), request)).toBeUndefined()
    expect(readPcpAnswer(refusal.subarray(0, 24), request)).toBeUndefined()
  })

  it('are never believed with one wrong bit where it matters, whatever else they hold', () => {
    const good = bytes(HEAD + BODY)
    // Version, opcode, result; nonce, protocol, internal port.
    const matters = [1, 3, ...Array.from({ length: 13 }, (_, i) => 24 + i), 40, 41]
    fc.assert(
      fc.property(fc.constantFrom(...matters), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        expect(readPcpAnswer(good.with(at, good[at]! ^ flip), request)?.kind).not.toBe('granted')
      }),
    )
  })

  it('are read from any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (any) => {
        expect(readPcpAnswer(any, request)?.kind).not.toBe('granted')
        readNatPmpMapping(any, request)
        readNatPmpAddress(any)
      }),
    )
  })
})
