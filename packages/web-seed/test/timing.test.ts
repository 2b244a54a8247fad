import { VirtualClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { Health } from '../src/health.ts'
import { fileUnavailable, httpStatus, responseInvalid, timedOut } from '../src/errors.ts'
import { PaceWatch } from '../src/http/pace-watch.ts'
import { retryAfterMs } from '../src/http/retry-after.ts'
import { Turns } from '../src/turns.ts'

const NEVER = new AbortController().signal

describe('pace watch', () => {
  function watched(): { clock: VirtualClock; watch: PaceWatch; stalls: string[] } {
    const clock = new VirtualClock()
    const stalls: string[] = []
    return { clock, watch: new PaceWatch(clock, (stall) => stalls.push(`${stall} ${clock.now()}`)), stalls }
  }

  it('notices 30 s without a byte', async () => {
    const { clock, watch, stalls } = watched()
    await clock.advance(10_000)
    watch.received(1)
    await clock.advance(29_999)
    expect(stalls).toEqual([])
    await clock.advance(60_000)
    expect(stalls).toEqual(['silent 40000'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('notices a slow drip after a minute (H60)', async () => {
    const { clock, watch, stalls } = watched()
    for (let i = 0; i < 100 && stalls.length === 0; i++) {
      watch.received(1000)
      await clock.advance(1000)
    }
    expect(stalls).toEqual(['slow 60000'])
  })

  it('has nothing against 1 KiB/s', async () => {
    const { clock, watch, stalls } = watched()
    for (let i = 0; i < 300; i++) {
      watch.received(1024)
      await clock.advance(1000)
    }
    expect(stalls).toEqual([])
  })

  it('looks at every minute anew: a fast start buys nothing', async () => {
    const { clock, watch, stalls } = watched()
    watch.received(1_000_000_000)
    for (let i = 0; i < 13; i++) {
      await clock.advance(10_000)
      watch.received(1)
    }
    expect(stalls).toEqual(['slow 120000'])
  })

  it('counts no pause, and lets none restart the count', async () => {
    const { clock, watch, stalls } = watched()
    for (let i = 0; i < 29; i++) {
      await clock.advance(1000)
      watch.pause()
      await clock.advance(100_000)
      watch.resume()
    }
    expect(stalls).toEqual([])
    await clock.advance(1000)
    expect(stalls).toHaveLength(1)
  })

  it('stops its timer', () => {
    const { clock, watch } = watched()
    watch[Symbol.dispose]()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('Retry-After', () => {
  const NOW = Date.UTC(2026, 0, 1)
  const wait = (fields: Record<string, string>, text = ''): number | undefined =>
    retryAfterMs({ fields: new Map(Object.entries(fields)), text }, NOW)

  it.each([
    ['120', 120_000],
    ['0', 1000],
    ['999999999', 3_600_000],
    ['-5', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
    ['Thu, 01 Jan 2015 00:00:00 GMT', 1000],
    ['Thu, 01 Jan 2099 00:00:00 GMT', 3_600_000],
  ])('%j is %s ms', (field, expected) => {
    expect(wait({ 'retry-after': field })).toBe(expected)
  })

  it("counts a date from the answer's own", () => {
    const date = 'Fri, 01 Jan 1999 00:00:00 GMT'
    expect(wait({ 'retry-after': 'Fri, 01 Jan 1999 00:00:42 GMT', date })).toBe(42_000)
  })

  it.each([
    ['300', 300_000],
    [' 30\n', 30_000],
    ['retry in 90 seconds', 90_000],
    ['Retry in 7s.', 7000],
    ['<html>503</html>', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
  ])('the text %j is %s ms (BEP 17)', (text, expected) => {
    expect(wait({}, text)).toBe(expected)
  })
})

describe('health', () => {
  it('waits longer after each failure, up to ten minutes, and forgets after a success', async () => {
    const clock = new VirtualClock()
    const health = new Health(clock, true)
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      const failure = health.failed(timedOut('x', 30_000))
      waits.push(failure.retryAfterMs!)
      expect(health.refusal).toEqual(failure)
      await clock.advance(failure.retryAfterMs!)
      expect(health.refusal).toBeUndefined()
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600].map((s) => s * 1000))
    health.succeeded()
    expect(health).toMatchObject({ failures: 0, reason: undefined })
    expect(health.failed(timedOut('x', 1)).retryAfterMs).toBe(5000)
  })

  it('counts failures at the same moment once', () => {
    const health = new Health(new VirtualClock(), true)
    for (let i = 0; i < 4; i++) health.failed(timedOut('x', 1))
    expect(health).toMatchObject({ failures: 1, waitMs: 5000 })
  })

  it('waits as long as the server asks, also when another fetch succeeds', () => {
    const health = new Health(new VirtualClock(), true)
    expect(health.failed(httpStatus('x', 503, 77_000)).retryAfterMs).toBe(77_000)
    health.succeeded()
    expect(health.refusal).toMatchObject({ retryAfterMs: 77_000, isPermanent: false })
  })

  it.each([[responseInvalid('x', 'y')], [httpStatus('x', 401)], [httpStatus('x', 404)], [httpStatus('x', 501)]])(
    'gives up after %s',
    (error) => {
      const health = new Health(new VirtualClock(), true)
      expect(health.failed(error)).toEqual({ kind: 'failed', isPermanent: true, reason: error.message })
      expect(health.refusal).toMatchObject({ isPermanent: true })
      health.succeeded()
      expect(health).toMatchObject({ isGone: true, reason: error.message })
    },
  )

  it.each([408, 429, 500, 502, 503, 504])('comes back after status %d', (status) => {
    expect(new Health(new VirtualClock(), true).failed(httpStatus('x', status)).isPermanent).toBe(false)
  })

  it('gives up on one file of several, on the seed when there is only one', () => {
    const many = new Health(new VirtualClock(), true)
    expect(many.failed(fileUnavailable('x', 3, 'gone'))).toMatchObject({ isPermanent: true, fileIndex: 3 })
    expect(many).toMatchObject({ isGone: false, missingFiles: 1, refusal: undefined })
    expect(many.fileRefusal(3)).toMatchObject({ isPermanent: true, fileIndex: 3 })
    expect(many.fileRefusal(2)).toBeUndefined()
    const one = new Health(new VirtualClock(), false)
    expect(one.failed(fileUnavailable('x', 0, 'gone')).fileIndex).toBeUndefined()
    expect(one.isGone).toBe(true)
  })
})

describe('turns', () => {
  it('lets as many run as the limit, then in order', async () => {
    const turns = new Turns(2)
    const order: number[] = []
    const held: Disposable[] = []
    const waiting = [1, 2, 3, 4].map(async (n) => {
      held.push(await turns.take(NEVER))
      order.push(n)
    })
    await new Promise(setImmediate)
    expect([order, turns.running]).toEqual([[1, 2], 2])
    held.shift()![Symbol.dispose]()
    await waiting[2]
    expect([order, turns.running]).toEqual([[1, 2, 3], 2])
    for (const turn of held.splice(0)) turn[Symbol.dispose]()
    await waiting[3]
    expect(turns.running).toBe(1)
  })

  it('an aborted wait takes no turn', async () => {
    const turns = new Turns(1)
    const controller = new AbortController()
    const first = await turns.take(NEVER)
    const second = turns.take(controller.signal)
    const third = turns.take(NEVER)
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    first[Symbol.dispose]()
    ;(await third)[Symbol.dispose]()
    expect(turns.running).toBe(0)
  })

  it('a turn that comes in the moment of the abort goes to the next', async () => {
    const turns = new Turns(1)
    const controller = new AbortController()
    const first = await turns.take(NEVER)
    const second = turns.take(controller.signal)
    const third = turns.take(NEVER)
    controller.abort()
    first[Symbol.dispose]()
    await second.then(
      (turn) => turn[Symbol.dispose](),
      () => {},
    )
    ;(await third)[Symbol.dispose]()
    expect(turns.running).toBe(0)
  })

  it('can be lowered to one, and restored', async () => {
    const turns = new Turns(3)
    const held = [await turns.take(NEVER), await turns.take(NEVER)]
    expect(turns.lower()).toBe(true)
    held.pop()![Symbol.dispose]()
    const waiting = turns.take(NEVER)
    await new Promise(setImmediate)
    expect(turns.running).toBe(1)
    expect(turns.lower()).toBe(false)
    turns.restore()
    held.pop()![Symbol.dispose]()
    ;(await waiting)[Symbol.dispose]()
    const all = await Promise.all([turns.take(NEVER), turns.take(NEVER), turns.take(NEVER)])
    expect(all).toHaveLength(3)
  })

  it('refuses a line of more than 64', async () => {
    const turns = new Turns(1)
    const controller = new AbortController()
    const all = Array.from({ length: 66 }, () => turns.take(controller.signal))
    await expect(all[65]).rejects.toMatchObject({ code: 'INTERNAL_BUG' })
    controller.abort()
    expect((await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})
