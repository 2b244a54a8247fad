import { VirtualClock } from '@ccbt/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { TokenBucket } from '../src/limit/token-bucket.ts'

describe('a token bucket', () => {
  it('never gives more than its rate, its burst and one debt in any stretch of time', async () => {
    const turn = fc.record({ waitMs: fc.integer({ min: 0, max: 3000 }), bytes: fc.integer({ min: 1, max: 300_000 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 1_000_000 }),
        fc.array(turn, { minLength: 1, maxLength: 20 }),
        async (rateBps, turns) => {
          const clock = new VirtualClock()
          const bucket = new TokenBucket(clock, rateBps)
          const taken: { at: number; bytes: number }[] = []
          for (const { waitMs, bytes } of turns) {
            await clock.advance(waitMs)
            if (bucket.waitMs() > 0) continue
            bucket.take(bytes)
            taken.push({ at: clock.now(), bytes })
          }
          for (let from = 0; from < taken.length; from++) {
            let sum = 0
            for (let to = from; to < taken.length; to++) {
              const spanMs = taken[to]!.at - taken[from]!.at
              // The last taking may run into debt, which the next ones wait for.
              expect(sum).toBeLessThanOrEqual((rateBps * (spanMs + 100)) / 1000 + 2)
              sum += taken[to]!.bytes
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('says how long to wait, to the time of one byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(10_000_000), async (rateBps, bytes) => {
        const clock = new VirtualClock()
        const bucket = new TokenBucket(clock, rateBps)
        await clock.advance(10_000)
        bucket.take(bytes)
        const waitMs = bucket.waitMs()
        const byteMs = Math.ceil(1000 / rateBps) + 1
        if (waitMs > byteMs) {
          await clock.advance(waitMs - byteMs)
          expect(bucket.waitMs()).toBeGreaterThan(0)
          expect(bucket.available()).toBe(0)
          await clock.advance(byteMs)
        } else await clock.advance(waitMs)
        expect(bucket.waitMs()).toBe(0)
        expect(bucket.available()).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })

  it('without a rate never waits, and forgets its debt when the rate changes', () => {
    const bucket = new TokenBucket(new VirtualClock(), 0)
    bucket.take(1e12)
    expect(bucket.waitMs()).toBe(0)
    expect(bucket.available()).toBe(Number.POSITIVE_INFINITY)
    bucket.setRate(1000)
    bucket.take(1e12)
    bucket.setRate(1000)
    expect(bucket.waitMs()).toBeLessThanOrEqual(1)
  })
})
