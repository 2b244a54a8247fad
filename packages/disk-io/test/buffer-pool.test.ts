import { VirtualClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { BufferPool } from '../src/buffer-pool.ts'

const MIB = 1_048_576

describe('the pool of buffers', () => {
  it('gives back a buffer of the length that is asked for, once', () => {
    const pool = new BufferPool(new VirtualClock())
    const buffer = new ArrayBuffer(MIB)
    pool.give(buffer)
    pool.give(new ArrayBuffer(MIB / 2))
    expect(pool.take(MIB)).toBe(buffer)
    expect(pool.take(MIB)).toBeUndefined()
    expect(pool.freeBytes).toBe(MIB / 2)
    pool.dispose()
    expect(pool.freeBytes).toBe(0)
  })

  it('keeps 16 MiB and lets the rest go', () => {
    const pool = new BufferPool(new VirtualClock())
    for (let i = 0; i < 40; i++) pool.give(new ArrayBuffer(MIB))
    expect(pool.freeBytes).toBe(16 * MIB)
    pool.shrinkTo(5 * MIB)
    expect(pool.freeBytes).toBe(5 * MIB)
    pool.dispose()
  })

  it('lets them go after five seconds without traffic', async () => {
    const clock = new VirtualClock()
    const pool = new BufferPool(clock)
    pool.give(new ArrayBuffer(MIB))
    await clock.advance(4000)
    pool.take(MIB)
    pool.give(new ArrayBuffer(MIB))
    await clock.advance(4000)
    expect(pool.freeBytes).toBe(MIB)
    await clock.advance(1000)
    expect(pool.freeBytes).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })
})
