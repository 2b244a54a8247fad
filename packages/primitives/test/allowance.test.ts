import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Allowance } from '../src/index.ts'

/** Of such times and rates, sums are exact. */
const step = fc.record({ waitMs: fc.nat(24).map((n) => n * 125), count: fc.nat(12) })
const bounds = fc.record({ burst: fc.integer({ min: 1, max: 10 }), perSecond: fc.constantFrom(1, 2, 4, 8) })

describe('an allowance', () => {
  it('gives the burst and what was earned since, in whole numbers', () => {
    fc.assert(
      fc.property(bounds, fc.array(step), ({ burst, perSecond }, steps) => {
        let now = 0
        const allowance = new Allowance({ now: () => now, after: () => () => {} }, { burst, perSecond })
        let left = burst
        for (const { waitMs, count } of steps) {
          now += waitMs
          left = Math.min(burst, left + (waitMs * perSecond) / 1000)
          const expected = Math.min(count, Math.floor(left))
          expect(allowance.takeUpTo(count)).toBe(expected)
          left -= expected
        }
      }),
    )
  })

  it('gives one at a time as well', () => {
    let now = 0
    const allowance = new Allowance({ now: () => now, after: () => () => {} }, { burst: 2, perSecond: 4 })
    expect([allowance.take(), allowance.take(), allowance.take()]).toEqual([true, true, false])
    now = 250
    expect([allowance.take(), allowance.take()]).toEqual([true, false])
  })
})
