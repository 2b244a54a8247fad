import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { familyOf, formatEndpoint, normalIp, parseEndpoint, readCompact, writeCompact } from '../src/index.ts'
import type { Endpoint } from '../src/index.ts'

describe('endpoints', () => {
  it.each(['10.0.0.1:6881', '[::1]:1', 'example.org:65535'])('%s is read and written back', (text) => {
    expect(formatEndpoint(parseEndpoint(text))).toBe(text)
  })

  it.each(['', 'host', 'host:0', 'host:65536', '::1:80', '[host]:80', 'a b:80', '[::1]', 'http://x:80'])(
    '%j is refused',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(/is not HOST:PORT/)
    },
  )

  it('brings addresses into their normal form and leaves names alone', () => {
    expect(parseEndpoint('[::ffff:10.0.0.1]:80')).toEqual({ host: '10.0.0.1', port: 80 })
    expect(parseEndpoint('[2001:DB8:0::1]:80').host).toBe('2001:db8::1')
    expect(parseEndpoint('[fe80::1%eth0]:80').host).toBe('fe80::1%eth0')
    expect(parseEndpoint('Example.org:80').host).toBe('Example.org')
  })

  it('compact lists give back what went in', () => {
    const ip = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => normalIp(text)!)
    const endpoint = fc.record({ host: ip, port: fc.nat(65_535) })
    fc.assert(
      fc.property(fc.array(endpoint), (endpoints) => {
        const { v4, v6 } = writeCompact(endpoints)
        const isV4 = (e: Endpoint): boolean => familyOf(e.host) === 'ipv4'
        expect(readCompact(v4, 'ipv4')).toEqual(endpoints.filter(isV4))
        expect(readCompact(v6, 'ipv6')).toEqual(endpoints.filter((e) => !isV4(e)))
      }),
    )
  })

  it('a compact list cut off in an entry loses that entry only', () => {
    const { v4 } = writeCompact([
      { host: '192.0.2.1', port: 1 },
      { host: '192.0.2.2', port: 2 },
    ])
    for (let cut = 0; cut < 6; cut++) expect(readCompact(v4.subarray(0, 6 + cut), 'ipv4')).toHaveLength(1)
  })
})
