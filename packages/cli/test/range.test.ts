import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseRange } from '../src/stream/range.ts'

describe('the range of a request', () => {
  it.each([
    [undefined, 'whole'],
    ['bytes=0-', { start: 0, end: 1000 }],
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=990-5000', { start: 990, end: 1000 }],
    ['bytes=-1', { start: 999, end: 1000 }],
    ['bytes=-5000', { start: 0, end: 1000 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', 'unsatisfiable'],
    ['bytes=-', 'unsatisfiable'],
    ['bytes=0-0,-1', 'unsatisfiable'],
    ['bytes=9999999999999999-', 'unsatisfiable'],
    ['pieces=0-1', 'unsatisfiable'],
    ['bytes=0x1-2', 'unsatisfiable'],
    ['', 'unsatisfiable'],
  ])('%j of 1000 bytes is %j', (header, expected) => {
    expect(parseRange(header, 1000)).toEqual(expected)
  })

  it('never leaves the file, whatever is asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(10_000), (text, a, b, length) => {
        for (const header of [text, `bytes=${a}-${b}`, `bytes=${a}-`, `bytes=-${a}`, `bytes=${text}`]) {
          const range = parseRange(header, length)
          if (typeof range === 'string') continue
          expect(range.start).toBeGreaterThanOrEqual(0)
          expect(range.end).toBeGreaterThan(range.start)
          expect(range.end).toBeLessThanOrEqual(length)
        }
      }),
    )
  })
})
