import { describe, expect, it } from 'vitest'

import { VirtualClock } from '@ccbt/testkit'

import { LookupQueue } from '../../src/dht/lookup-queue.ts'
import { NEVER } from './memory-network.ts'

describe('a queue of lookups', () => {
  it('runs in order, as many at a time and as many a second as it may', async () => {
    const clock = new VirtualClock()
    const queue = new LookupQueue(clock, { active: 4, perS: 2 })
    const starts: { n: number; at: number }[] = []
    let most = 0
    const all = Array.from({ length: 20 }, (_, n) =>
      queue.run(async () => {
        starts.push({ n, at: clock.now() })
        most = Math.max(most, queue.active)
        await new Promise<void>((resolve) => void clock.after(300, resolve))
      }, NEVER),
    )
    await clock.until(Promise.all(all))
    expect(most).toBeLessThanOrEqual(4)
    expect(starts.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    // Four at once, then two a second.
    expect(starts[3]!.at).toBe(0)
    expect(starts.at(-1)!.at).toBeGreaterThanOrEqual(7500)
    expect([queue.active, queue.waiting, clock.pendingTimers]).toEqual([0, 0, 0])
  })

  it('forgets what is aborted while it waits', async () => {
    const clock = new VirtualClock()
    const queue = new LookupQueue(clock, { active: 1, perS: 1000 })
    const blocker = Promise.withResolvers<void>()
    const first = queue.run(() => blocker.promise, NEVER)
    const abort = new AbortController()
    const second = queue.run(async () => 'ran', abort.signal)
    abort.abort()
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    expect(queue.waiting).toBe(0)
    blocker.resolve()
    await clock.until(first)
    expect(await clock.until(queue.run(async () => 'ran', NEVER))).toBe('ran')
  })

  it('goes on after work that fails', async () => {
    const clock = new VirtualClock()
    const queue = new LookupQueue(clock, { active: 1, perS: 1000 })
    await expect(queue.run(() => Promise.reject(new Error('broken')), NEVER)).rejects.toThrow('broken')
    expect(await clock.until(queue.run(async () => 1, NEVER))).toBe(1)
  })

  it('takes 65,536 and no more', async () => {
    const queue = new LookupQueue(new VirtualClock(), { active: 0, perS: 1 })
    const aborts = Array.from({ length: 65_536 }, () => new AbortController())
    const waiting = aborts.map(({ signal }) => queue.run(async () => {}, signal).catch(() => 'aborted'))
    await expect(queue.run(async () => {}, NEVER)).rejects.toMatchObject({ code: 'DHT_BUSY' })
    for (const abort of aborts) abort.abort()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['aborted']))
    expect(queue.waiting).toBe(0)
  })
})
