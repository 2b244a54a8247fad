import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { StallWatch } from '../src/queue/stall-watch.ts'
import { TorrentQueue } from '../src/queue/torrent-queue.ts'
import type { QueueLimits, QueueMove, QueueWish } from '../src/queue/torrent-queue.ts'

interface Facts {
  readonly key: string
  wish: QueueWish
  isForced: boolean
  isStalled: boolean
}

/** A list that is shuffled about without thought: what the queue is compared with. */
class Model {
  list: Facts[] = []

  at(n: number): Facts | undefined {
    return this.list[n % Math.max(1, this.list.length)]
  }

  move(facts: Facts, to: QueueMove): void {
    const from = this.list.indexOf(facts)
    const rest = this.list.filter((other) => other !== facts)
    const target = typeof to === 'number' ? to : { up: from - 1, down: from + 1, top: 0, bottom: rest.length }[to]
    const at = Math.min(Math.max(target, 0), rest.length)
    this.list = [...rest.slice(0, at), facts, ...rest.slice(at)]
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: fc.nat(30) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      n: fc.nat(30),
      to: fc.oneof(fc.constantFrom<QueueMove>('up', 'down', 'top', 'bottom'), fc.integer({ min: -1, max: 40 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force' as const), n: fc.nat(30), is: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      n: fc.nat(30),
      wish: fc.constantFrom<QueueWish>('download', 'seed', 'nothing'),
      isStalled: fc.boolean(),
    }),
  },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function apply(queue: TorrentQueue, model: Model, now: Step, count: number): void {
  if (now.kind === 'add') {
    const key = `t${count}`
    queue.add(key)
    model.list.push({ key, wish: 'download', isForced: false, isStalled: false })
    return
  }
  const facts = model.at(now.n)
  if (facts === undefined) return
  if (now.kind === 'remove') {
    queue.remove(facts.key)
    model.list = model.list.filter((other) => other !== facts)
  } else if (now.kind === 'move') {
    queue.move(facts.key, now.to)
    model.move(facts, now.to)
  } else if (now.kind === 'force') {
    queue.force(facts.key, now.is)
    facts.isForced = now.is
  } else {
    // Only what runs can stall.
    const isStalled = now.isStalled && queue.active().has(facts.key)
    queue.update(facts.key, now.wish, isStalled)
    Object.assign(facts, { wish: now.wish, isStalled })
  }
}

const limit = fc.option(fc.nat(5), { nil: undefined })
const limits = fc.record({ maxActiveDownloads: limit, maxActiveSeeds: limit, maxActive: limit })

function defined(given: { [K in keyof QueueLimits]: number | undefined }): QueueLimits {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

describe('a queue', () => {
  it('keeps its limits and its order, and lets as many run as it can', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (given, steps) => {
        const queue = new TorrentQueue(defined(given))
        const model = new Model()
        for (const [count, now] of steps.entries()) {
          apply(queue, model, now, count)
          const places = model.list.map(({ isForced }, position) => ({ position, isForced }))
          expect(model.list.map(({ key }) => queue.placeOf(key))).toEqual(places)
          check(queue.active(), model.list, given)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('without limits lets everything run', () => {
    const queue = new TorrentQueue({})
    for (let i = 0; i < 50; i++) queue.add(`${i}`)
    expect(queue.isLimited).toBe(false)
    expect(queue.active().size).toBe(50)
  })

  it('gives the place of a stalled torrent to the next, and takes it back', () => {
    const queue = new TorrentQueue({ maxActiveDownloads: 1 })
    for (const key of ['a', 'b', 'c']) queue.add(key)
    expect([...queue.active()]).toEqual(['a'])
    queue.update('a', 'download', true)
    expect([...queue.active()].sort()).toEqual(['a', 'b'])
    queue.update('a', 'download', false)
    expect([...queue.active()]).toEqual(['a'])
  })
})

function check(active: Set<string>, list: readonly Facts[], limits: { [K in keyof QueueLimits]: number | undefined }) {
  const { maxActive = Infinity, maxActiveDownloads = Infinity, maxActiveSeeds = Infinity } = limits
  const most = { download: maxActiveDownloads, seed: maxActiveSeeds }
  for (const { key, isForced, wish } of list) {
    if (isForced) expect(active.has(key)).toBe(true)
    else if (wish === 'nothing') expect(active.has(key)).toBe(false)
  }
  const free = list.filter(({ isForced }) => !isForced)
  const running = free.filter(({ key }) => active.has(key))
  expect(running.length).toBeLessThanOrEqual(maxActive)
  for (const kind of ['download', 'seed'] as const) {
    const holders = running.filter(({ wish, isStalled }) => wish === kind && !isStalled)
    expect(holders.length).toBeLessThanOrEqual(most[kind])
    const waiting = free.findIndex(({ key, wish }) => wish === kind && !active.has(key))
    if (waiting === -1) continue
    // Nobody waits while there is a place, and nobody who holds one stands behind somebody who waits.
    expect(holders.length === most[kind] || running.length === maxActive).toBe(true)
    for (const holder of holders) expect(free.indexOf(holder)).toBeLessThan(waiting)
  }
}

describe('a stall', () => {
  it('begins after a minute without a byte, and ends with one', () => {
    const watch = new StallWatch()
    expect(watch.look('a', 0, 1000)).toBe(false)
    expect(watch.look('a', 0, 60_999)).toBe(false)
    expect(watch.look('a', 0, 61_000)).toBe(true)
    expect(watch.look('a', 1, 62_000)).toBe(false)
    expect(watch.look('a', 1, 122_000)).toBe(true)
    watch.forget('a')
    expect(watch.look('a', 1, 123_000)).toBe(false)
  })
})
