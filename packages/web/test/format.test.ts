import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import * as format from '../src/model/format.ts'
import { safeText } from '../src/model/safe-text.ts'

describe('lengths and rates', () => {
  it.each([
    [-1, '–'],
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1_047_552, '1.0 MiB'],
    [25_000_000, '23.8 MiB'],
    [5e12, '4.5 TiB'],
    [2e18, '1776 PiB'],
  ])('%d is %s', (value, text) => {
    expect(format.bytes(value)).toBe(text)
  })

  it('have at most three digits before the point, and differ from the truth by at most half a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (value) => {
        const [, whole = '', rest = '', unit = ''] = /^(\d+)(\.\d)? (\w+)$/.exec(format.bytes(value)) ?? []
        const scale = 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].indexOf(unit)
        expect(whole.length).toBeLessThanOrEqual(4)
        const step = rest === '' ? 1 : 0.1
        expect(Math.abs(Number(whole + rest) - value / scale)).toBeLessThanOrEqual(step / 2 + 1e-9)
      }),
    )
  })

  it('a rate of nothing is nothing', () => {
    expect(format.rate(0)).toBe('')
    expect(format.rate(2048)).toBe('2.0 KiB/s')
    expect(format.limit(0)).toBe('no limit')
  })

  it.each([
    ['', 0],
    ['  ', 0],
    ['0', 0],
    ['500', 512_000],
    ['500 KiB/s', 512_000],
    ['1.5M', 1_572_864],
    ['2 mib/s', 2_097_152],
    ['7 B', 7],
    ['-1', undefined],
    ['1e9', undefined],
    ['fast', undefined],
    ['9'.repeat(30), undefined],
  ])('%j typed is %s', (text, bps) => {
    expect(format.parseRate(text)).toBe(bps)
  })
})

describe('shares and spans', () => {
  it('100 % is whole and nothing less', () => {
    expect([0, 0.001, 0.5, 0.99999, 1, 2, -1].map(format.percent)).toEqual([
      '0.0 %',
      '0.1 %',
      '50.0 %',
      '99.9 %',
      '100 %',
      '100 %',
      '0.0 %',
    ])
  })

  it.each([
    [-1, '∞'],
    [Infinity, '∞'],
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3661, '1 h 1 min'],
    [86_400, '1 d'],
    [40_000_000, '1 y 97 d'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(format.span(seconds)).toBe(text)
  })

  it('ratios and counts that are not known are dashes', () => {
    expect([format.ratio(0 / 0), format.ratio(1 / 0), format.ratio(1.005)]).toEqual(['–', '∞', '1.00'])
    expect([format.count(-1), format.count(12_345)]).toEqual(['–', '12,345'])
    expect([format.quantity(1, 'file'), format.quantity(2, 'file')]).toEqual(['1 file', '2 files'])
    expect(format.moment(0)).toBe('–')
  })
})

describe('texts of strangers', () => {
  it('show what would hide or turn around other text', () => {
    expect(safeText('photo\u202egpj.exe\u0000\u001b[31m\nnext\u200b')).toBe('photo�gpj.exe��[31m�next�')
    expect(safeText('👩\u200d💻 می\u200cخواهم <b>&amp;')).toBe('👩\u200d💻 می\u200cخواهم <b>&amp;')
  })

  it('are of bounded length and whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1500 }), (text) => {
        const safe = safeText(text)
        expect(safe.length).toBeLessThanOrEqual(1000)
        expect(safe.isWellFormed()).toBe(true)
        expect(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(safe)).toBe(false)
      }),
    )
  })
})
