import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalPriority, crc32c } from '../src/index.ts'

const of = (a: string, b: string): number | undefined =>
  canonicalPriority({ host: a, port: 6881 }, { host: b, port: 6882 })

/** A few networks, so that all lengths of shared prefixes come up. */
const v4 = fc
  .tuple(fc.constantFrom('8.8', '8.9', '9.9'), fc.nat(3), fc.nat(255))
  .map(([net, c, d]) => `${net}.${c}.${d}`)
const v6 = fc
  .tuple(fc.constantFrom('2a02:1:2', '2a02:1:3'), fc.constantFrom('0', '1', '100', '155'), fc.nat(0xffff))
  .map(([net, subnet, host]) => `${net}:${subnet}::${host.toString(16)}`)

describe('CRC-32C', () => {
  it.each([
    ['', 0],
    ['123456789', 0xe306_9283],
    ['\0'.repeat(32), 0x8a91_36aa],
  ])('of %j is right (RFC 3720, B.4)', (text, crc) => {
    expect(crc32c(new TextEncoder().encode(text))).toBe(crc)
  })
})

describe('the canonical priority', () => {
  it.each([
    // BEP 40, "test vectors".
    ['123.213.32.10', '98.76.54.32', 0xec2d_7224],
    ['123.213.32.10', '123.213.32.234', 0x9956_8189],
    // The same network, /24 and /16: more of the address counts.
    ['230.12.123.3', '230.12.123.1', crc32c(Uint8Array.of(230, 12, 123, 1, 230, 12, 123, 3))],
    ['230.12.123.1', '230.12.120.3', crc32c(Uint8Array.of(230, 12, 120, 1, 230, 12, 123, 1))],
  ])('of %s and %s is right', (a, b, priority) => {
    expect(of(a, b)).toBe(priority)
  })

  it('is that of the ports when both have one address', () => {
    expect(of('230.12.123.3', '230.12.123.3')).toBe(
      crc32c(Uint8Array.of(6881 >>> 8, 6881 & 0xff, 6882 >>> 8, 6882 & 0xff)),
    )
  })

  it('is the same for both sides', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6)), ([a, b]) => {
        expect(of(a, b)).toBeTypeOf('number')
        expect(of(a, b)).toBe(of(b, a))
      }),
    )
  })

  it('does not follow from half of the bits of an address in another network', () => {
    expect(of('8.8.1.1', '9.9.0.0')).toBe(of('8.8.1.1', '9.9.170.170'))
    expect(of('8.8.1.1', '9.9.0.0')).not.toBe(of('8.8.1.1', '9.9.1.0'))
    expect(of('2a02:1:2::1', '2a02:1:3::')).toBe(of('2a02:1:2::1', '2a02:1:3:aaaa:aaaa:aaaa:aaaa:aaaa'))
    expect(of('2a02:1:2::1', '2a02:1:3::')).not.toBe(of('2a02:1:2::1', '2a02:1:3:1::'))
  })

  it('follows from the whole subnet within a network of IPv6', () => {
    // In one /48 the byte after it counts in full, in one /56 the next one too.
    expect(of('2a02:1:2::1', '2a02:1:2:200::')).not.toBe(of('2a02:1:2::1', '2a02:1:2:800::'))
    expect(of('2a02:1:2::1', '2a02:1:2:202::')).not.toBe(of('2a02:1:2::1', '2a02:1:2:802::'))
    expect(of('2a02:1:2::1', '2a02:1:2:200::')).toBe(of('2a02:1:2::1', '2a02:1:2:202::'))
    expect(of('2a02:1:2::1', '2a02:1:2:2::')).not.toBe(of('2a02:1:2::1', '2a02:1:2:8::'))
  })

  it.each([
    ['8.8.8.8', '2a02::1'],
    ['8.8.8.8', 'peer.example'],
  ])('is unknown for %s and %s', (a, b) => {
    expect(of(a, b)).toBeUndefined()
  })
})
