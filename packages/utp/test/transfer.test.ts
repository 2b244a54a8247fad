// Every byte arrives once and in order, whatever the path does to packets.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkPattern, Pair, pattern, watch } from './simulation.ts'
import type { LinkOptions, Side } from './simulation.ts'

const links: fc.Arbitrary<LinkOptions> = fc.record({
  rateBps: fc.constantFrom(50_000, 1_000_000, 20_000_000),
  delayUs: fc.integer({ min: 0, max: 200_000 }),
  queueBytes: fc.constantFrom(20_000, 200_000, 5_000_000),
  loss: fc.double({ min: 0, max: 0.05, noNaN: true }),
  jitterUs: fc.constantFrom(0, 0, 1000, 50_000),
  maxPacketBytes: fc.constantFrom(1260, 1428, 1500),
})

describe('bytes', () => {
  it('arrive in both directions over any path, in order, once, and both ends end well', () => {
    fc.assert(
      fc.property(
        links,
        links,
        fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 50_000 }),
        fc.nat(),
        (there, back, parts, answerBytes, seed) => {
          const pair = new Pair(there, back, { seed })
          const near = pair.dial()
          let far: Side | undefined
          pair.far.onAccept = (connection) => {
            far = watch(connection, checkPattern)
            connection.write(pattern(answerBytes))
          }
          const received = watch(near.connection, checkPattern)
          let sent = 0
          for (const length of parts) {
            near.connection.write(pattern(length, sent))
            sent += length
          }
          const isThere = (): boolean => far?.bytes === sent && received.bytes === answerBytes
          pair.time.run(pair.time.nowUs + 300e6, isThere)
          expect([far?.bytes, received.bytes]).toEqual([sent, answerBytes])
          near.connection.close(pair.time.nowUs)
          pair.time.run(pair.time.nowUs + 60e6)
          expect([received.ends, far?.ends]).toEqual([['finished'], ['finished']])
          expect([pair.near.table.size, pair.far.table.size]).toEqual([0, 0])
        },
      ),
      { numRuns: 60 },
    )
  })
})
