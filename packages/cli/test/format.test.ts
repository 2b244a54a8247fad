import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBytes, formatClock, formatElapsed, formatPercent, formatRate, plural } from '../src/output/format.ts'

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_995, '10.0 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1_073_741_824, '1.07 GB'],
    [612_000_000, '612 MB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it('never takes more than 7 characters below an exabyte and is right within a percent', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        const text = formatBytes(bytes)
        expect(text.length).toBeLessThanOrEqual(7)
        const [digits = '', unit = ''] = text.split(' ')
        const value = Number(digits) * 1000 ** ['B', 'kB', 'MB', 'GB', 'TB', 'PB'].indexOf(unit)
        expect(Math.abs(value - bytes)).toBeLessThanOrEqual(bytes / 100)
      }),
    )
  })

  it('writes a rate as a size per second', () => {
    expect(formatRate(1_230_000)).toBe('1.23 MB/s')
  })
})

describe('times, shares and counts', () => {
  it('writes a time as a clock does', () => {
    expect([0, 5, 61, 3_725, 90_000].map(formatClock)).toEqual(['0:00', '0:05', '1:01', '1:02:05', '1d 1h'])
  })

  it('writes a measured time', () => {
    expect([formatElapsed(1_940), formatElapsed(125_000)]).toEqual(['1.9 s', '2:05'])
  })

  it('says 100.0% only when nothing is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 1, max: 2 ** 50 }), (total, missing) => {
        expect(formatPercent(total, total)).toBe('100.0%')
        expect(formatPercent(Math.max(0, total - missing), total)).not.toBe('100.0%')
      }),
    )
    expect(formatPercent(0, 0)).toBe('100.0%')
  })

  it('counts', () => {
    expect([plural(0, 'peer'), plural(1, 'peer'), plural(2, 'peer')]).toEqual(['0 peers', '1 peer', '2 peers'])
  })
})
