import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRate, parseRatio, parseSize, parseTimeMs, parseWhole } from '../src/units.ts'

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['1500', 1500],
    ['512K', 512_000],
    ['512k', 512_000],
    ['512kB', 512_000],
    ['512KiB', 524_288],
    ['10M', 10_000_000],
    ['1.5GiB', 1_610_612_736],
    ['2 TB', 2_000_000_000_000],
    ['1.5', 2],
    [' 7B ', 7],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['', 'M', '-1', '1e3', '10 X', '1iB', '1.', '.5M', '0x10', '10M/s', '99999999T', '１０'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined()
    },
  )

  it('reads every number of bytes as itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        expect(parseSize(String(n))).toBe(n)
      }),
    )
  })

  it('K, M, G are thousands and Ki, Mi, Gi are 1024', () => {
    const units = fc.constantFrom(['K', 1], ['M', 2], ['G', 3], ['T', 4])
    fc.assert(
      fc.property(fc.nat(4000), units, (n, [unit, power]) => {
        expect(parseSize(`${n}${unit}`)).toBe(n * 1000 ** power)
        expect(parseSize(`${n}${unit}iB`)).toBe(n * 1024 ** power)
      }),
    )
  })
})

describe('rates, times and numbers', () => {
  it('reads a rate with and without /s', () => {
    expect(parseRate('10M')).toBe(10_000_000)
    expect(parseRate('2.5MB/s')).toBe(2_500_000)
    expect(parseRate('0')).toBe(0)
    expect(parseRate('10M/h')).toBeUndefined()
  })

  it('reads times in seconds unless a unit is given', () => {
    expect([parseTimeMs('90'), parseTimeMs('90s'), parseTimeMs('1.5h'), parseTimeMs('7d')]).toEqual([
      90_000, 90_000, 5_400_000, 604_800_000,
    ])
    expect([parseTimeMs('1w'), parseTimeMs('-1'), parseTimeMs('')]).toEqual([undefined, undefined, undefined])
  })

  it('keeps whole numbers within bounds', () => {
    expect(parseWhole('65535', 0, 65_535)).toBe(65_535)
    expect(parseWhole('65536', 0, 65_535)).toBeUndefined()
    expect(parseWhole('1.5', 0, 9)).toBeUndefined()
    expect(parseWhole('9999999999999999', 0, Number.MAX_VALUE)).toBeUndefined()
  })

  it('reads ratios', () => {
    expect([parseRatio('2'), parseRatio('1.25'), parseRatio('-1'), parseRatio('a')]).toEqual([
      2,
      1.25,
      undefined,
      undefined,
    ])
  })
})
