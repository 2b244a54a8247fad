import { isIP } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { normalIp, scopeOf } from '../src/ip-scope.ts'
import { ipFromBytes, MAX_PEERS_PER_ANSWER, PeerList } from '../src/peer-address.ts'

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
        list.addCompactV4(bytes)
        expect(list.toArray().map(({ host, port }) => `${host} ${port}`)).toEqual(naive(bytes))
      }),
    )
  })

  it('gives only IP literals in normal form, from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, acceptsLocal) => {
        const list = new PeerList(acceptsLocal)
        list.addCompactV6(bytes)
        list.addCompactV4(bytes)
        for (const { host, port } of list.toArray()) {
          expect(isIP(host)).toBeGreaterThan(0)
          expect(normalIp(host)).toBe(host)
          expect(port).toBeGreaterThan(0)
          if (!acceptsLocal) expect(scopeOf(host)).toBe('global')
        }
      }),
    )
  })

  it('writes IPv6 as the platform does, IPv4-mapped as IPv4', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16))
        const url = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
        // Of the two, only the URL standard writes the deprecated compatible addresses in hexadecimal.
        if (!/^::[0-9a-f:]*$/.test(url)) expect(ipFromBytes(bytes)).toBe(url)
      }),
    )
    const mapped = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1])
    expect(ipFromBytes(mapped)).toBe('192.0.2.1')
    expect(ipFromBytes(new Uint8Array(5))).toBeUndefined()
  })

  it('ends at its bound', () => {
    const list = new PeerList(true)
    for (let i = 0; i < 3000; i++) list.add(`192.0.${i >> 8}.${i & 255}`, 1)
    expect(list.toArray()).toHaveLength(MAX_PEERS_PER_ANSWER)
  })
})

describe('scope of an address', () => {
  it.each([
    ['8.8.8.8', 'global'],
    ['2606:4700::1111', 'global'],
    ['172.15.255.255', 'global'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'global'],
    ['10.255.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'global'],
    ['fd12::1', 'private'],
    ['127.255.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['0.0.0.0', 'unusable'],
    ['0.1.2.3', 'unusable'],
    ['224.0.0.1', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['::', 'unusable'],
    ['ff02::1', 'unusable'],
  ])('%s is %s', (ip, scope) => {
    expect(scopeOf(ip)).toBe(scope)
  })

  it('has one normal form', () => {
    expect(normalIp('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1')
    expect(normalIp('::ffff:10.0.0.1')).toBe('10.0.0.1')
    expect(normalIp('::FFFF:7f00:1')).toBe('127.0.0.1')
    for (const odd of ['fe80::1%eth0', '010.0.0.1', '1.2.3', '[::1]', 'localhost', ''])
      expect(normalIp(odd)).toBeUndefined()
  })
})
