import { isIP } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { normalIp, scopeOf } from '@ccbt/address'
import { MAX_PEERS_PER_ANSWER, PeerList } from '../src/peer-address.ts'

/** Straight from BEP 23: a reading so plain that it can be checked by eye. */
function naive(bytes: Uint8Array): string[] {
  const out = new Set<string>()
  for (let i = 0; i + 6 <= bytes.length; i += 6) {
    const [a, b, c, d, high, low] = bytes.subarray(i, i + 6)
    const port = high! * 256 + low!
    if (port > 0 && a! > 0 && a! < 224) out.add(`${a}.${b}.${c}.${d} ${port}`)
  }
  return [...out]
}

describe('peer list', () => {
  it('reads compact IPv4 like the naive reading', () => {
    // Few values, so that repeats happen.
    const byte = fc.oneof(fc.constantFrom(0, 1, 127, 255), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 100 }), (values) => {
        const bytes = Uint8Array.from(values)
        const list = new PeerList(true)
        list.addCompact(bytes, 'ipv4')
        expect(list.toArray().map(({ host, port }) => `${host} ${port}`)).toEqual(naive(bytes))
      }),
    )
  })

  it('gives only IP literals in normal form, from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, acceptsLocal) => {
        const list = new PeerList(acceptsLocal)
        list.addCompact(bytes, 'ipv6')
        list.addCompact(bytes, 'ipv4')
        for (const { host, port } of list.toArray()) {
          expect(isIP(host)).toBeGreaterThan(0)
          expect(normalIp(host)).toBe(host)
          expect(port).toBeGreaterThan(0)
          if (!acceptsLocal) expect(scopeOf(host)).toBe('global')
        }
      }),
    )
  })

  it('ends at its bound', () => {
    const list = new PeerList(true)
    for (let i = 0; i < 3000; i++) list.add(`192.0.${i >> 8}.${i & 255}`, 1)
    expect(list.toArray()).toHaveLength(MAX_PEERS_PER_ANSWER)
  })
})
