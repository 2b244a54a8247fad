import { displayText } from '@ccbt/metainfo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('displayText', () => {
  it.each([
    'Ubuntu 24.04 (amd64).iso',
    'naïve – 日本語',
    '🇩🇪 😀 ☃️',
    "100% #1 [x] 'q' & +",
    'cafe\u0301',
    'שלום',
    'a\\b',
    '',
  ])('shows %j as it is', (text) => {
    expect(displayText(text)).toBe(text)
  })

  it.each([
    ['a\x1b[2Jb', 'a\\x1b[2Jb'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['c1 \x9b2J', 'c1 \\x9b2J'],
    ['two\nlines\r\t\b\x7f', 'two\\x0alines\\x0d\\x09\\x08\\x7f'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['\u2066a\u2069\u200f', '\\u{2066}a\\u{2069}\\u{200f}'],
    ['zero\u200b\u200d\ufeff\u2060width', 'zero\\u{200b}\\u{200d}\\u{feff}\\u{2060}width'],
    ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['z\u0301\u0302\u0303\u0304\u0305\u0306', 'z\u0301\u0302\u0303\u0304\\u{305}\\u{306}'],
  ])('H95: shows %j as %j', (text, shown) => {
    expect(displayText(text)).toBe(shown)
  })

  it('cuts long text without breaking a character', () => {
    expect(displayText('x'.repeat(10), 10)).toBe('x'.repeat(10))
    expect(displayText('x'.repeat(11), 10)).toBe(`${'x'.repeat(10)}…`)
    expect(displayText(`${'x'.repeat(9)}😀😀`, 10)).toBe(`${'x'.repeat(9)}…`)
    expect(displayText('y'.repeat(1_000_000))).toHaveLength(513)
  })

  it('never returns anything a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = displayText(text)
        expect(shown).not.toMatch(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u)
        expect(shown.isWellFormed()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
