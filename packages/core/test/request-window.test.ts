import { BLOCK_LENGTH } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RequestWindow } from '../src/peer/request-window.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('block' as const), times: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ kind: fc.constant('tick' as const), bps: fc.integer({ min: 0, max: 2_000_000_000 }) }),
  fc.record({ kind: fc.constant('snub' as const) }),
  fc.record({ kind: fc.constant('reqq' as const), reqq: fc.integer({ min: 1, max: 1_000_000 }) }),
)

describe('a request window', () => {
  it('stays between one and what the peer queues, and never above 512, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const window = new RequestWindow()
        let cap = 250
        for (const now of steps) {
          if (now.kind === 'block') for (let i = 0; i < now.times; i++) window.onBlock(0, 0)
          if (now.kind === 'tick') window.tick(now.bps)
          if (now.kind === 'snub') window.snub()
          if (now.kind === 'reqq') {
            cap = Math.min(now.reqq, 512)
            window.setPeerQueue(now.reqq)
          }
          expect(window.target).toBeGreaterThanOrEqual(1)
          expect(window.target).toBeLessThanOrEqual(cap)
          expect(Number.isInteger(window.target)).toBe(true)
        }
      }),
    )
  })

  it('grows by one per block until a second brings no more, then holds two seconds of data of a peer never timed', () => {
    const window = new RequestWindow()
    window.setPeerQueue(500)
    const start = window.target
    for (let i = 0; i < 100; i++) window.onBlock(0, 0)
    expect(window.target).toBe(start + 100)
    window.tick(1_000_000)
    expect(window.target).toBe(start + 100)
    window.tick(1_000_000)
    expect(window.target).toBe(Math.ceil(2_000_000 / BLOCK_LENGTH))
    window.onBlock(0, 0)
    expect(window.target).toBe(Math.ceil(2_000_000 / BLOCK_LENGTH))
  })

  it('of a snubbed peer is one until a block comes', () => {
    const window = new RequestWindow()
    window.snub()
    expect(window.target).toBe(1)
    expect(window.isSnubbed).toBe(true)
    window.tick(0)
    expect(window.target).toBe(1)
    window.onBlock(0, 0)
    expect(window.target).toBeGreaterThan(1)
    expect(window.isSnubbed).toBe(false)
  })

  it.each([
    [10, 250],
    [200, 800],
    [900, 2000],
  ])('of a peer that answers within %i ms holds the data of %i ms', (latencyMs, queueTimeMs) => {
    const window = new RequestWindow()
    window.setPeerQueue(500)
    window.onRequest(7, 0)
    window.onBlock(7, latencyMs)
    window.tick(1_000_000)
    window.tick(1_000_000)
    expect(window.target).toBe(Math.ceil((1_000_000 * queueTimeMs) / 1000 / BLOCK_LENGTH))
  })

  it('grows no more once a request waits for the queue time', () => {
    const window = new RequestWindow()
    window.setPeerQueue(500)
    window.onRequest(1, 0)
    window.onBlock(1, 20)
    window.onRequest(2, 20)
    window.onBlock(2, 269)
    const growing = window.target
    window.onBlock(3, 270)
    expect(window.target).toBe(growing + 1)
    window.onRequest(4, 270)
    window.onBlock(4, 520)
    const { target } = window
    for (let i = 0; i < 50; i++) window.onBlock(5 + i, 520)
    expect(window.target).toBe(target)
  })

  it('times another request when the one it waits for does not come', () => {
    const window = new RequestWindow()
    window.setPeerQueue(500)
    window.onRequest(1, 0)
    window.onRequest(2, 4999)
    window.onBlock(2, 5000)
    window.onRequest(3, 5000)
    window.onBlock(3, 5010)
    window.tick(1_000_000)
    window.tick(1_000_000)
    expect(window.target).toBe(Math.ceil(250_000 / BLOCK_LENGTH))
  })
})
