import { isIP } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ipFromBytes, ipToBytes, normalIp } from '../src/index.ts'

/** Texts that are nearly addresses. */
const nearly = fc.stringMatching(/^[0-9a-fA-F:.]{0,45}$/)
const v6 = fc.ipV6()

describe('IP literals', () => {
  it('are recognised as node recognises them', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.ipV4(), v6, fc.ipV4Extended(), fc.string()), (text) => {
        const family = text.includes('%') ? 0 : isIP(text)
        expect(ipToBytes(text) !== undefined).toBe(family !== 0)
        expect(normalIp(text) !== undefined).toBe(family !== 0)
      }),
      { numRuns: 2000 },
    )
  })

  it('have the normal form of the URL standard', () => {
    fc.assert(
      fc.property(v6, (text) => {
        const url = new URL(`http://[${text}]`).hostname.slice(1, -1)
        const normal = normalIp(text)!
        // Mapped addresses become IPv4 here only.
        if (normal.includes(':')) expect(normal).toBe(url)
        else expect(url).toMatch(/^::ffff:/)
      }),
      { numRuns: 1000 },
    )
  })

  it('are the same address before and after', () => {
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(sparse, (values) => {
        const bytes = Uint8Array.from(values)
        const text = ipFromBytes(bytes)!
        const again = ipToBytes(text)!
        expect([...again]).toEqual(again.length === 4 ? values.slice(12) : values)
        expect(normalIp(text)).toBe(text)
      }),
    )
  })

  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:0:0:0:0:0:0', '::'],
  ])('%s becomes %s', (text, normal) => {
    expect(normalIp(text)).toBe(normal)
  })

  it.each(['fe80::1%eth0', '010.0.0.1', '1.2.3', '[::1]', 'localhost', '', '1::2::3', ':1', '1:2:3:4:5:6:7::8:9'])(
    '%j is none',
    (text) => {
      expect(normalIp(text)).toBeUndefined()
    },
  )

  it('come from 4 or 16 bytes only', () => {
    expect(ipFromBytes(new Uint8Array(5))).toBeUndefined()
    expect(ipFromBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1))).toBe('192.0.2.1')
  })
})
