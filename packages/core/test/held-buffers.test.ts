import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { HeldBuffers } from '../src/peer/held-buffers.ts'

/** A stream that has written what a test says, and a store that counts. */
function setUp(): {
  stream: { writtenBytes: number; queuedBytes: number }
  retained: Map<ArrayBufferLike, number>
  held: HeldBuffers
} {
  const stream = { writtenBytes: 0, queuedBytes: 0 }
  const retained = new Map<ArrayBufferLike, number>()
  const add = (buffer: ArrayBufferLike, n: number): void => void retained.set(buffer, (retained.get(buffer) ?? 0) + n)
  const store = { retain: (b: ArrayBufferLike) => add(b, 1), release: (b: ArrayBufferLike) => add(b, -1) }
  return { stream, retained, held: new HeldBuffers(store, stream) }
}

describe('the buffers that a connection holds', () => {
  it('are those with unsent bytes and no others, and at most eight', () => {
    const buffers = Array.from({ length: 12 }, () => new ArrayBuffer(1))
    const step = fc.oneof(fc.record({ write: fc.nat(11) }), fc.record({ sent: fc.integer({ min: 1, max: 300 }) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { stream, retained, held } = setUp()
        const unsent: { buffer: ArrayBuffer; endsAt: number }[] = []
        for (const now of steps) {
          if ('sent' in now) {
            stream.queuedBytes = Math.max(0, stream.queuedBytes - now.sent)
            held.settle()
          } else if (held.mayHold(buffers[now.write]!)) {
            stream.writtenBytes += 100
            stream.queuedBytes += 100
            held.written(buffers[now.write]!)
            unsent.push({ buffer: buffers[now.write]!, endsAt: stream.writtenBytes })
          }
          const sent = stream.writtenBytes - stream.queuedBytes
          for (const { buffer, endsAt } of unsent) {
            if (endsAt > sent) expect(retained.get(buffer)).toBeGreaterThan(0)
          }
          const total = [...retained.values()].reduce((a, b) => a + b, 0)
          expect(total).toBeLessThanOrEqual(8)
          if (stream.queuedBytes === 0 && 'sent' in now) expect(total).toBe(0)
        }
        held.releaseAll()
        expect([...retained.values()].every((n) => n === 0)).toBe(true)
      }),
    )
  })
})
