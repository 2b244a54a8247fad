import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parse } from './support.ts'

/** Blocks 198.51.100.16 to 198.51.100.31 and nothing beside it. */
function blocksTheRange(line: string): boolean {
  const { filter, skippedLines } = parse(line)
  const inside = ['198.51.100.16', '198.51.100.20', '198.51.100.31']
  const outside = ['198.51.100.15', '198.51.100.32', '16.100.51.198', '0.0.0.0', '255.255.255.255']
  expect(inside.map((ip) => filter.isBlocked(ip))).toEqual([true, true, true])
  expect(outside.filter((ip) => filter.isBlocked(ip))).toEqual([])
  return filter.ranges === 1 && skippedLines === 0
}

describe('a line', () => {
  it.each([
    '198.051.100.016 - 198.051.100.031 , 000 , Some organisation',
    '198.051.100.016 - 198.051.100.031 , 127 , [L1] x',
    '198.51.100.16 , 198.51.100.31 , 100 , Some organisation',
    '198.51.100.16 , 198.51.100.31 , without a level',
    '198.51.100.16-198.51.100.31,0,',
    'Some organisation:198.51.100.16-198.51.100.31',
    'Some: other, organisation - 1.2.3.4/8:198.51.100.16-198.51.100.31',
    'cafe:198.51.100.16-198.51.100.31',
    '1.2.3.4-1.2.3.9 is its name:198.51.100.16-198.51.100.31',
    ':198.51.100.16-198.51.100.31',
    '198.51.100.16/28',
    '198.51.100.23/28 ; note',
    '\t198.51.100.16 - 198.51.100.31 # note\r',
    '\u00ef\u00bb\u00bf198.51.100.16/28',
    '::ffff:198.51.100.16-::ffff:198.51.100.31',
  ])('%j blocks a range', (line) => {
    expect(blocksTheRange(line)).toBe(true)
  })

  it.each([
    '2001:db8::10-2001:db8::1f',
    '2001:db8::10 - 2001:DB8:0::1F , 000 , note',
    'Some organisation:2001:db8::10-2001:db8::1f',
    '2001:db8::10/124',
  ])('%j blocks a range of IPv6', (line) => {
    const { filter } = parse(line)
    const ips = ['2001:db8::f', '2001:db8::10', '2001:db8:0::1f%eth0', '2001:db8::20', '0.0.0.31']
    expect(ips.map((ip) => filter.isBlocked(ip))).toEqual([false, true, true, false, false])
  })

  it('blocks one address', () => {
    const { filter } = parse('1.2.3.4')
    expect(['1.2.3.3', '1.2.3.4', '1.2.3.5', '::ffff:1.2.3.4'].map((ip) => filter.isBlocked(ip))).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  it.each(['', '  ', '# 1.2.3.4', '// 1.2.3.4', '; 1.2.3.4', '1.2.3.4 - 1.2.3.9 , 128 , allowed', '1.2.3.4, 255, x'])(
    '%j blocks nothing and is right',
    (line) => {
      expect(parse(line)).toMatchObject({ filter: { ranges: 0 }, skippedLines: 0 })
    },
  )

  it.each([
    'hello',
    '1.2.3.4 1.2.3.5',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.0004',
    '1..2.3',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/x',
    '1.2.3.4-',
    '1.2.3.9-1.2.3.4',
    '1.2.3.4-::5',
    '::9-::4',
    '::/129',
    'x:1.2.3.9-1.2.3.4',
    'x'.repeat(5000),
    `1.2.3.4${' '.repeat(5000)}`,
  ])('%j makes no sense', (line) => {
    expect(parse(`5.5.5.5\n${line}`)).toMatchObject({ filter: { ranges: 1 }, skippedLines: 1 })
  })

  it('of any length and content costs time in proportion', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.stringMatching(/^[0-9a-f:., /#-]{0,80}$/),
      fc.constantFrom(' ', '1', ':', ',', '-').map((sign) => sign.repeat(4096)),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { filter, skippedLines } = parse(['1.2.3.4', ...lines].join('\n'))
        expect(filter.isBlocked('1.2.3.4')).toBe(true)
        expect(skippedLines).toBeLessThanOrEqual(lines.join('\n').split('\n').length)
      }),
    )
  })
})
