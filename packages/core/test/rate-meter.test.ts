import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RateMeter } from '../src/stats/rate-meter.ts'

describe('a rate meter', () => {
  it('shows a rate between the smallest and the largest of its intervals, and the exact total', () => {
    const interval = fc.record({ bytes: fc.nat(1_000_000_000), elapsedMs: fc.integer({ min: 1, max: 5000 }) })
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 30 }), (intervals) => {
        const meter = new RateMeter()
        const rates: number[] = []
        let total = 0
        for (const { bytes, elapsedMs } of intervals) {
          meter.add(bytes)
          total += bytes
          meter.tick(elapsedMs)
          rates.push((bytes * 1000) / elapsedMs)
          expect(meter.bps).toBeLessThanOrEqual(Math.max(...rates) * 1.000001)
          expect(meter.bps + 1).toBeGreaterThanOrEqual(Math.min(...rates) * 0.999999 - 1)
        }
        expect(meter.total).toBe(total)
      }),
    )
  })

  it('comes down to nothing, and ignores intervals without length', () => {
    const meter = new RateMeter()
    meter.add(1_000_000)
    meter.tick(0)
    expect(meter.bps).toBe(0)
    meter.tick(1000)
    expect(meter.bps).toBe(1_000_000)
    for (let i = 0; i < 40; i++) meter.tick(1000)
    expect(meter.bps).toBe(0)
  })
})
