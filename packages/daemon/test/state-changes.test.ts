// Faces that keep rows and get changes, against whole rows: whenever each of them looks, and whatever happened meanwhile.

import { RowMerger } from '@ccbt/rpc-client/row-merger'
import type { SessionView, StateChanges, TorrentRow } from '@ccbt/rpc-client'
import { someRow, someSession } from '@ccbt/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { StateBook } from '../src/faces/state-book.ts'

afterEach(() => vi.restoreAllMocks())

/** A daemon whose torrents change as told, and which may be started anew. */
class Daemon {
  rows: TorrentRow[] = []
  session: SessionView = someSession()
  #lastId = 0
  #book: StateBook

  constructor() {
    this.#book = this.#newBook()
  }

  restart(): void {
    const later = Date.now() + 1000
    vi.spyOn(Date, 'now').mockReturnValue(later)
    this.#book = this.#newBook()
  }

  add(fields: Partial<TorrentRow>): void {
    this.rows = [...this.rows, someRow({ ...fields, id: ++this.#lastId })]
  }

  change(place: number, fields: Partial<TorrentRow>): void {
    this.rows = this.rows.map((row, n) => (n === place % this.rows.length ? { ...row, ...fields } : row))
  }

  remove(place: number): void {
    this.rows = this.rows.filter((_, n) => n !== place % this.rows.length)
  }

  /** As it comes over the network. */
  changes(since: number | undefined): StateChanges {
    this.#book.expire()
    return JSON.parse(JSON.stringify(this.#book.changes(since))) as StateChanges
  }

  #newBook(): StateBook {
    return new StateBook(
      () => this.rows,
      () => this.session,
    )
  }
}

/** A face: it keeps what it was given, as faces do. */
class Face {
  readonly rows = new Map<number, TorrentRow>()
  #revision: number | undefined
  #merger = new RowMerger()

  /** A new stream begins with everything, whether the face keeps what the last one brought (a browser) or not. */
  reconnect(forgets: boolean): void {
    this.#revision = undefined
    if (forgets) this.#merger = new RowMerger()
  }

  look(daemon: Daemon): StateChanges {
    const changes = daemon.changes(this.#revision)
    this.#revision = changes.revision
    const delta = this.#merger.merge(changes)
    if (delta === undefined) throw new Error('changes of rows that did not come')
    if (delta.isFull) this.rows.clear()
    for (const row of delta.torrents) this.rows.set(row.id, row)
    for (const id of delta.removed) this.rows.delete(id)
    return changes
  }
}

const fields: fc.Arbitrary<Partial<TorrentRow>> = fc.record(
  {
    name: fc.constantFrom('red', 'green'),
    labels: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    progress: fc.constantFrom(0, 0.5, 1),
    downloadBps: fc.nat(2),
    isPrivate: fc.boolean(),
  },
  { requiredKeys: [] },
)
type Step = (daemon: Daemon, faces: readonly Face[]) => void
const FACES = 3
const face = fc.nat(FACES - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  fields.map(
    (of): Step =>
      (daemon) =>
        daemon.add(of),
  ),
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(), fields).map(
      ([n, of]): Step =>
        (daemon) =>
          daemon.change(n, of),
    ),
  },
  fc.nat().map(
    (n): Step =>
      (daemon) =>
        daemon.remove(n),
  ),
  fc.constant<Step>((daemon) => daemon.restart()),
  fc.tuple(face, fc.boolean()).map(
    ([n, forgets]): Step =>
      (_, faces) =>
        faces[n]?.reconnect(forgets),
  ),
  {
    weight: 4,
    arbitrary: face.map(
      (n): Step =>
        (daemon, faces) =>
          void faces[n]?.look(daemon),
    ),
  },
)

describe('changes of rows', () => {
  it('make the same rows as whole ones, whenever a face looks', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const daemon = new Daemon()
        const faces = Array.from({ length: FACES }, () => new Face())
        for (const take of steps) take(daemon, faces)
        for (const one of faces) {
          one.look(daemon)
          expect([...one.rows.values()].toSorted((a, b) => a.id - b.id)).toEqual(daemon.rows)
        }
      }),
    )
  })

  it('have the fields that changed and no others', () => {
    fc.assert(
      fc.property(fields, fc.array(fields), (first, all) => {
        const daemon = new Daemon()
        const one = new Face()
        daemon.add(first)
        one.look(daemon)
        for (const next of all) {
          const before = Object.entries(daemon.rows[0] ?? {})
          daemon.change(0, next)
          const after: Readonly<Record<string, unknown>> = { ...daemon.rows[0] }
          const different = before.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(after[key]))
          const names = ['id', ...different.map(([key]) => key)].toSorted()
          const { torrents, changed = [] } = one.look(daemon)
          expect(torrents).toEqual([])
          expect(changed.map((change) => Object.keys(change).toSorted())).toEqual(names.length === 1 ? [] : [names])
        }
      }),
    )
  })

  it('begin anew for a face that was away while more torrents went than are remembered', () => {
    const daemon = new Daemon()
    daemon.add({})
    const one = new Face()
    one.look(daemon)
    const [kept] = daemon.rows
    for (let n = 0; n < 10_001; n++) daemon.rows.push(someRow({ id: n + 2 }))
    daemon.changes(undefined)
    daemon.rows = kept === undefined ? [] : [kept]
    expect(one.look(daemon)).toMatchObject({ isFull: true, changed: [] })
    expect([...one.rows.values()]).toEqual(daemon.rows)
  })
})
