import { BlockList } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { scopeOf } from '../src/index.ts'

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

  it('is judged without its zone index', () => {
    expect(scopeOf('fe80::1%eth0')).toBe('link-local')
    expect(scopeOf('example.org')).toBe('unusable')
  })

  it('agrees with node on every prefix and its neighbours', () => {
    const list = new BlockList()
    for (const [ip, prefix] of [
      ['10.0.0.0', 8],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
      ['100.64.0.0', 10],
    ] as const)
      list.addSubnet(ip, prefix, 'ipv4')
    list.addSubnet('fc00::', 7, 'ipv6')
    const near = fc.constantFrom([10, 0], [172, 16], [192, 168], [100, 64], [99, 255], [172, 32], [11, 0])
    const v4 = fc
      .tuple(near, fc.integer({ min: -2, max: 2 }), fc.nat(255))
      .map(([[a, b], d, c]) => `${a}.${(b + d + 256) % 256}.${c}.1`)
    const v6 = fc
      .tuple(fc.integer({ min: 0xfb00, max: 0xfeff }), fc.nat(0xffff))
      .map(([a, b]) => `${a.toString(16)}::${b.toString(16)}`)
    fc.assert(
      fc.property(fc.oneof(v4, v6), (ip) => {
        const isPrivate = list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4')
        expect(scopeOf(ip) === 'private').toBe(isPrivate)
      }),
    )
  })
})
