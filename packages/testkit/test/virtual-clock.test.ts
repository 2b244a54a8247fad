import { readFile } from 'node:fs/promises'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { scaledClock, VirtualClock } from '@ccbt/testkit'

describe('virtual clock', () => {
  it('fires timers in the order of their moments, ties in the order of making', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 20 }), async (delays) => {
        const clock = new VirtualClock()
        const fired: [number, number][] = []
        delays.forEach((ms, i) => clock.after(ms, () => fired.push([clock.now(), i])))
        await clock.advance(50)
        const expected = delays.map((ms, i): [number, number] => [ms, i]).sort(([a], [b]) => a - b)
        expect(fired).toEqual(expected)
        expect(clock.pendingTimers).toBe(0)
        expect(clock.now()).toBe(50)
      }),
      { numRuns: 50 },
    )
  })

  it('does not fire what is cancelled or lies behind the end', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const cancel = clock.after(10, () => fired.push('cancelled'))
    clock.after(20, () => fired.push('at the end'))
    clock.after(21, () => fired.push('later'))
    cancel()
    cancel()
    await clock.advance(20)
    expect(fired).toEqual(['at the end'])
    await clock.advance(1)
    expect(fired).toEqual(['at the end', 'later'])
  })

  it('lets promises settle between timers, and fires timers that those make', async () => {
    const clock = new VirtualClock()
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
    const moments: number[] = []
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        await sleep(10)
        await Promise.resolve()
        moments.push(clock.now())
      }
    }
    const done = loop()
    await clock.advance(50)
    await done
    expect(moments).toEqual([10, 20, 30, 40, 50])
  })
})

describe('between two timers of a virtual clock', () => {
  it('turns of the event loop end, also those that a promise chain asked for', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.after(1, () => {
      void Promise.resolve().then(() => setImmediate(() => seen.push('turn')))
    })
    clock.after(2, () => seen.push('timer'))
    await clock.advance(2)
    expect(seen).toEqual(['turn', 'timer'])
  })

  it('a promise that waits for time is fulfilled in time', async () => {
    const clock = new VirtualClock()
    const sleep = (ms: number): Promise<number> => new Promise((resolve) => clock.after(ms, () => resolve(ms)))
    expect(await clock.until(sleep(250))).toBe(250)
    expect(clock.now()).toBe(250)
    await expect(clock.until(Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('work on real files ends', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    const work = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) seen.push((await readFile(import.meta.filename)).length > 0 ? 'read' : 'empty')
    }
    clock.after(1, () => void work())
    clock.after(2, () => seen.push('timer'))
    await clock.advance(2)
    expect(seen).toEqual(['read', 'read', 'read', 'read', 'read', 'timer'])
  })
})

describe('scaled clock', () => {
  it('shows virtual milliseconds and can cancel', async () => {
    const clock = scaledClock(1000)
    let isCancelledFired = false
    const cancel = clock.after(1000, () => {
      isCancelledFired = true
    })
    cancel()
    const before = clock.now()
    await new Promise<void>((resolve) => clock.after(10_000, resolve))
    expect(clock.now() - before).toBeGreaterThanOrEqual(9_000)
    expect(isCancelledFired).toBe(false)
  })

  it('stands still while the process does, when somebody waits', async () => {
    const clock = scaledClock(1000)
    const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    let isFired = false
    const cancel = clock.after(60_000, () => {
      isFired = true
    })
    const before = clock.now()
    pause(100)
    expect(clock.now() - before).toBeLessThanOrEqual(4000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(isFired).toBe(false)
    cancel()
    const alone = clock.now()
    pause(20)
    expect(clock.now() - alone).toBeGreaterThanOrEqual(19_000)
  })
})
