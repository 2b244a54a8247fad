import { fromHex, seededRandom, toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bucketIndex, closer, isIdRightFor, nodeIdFor, randomId } from '../src/dht/node-id.ts'

/** BEP 42, "test vectors". */
const VECTORS = [
  ['124.31.75.21', '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'],
  ['21.75.31.124', '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256'],
  ['65.23.51.170', 'a5d43220bc8f112a3d426c84764f8c2a1150e616'],
  ['84.124.73.14', '1b0321dd1bb1fe518101ceef99462b947a01ff41'],
  ['43.213.53.83', 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a'],
] as const

const id = fc.uint8Array({ minLength: 20, maxLength: 20 })

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}

/** The distance as a number: what BEP 5 says, without a thought of speed. */
function distance(a: Uint8Array, b: Uint8Array): bigint {
  return BigInt(`0x${toHex(a.map((byte, at) => byte ^ b[at]!))}`)
}

describe('ids that an address may have', () => {
  it.each(VECTORS)('accepts the vector of %s', (ip, hex) => {
    expect(isIdRightFor(bytes(hex), ip)).toBe(true)
  })

  it.each(VECTORS)('refuses the vector of %s with any of the first 21 bits or the last three changed', (ip, hex) => {
    for (const bit of [...Array.from({ length: 21 }, (_, n) => n), 157, 158, 159]) {
      const changed = bytes(hex)
      changed[bit >>> 3] = changed[bit >>> 3]! ^ (0x80 >>> (bit & 7))
      expect(isIdRightFor(changed, ip), `bit ${bit}`).toBe(false)
    }
  })

  it.each(VECTORS)('looks at no other bit of the vector of %s', (ip, hex) => {
    for (let bit = 21; bit < 157; bit++) {
      const changed = bytes(hex)
      changed[bit >>> 3] = changed[bit >>> 3]! ^ (0x80 >>> (bit & 7))
      expect(isIdRightFor(changed, ip), `bit ${bit}`).toBe(true)
    }
  })

  it('makes ids that are right for their address and hardly any other', () => {
    const random = seededRandom(42)
    const address = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.')),
      fc
        .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 7, maxLength: 7 })
        .map((groups) => `2a02:${groups.map((group) => group.toString(16)).join(':')}`),
    )
    let elsewhere = 0
    fc.assert(
      fc.property(address, (ip) => {
        const made = nodeIdFor(ip, random)
        expect(isIdRightFor(made, ip)).toBe(true)
        if (isIdRightFor(made, '124.31.75.21')) elsewhere++
      }),
      { numRuns: 300 },
    )
    expect(elsewhere).toBeLessThan(3)
  })

  it('leaves 139 bits to chance, the last three of the third byte among them', () => {
    const random = seededRandom(1)
    const ids = Array.from({ length: 400 }, () => nodeIdFor('124.31.75.21', random))
    expect(new Set(ids.map((made) => made[2]! & 7)).size).toBe(8)
    expect(new Set(ids.map((made) => `${made[0]} ${made[1]} ${made[2]! & 0xf8}`)).size).toBe(8)
    for (let at = 3; at < 20; at++) expect(new Set(ids.map((made) => made[at])).size).toBeGreaterThan(150)
  })

  it('looks at the network half of an IPv6 address only', () => {
    const made = nodeIdFor('2a02:1234:5678:9abc::1', seededRandom(3))
    expect(isIdRightFor(made, '2a02:1234:5678:9abc:ffff:ffff:ffff:ffff')).toBe(true)
    expect(isIdRightFor(made, '2a02:1234:5678:9abd::1')).toBe(false)
  })

  it('lets addresses that are not global have any id', () => {
    const ip = fc.constantFrom(
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.7.7',
      '127.0.0.1',
      '::1',
      'fe80::1',
      'fd00::1',
    )
    fc.assert(fc.property(id, ip, (any, local) => isIdRightFor(any, local)))
  })
})

describe('distance', () => {
  it('orders as the XOR of whole ids does', () => {
    fc.assert(
      fc.property(id, id, id, (target, a, b) => {
        const order = distance(target, a) - distance(target, b)
        expect(Math.sign(closer(target, a, b))).toBe(order < 0n ? -1 : order > 0n ? 1 : 0)
      }),
    )
  })

  it('finds neither of two equal ids nearer', () => {
    fc.assert(fc.property(id, id, (target, a) => closer(target, a, a.slice()) === 0))
  })

  it('counts shared bits', () => {
    fc.assert(
      fc.property(id, fc.nat(160), (own, shared) => {
        const other = own.slice()
        if (shared < 160) other[shared >>> 3] = other[shared >>> 3]! ^ (0x80 >>> (shared & 7))
        expect(bucketIndex(own, other)).toBe(shared)
      }),
    )
  })

  it('counts the shared bits of unrelated ids', () => {
    fc.assert(
      fc.property(id, id, (own, other) => {
        expect(bucketIndex(own, other)).toBe(160 - distance(own, other).toString(2).replace(/^0$/, '').length)
      }),
    )
  })

  it('makes random ids that differ', () => {
    const random = seededRandom(9)
    expect(new Set(Array.from({ length: 100 }, () => toHex(randomId(random)))).size).toBe(100)
  })
})
