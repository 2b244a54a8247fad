import fc from 'fast-check'
import { someSession } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { EVERYTHING, STATUS_FILTERS, facets, select } from '../src/model/query.ts'
import type { SortKey } from '../src/model/query.ts'
import { rowWindow, scrollTo } from '../src/model/row-window.ts'
import { NOTHING, all, extended, moved, only, pruned, toggled } from '../src/model/selection.ts'
import { TorrentBook } from '../src/model/torrent-book.ts'
import { row } from './rows.ts'

const ids = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)

describe('the book', () => {
  it('follows deltas, and a full one replaces everything', () => {
    const book = new TorrentBook()
    const delta = { revision: 1, session: someSession(), removed: [] }
    book.apply({ ...delta, isFull: true, torrents: [row({ id: 1 }), row({ id: 2 })] })
    book.apply({ ...delta, isFull: false, torrents: [row({ id: 2, name: 'new' }), row({ id: 3 })], removed: [1] })
    expect(Array.from(book.rows.values(), ({ id, name }) => [id, name])).toEqual([
      [2, 'new'],
      [3, 'torrent 3'],
    ])
    book.apply({ ...delta, isFull: true, torrents: [row({ id: 4 })] })
    expect([...book.rows.keys()]).toEqual([4])
    expect(book.revision).toBe(3)
  })
})

describe('the list', () => {
  const rows = [
    row({ id: 1, name: 'Debian', labels: ['linux'], phase: 'seeding', uploadBps: 5, trackerHost: 'a.example' }),
    row({ id: 2, name: 'arch', labels: ['linux', 'new'], downloadBps: 9, trackerHost: 'b.example', queuePosition: 2 }),
    row({
      id: 3,
      name: 'Film',
      phase: 'failed',
      trackerHost: 'a.example',
      queuePosition: 1,
      downloaded: 0,
      wantedDone: 0,
    }),
  ]

  it.each([
    [{ status: 'downloading' }, [2]],
    [{ status: 'active' }, [2, 1]],
    [{ status: 'failed' }, [3]],
    [{ label: 'linux' }, [2, 1]],
    [{ label: '' }, [3]],
    [{ tracker: 'a.example' }, [3, 1]],
    [{ tracker: 'a.example', text: 'deb' }, [1]],
    [{ text: 'LINUX arch' }, [2]],
    [{ text: '0'.repeat(39) + '3' }, [3]],
    [{ text: 'nothing such' }, []],
    [{ sort: 'name', isDescending: false }, [2, 1, 3]],
    [{ sort: 'queue', isDescending: false }, [3, 2, 1]],
    [{ sort: 'ratio', isDescending: true }, [2, 1, 3]],
  ] as const)('%j finds %j', (query, expected) => {
    expect(ids(select(rows, { ...EVERYTHING, ...query }))).toEqual(expected)
  })

  it('has every phase in one status group besides All and Active', () => {
    const phases = STATUS_FILTERS.flatMap(({ phases }) => phases ?? [])
    expect(phases.toSorted()).toEqual([
      'checking',
      'downloading',
      'failed',
      'finished',
      'metadata',
      'paused',
      'queued',
      'seeding',
      'starting',
    ])
  })

  it('counts what the filters would find', () => {
    const { statuses, labels, trackers } = facets(rows)
    for (const [status, count] of statuses) expect(select(rows, { ...EVERYTHING, status })).toHaveLength(count)
    for (const [label, count] of labels) expect(select(rows, { ...EVERYTHING, label })).toHaveLength(count)
    for (const [tracker, count] of trackers) expect(select(rows, { ...EVERYTHING, tracker })).toHaveLength(count)
    expect(labels).toEqual([
      ['linux', 2],
      ['', 1],
      ['new', 1],
    ])
  })

  it('is in one order whatever the order of what comes, for any key', () => {
    const keys: SortKey[] = [
      'queue',
      'name',
      'size',
      'progress',
      'status',
      'down',
      'up',
      'eta',
      'peers',
      'ratio',
      'added',
    ]
    const some = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 50 }),
        queuePosition: fc.integer({ min: 0, max: 3 }),
        etaS: fc.integer({ min: -1, max: 2 }),
        uploaded: fc.integer({ min: 0, max: 2 }),
        downloaded: fc.integer({ min: 0, max: 2 }),
        wantedDone: fc.integer({ min: 0, max: 1 }),
      }),
      { selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(some, fc.constantFrom(...keys), fc.boolean(), (parts, sort, isDescending) => {
        const rows = parts.map(row)
        const query = { ...EVERYTHING, sort, isDescending }
        expect(ids(select(rows, query))).toEqual(ids(select(rows.toReversed(), query)))
      }),
    )
  })
})

describe('the rows on the screen', () => {
  it('cover the view, are few, and are of the list', () => {
    const views = fc.record({ top: fc.integer({ min: -50, max: 400_000 }), height: fc.integer({ min: 0, max: 2000 }) })
    fc.assert(
      fc.property(views, fc.integer({ min: 0, max: 10_000 }), (view, count) => {
        const { first, end } = rowWindow(view, 30, count)
        expect(0 <= first && first <= end && end <= count).toBe(true)
        expect(end - first).toBeLessThanOrEqual(Math.ceil(view.height / 30) + 14)
        for (let at = Math.max(view.top, 0); at < Math.min(view.top + view.height, count * 30); at += 30) {
          expect(Math.floor(at / 30) >= first && Math.floor(at / 30) < end).toBe(true)
        }
      }),
    )
  })

  it('scroll no further than needed', () => {
    const view = { top: 300, height: 100 }
    expect([0, 9, 10, 12, 13, 20].map((index) => scrollTo(index, view, 30))).toEqual([0, 270, 300, 300, 320, 530])
  })
})

describe('a selection', () => {
  const order = [5, 3, 8, 1]

  it('moves, extends, toggles and takes all', () => {
    const first = moved(NOTHING, 1, order, false)
    expect(first).toEqual(only(5))
    expect(moved(NOTHING, -1, order, false)).toEqual(only(5))
    const range = moved(moved(first, 1, order, true), 1, order, true)
    expect(range).toEqual({ ids: new Set([5, 3, 8]), cursor: 8, anchor: 5 })
    expect(moved(range, -1, order, true)).toEqual({ ids: new Set([5, 3]), cursor: 3, anchor: 5 })
    expect(moved(first, 1000, order, false)).toEqual(only(1))
    expect(toggled(toggled(first, 8), 5)).toEqual({ ids: new Set([8]), cursor: 5, anchor: 5 })
    expect(all(first, order).ids).toEqual(new Set(order))
    expect(extended(only(99), 3, order)).toEqual(only(3))
    expect(moved(first, 1, [], false)).toBe(NOTHING)
  })

  it('loses what is gone', () => {
    const range = extended(only(5), 8, order)
    expect(pruned(range, () => true)).toBe(range)
    expect(pruned(range, (id) => id !== 5)).toEqual({ ids: new Set([3, 8]), cursor: 8, anchor: 0 })
  })
})
