import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CcbtError, seededRandom } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'

import { RequestQueue } from '../../src/tracker/request-queue.ts'
import type { Priority } from '../../src/tracker/request-queue.ts'
import { errorOf, NEVER } from './helpers.ts'

const dead = (): CcbtError =>
  new CcbtError('TRACKER_UNREACHABLE', 'tracker x cannot be reached', {
    blame: 'remote',
    context: { host: 'x', errno: 'ECONNREFUSED' },
  })
const refusal = (): CcbtError =>
  new CcbtError('TRACKER_REFUSED', 'tracker x refused', { blame: 'remote', context: { host: 'x', reason: 'no' } })

interface Job {
  readonly name: string
  readonly lane?: string
  readonly priority?: Priority
  readonly signal?: AbortSignal
  /** How long it takes; a failure in the end. */
  readonly ms?: number
  readonly fails?: () => Error
}

/** A queue in virtual time, with a diary of what ran when. */
class Lab {
  readonly clock = new VirtualClock()
  readonly begun: string[] = []
  readonly begunAt: number[] = []
  readonly turns: string[] = []
  readonly running = new Map<string, number>()
  mostRunning = 0
  readonly mostOfLane = new Map<string, number>()
  readonly #queue = new RequestQueue(this.clock, seededRandom(1))
  readonly #limit: number

  constructor(limit = 4) {
    this.#limit = limit
  }

  add({ name, lane = 'a', priority = 'ordinary', signal = NEVER, ms = 100, fails }: Job): Promise<string> {
    return this.#queue.run({
      lane,
      laneLimit: this.#limit,
      label: lane,
      priority,
      signal,
      onTurn: () => this.turns.push(name),
      run: async () => {
        this.#enter(name, lane)
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const cancel = this.clock.after(ms, resolve)
        const onAbort = (): void => reject(new CcbtError('ABORTED', 'aborted', { blame: 'input', context: {} }))
        signal.addEventListener('abort', onAbort, { once: true })
        try {
          await promise
        } finally {
          cancel()
          this.running.set(lane, this.running.get(lane)! - 1)
        }
        if (fails !== undefined) throw fails()
        return name
      },
    })
  }

  close(): void {
    this.#queue[Symbol.dispose]()
  }

  #enter(name: string, lane: string): void {
    this.begun.push(name)
    this.begunAt.push(this.clock.now())
    this.running.set(lane, (this.running.get(lane) ?? 0) + 1)
    this.mostOfLane.set(lane, Math.max(this.mostOfLane.get(lane) ?? 0, this.running.get(lane)!))
    const all = [...this.running.values()].reduce((sum, n) => sum + n, 0)
    this.mostRunning = Math.max(this.mostRunning, all)
  }
}

const names = (count: number, prefix = ''): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('request queue', () => {
  it('runs a few of a lane and 40 of all, in order, and comes to its end', async () => {
    const lab = new Lab()
    const jobs = names(300).map((name, i) => lab.add({ name, lane: `lane ${i % 30}` }))
    await lab.clock.advance(0)
    expect(lab.begun).toHaveLength(40)
    await lab.clock.advance(10_000)
    expect(await Promise.all(jobs)).toEqual(names(300))
    expect(lab.mostRunning).toBe(40)
    expect(Math.max(...lab.mostOfLane.values())).toBeLessThanOrEqual(4)
    expect(lab.clock.pendingTimers).toBe(0)
  })

  it('gives a lane its turn beside one with thousands waiting', async () => {
    const lab = new Lab(100)
    for (const name of names(1000, 'many ')) void lab.add({ name })
    await lab.clock.advance(50)
    void lab.add({ name: 'few', lane: 'b' })
    await lab.clock.advance(50)
    // With the first that ended, 40 turns later: not after the thousand.
    expect(lab.begun.indexOf('few')).toBeGreaterThanOrEqual(40)
    expect(lab.begun.indexOf('few')).toBeLessThan(80)
  })

  it('lets goodbyes go first', async () => {
    const lab = new Lab(1)
    for (const name of names(5)) void lab.add({ name })
    void lab.add({ name: 'bye', priority: 'urgent' })
    await lab.clock.advance(1000)
    expect(lab.begun).toEqual(['0', 'bye', '1', '2', '3', '4'])
  })

  it('forgets what is given up while it waits', async () => {
    const lab = new Lab(1)
    const abort = new AbortController()
    void lab.add({ name: 'first' })
    const given = errorOf(lab.add({ name: 'given up', signal: abort.signal }))
    const starting = errorOf(lab.add({ name: 'put off', priority: 'start', signal: abort.signal }))
    await lab.clock.advance(10)
    abort.abort()
    expect(await given).toMatchObject({ code: 'ABORTED' })
    expect(await starting).toMatchObject({ code: 'ABORTED' })
    expect(await errorOf(lab.add({ name: 'late', signal: abort.signal }))).toMatchObject({ code: 'ABORTED' })
    await lab.clock.advance(1000)
    expect(lab.begun).toEqual(['first'])
    expect(lab.clock.pendingTimers).toBe(0)
  })
})

describe('request queue: its end', () => {
  it('gives up what waits and what is put off, and takes nothing more', async () => {
    const lab = new Lab(1)
    const running = lab.add({ name: 'running' })
    const given = [
      errorOf(lab.add({ name: 'waiting' })),
      errorOf(lab.add({ name: 'put off', priority: 'start' })),
      errorOf(lab.add({ name: 'urgent', priority: 'urgent' })),
    ]
    lab.close()
    for (const error of await Promise.all(given)) expect(error).toMatchObject({ code: 'ABORTED' })
    expect(await errorOf(lab.add({ name: 'late' }))).toMatchObject({ code: 'ABORTED' })
    await lab.clock.advance(100)
    expect(await running).toBe('running')
    expect(lab.clock.pendingTimers).toBe(0)
  })
})

describe('request queue: first announces', () => {
  it('lets a single one go at once', async () => {
    const lab = new Lab()
    void lab.add({ name: 'only', priority: 'start' })
    await lab.clock.advance(0)
    expect(lab.begunAt).toEqual([0])
  })

  it('spreads 2000 over the better part of a minute', async () => {
    const lab = new Lab()
    const jobs = names(2000).map((name) => lab.add({ name, priority: 'start', ms: 1 }))
    await lab.clock.advance(60_000)
    await Promise.all(jobs)
    expect(lab.begunAt.at(-1)).toBeLessThanOrEqual(45_100)
    const bySecond = new Map<number, number>()
    for (const at of lab.begunAt) bySecond.set(Math.floor(at / 1000), (bySecond.get(Math.floor(at / 1000)) ?? 0) + 1)
    // No second gets an eighth of all, and three quarters of the seconds get some.
    expect(Math.max(...bySecond.values())).toBeLessThan(250)
    expect(bySecond.size).toBeGreaterThan(34)
  })

  it('does not put off those of other trackers', async () => {
    const lab = new Lab()
    for (const name of names(2000)) void lab.add({ name, priority: 'start', ms: 1 })
    void lab.add({ name: 'other', lane: 'b', priority: 'start' })
    await lab.clock.advance(0)
    expect(lab.begun).toContain('other')
  })
})

describe('request queue: a lane that does not answer', () => {
  it('fails those that wait with the one that was asked', async () => {
    const lab = new Lab()
    const failed = names(100).map((name) => errorOf(lab.add({ name, ms: 30_000, fails: dead })))
    await lab.clock.advance(30_000)
    for (const error of await Promise.all(failed)) expect(error).toMatchObject({ code: 'TRACKER_UNREACHABLE' })
    expect(lab.begun).toHaveLength(4)
  })

  it('is asked by one at a time, who hold nobody back, until it answers', async () => {
    const lab = new Lab()
    await Promise.all([errorOf(lab.add({ name: 'fails', ms: 0, fails: dead })), lab.clock.advance(0)])
    const answers = names(10, 'again ').map((name) => lab.add({ name }))
    await lab.clock.advance(50)
    expect(lab.begun).toEqual(['fails', 'again 0'])
    expect(lab.turns).toEqual(['fails', ...names(10, 'again ')])
    await lab.clock.advance(60)
    // It answered: four at a time again.
    expect(lab.begun).toHaveLength(6)
    await lab.clock.advance(1000)
    expect(await Promise.all(answers)).toHaveLength(10)
  })

  it('is one whose answer the caller gave up waiting for', async () => {
    const lab = new Lab(1)
    const abort = new AbortController()
    const slow = errorOf(lab.add({ name: 'slow', ms: 60_000, signal: abort.signal }))
    const waiting = errorOf(lab.add({ name: 'waiting' }))
    await lab.clock.advance(15_000)
    abort.abort()
    expect(await slow).toMatchObject({ code: 'ABORTED' })
    expect(await waiting).toMatchObject({ code: 'TRACKER_TIMED_OUT', context: { host: 'a' } })
  })

  it('is none that refuses, or that answered another request meanwhile', async () => {
    const lab = new Lab(2)
    const lost = errorOf(lab.add({ name: 'lost', ms: 1000, fails: dead }))
    const refused = errorOf(lab.add({ name: 'refused', ms: 500, fails: refusal }))
    const others = names(50).map((name) => lab.add({ name, ms: 300 }))
    await lab.clock.advance(60_000)
    expect(await lost).toMatchObject({ code: 'TRACKER_UNREACHABLE' })
    expect(await refused).toMatchObject({ code: 'TRACKER_REFUSED' })
    expect(await Promise.all(others)).toHaveLength(50)
  })
})

describe('request queue: any load', () => {
  it('keeps its bounds and settles everything', async () => {
    const job = fc.record({
      lane: fc.constantFrom('a', 'b', 'c'),
      priority: fc.constantFrom<Priority>('urgent', 'start', 'ordinary'),
      ms: fc.nat(20_000),
      outcome: fc.constantFrom('answer', 'answer', 'dead', 'refusal', 'given up'),
      afterMs: fc.nat(500),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(job, { minLength: 20, maxLength: 200, size: 'max' }), async (jobs) => {
        const lab = new Lab(3)
        const settled: Promise<unknown>[] = []
        for (const [i, { lane, priority, ms, outcome, afterMs }] of jobs.entries()) {
          const abort = new AbortController()
          if (outcome === 'given up') lab.clock.after(afterMs * 20, () => abort.abort())
          const fails = outcome === 'dead' ? dead : outcome === 'refusal' ? refusal : undefined
          const job = { name: `${i}`, lane, priority, ms, signal: abort.signal }
          settled.push(Promise.allSettled([lab.add(fails === undefined ? job : { ...job, fails })]))
          await lab.clock.advance(afterMs)
        }
        await lab.clock.advance(3_600_000)
        expect(await Promise.all(settled)).toHaveLength(jobs.length)
        expect(lab.mostRunning).toBeLessThanOrEqual(40)
        for (const most of lab.mostOfLane.values()) expect(most).toBeLessThanOrEqual(3)
        expect(lab.turns).toHaveLength(new Set(lab.turns).size)
        expect(lab.clock.pendingTimers).toBe(0)
      }),
      { numRuns: 30 },
    )
  })
})
