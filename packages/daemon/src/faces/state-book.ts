// Rows with revisions, so that a face which comes again gets only what changed. Rows are compared at most four times a
// second however many ask, and once more after each change that a face makes; nobody asking costs nothing.

import type { RowChange, SessionView, StateChanges, StateDelta, TorrentRow } from '@ccbt/rpc-client'

const FRESH_MS = 250
/** Removed torrents that are remembered; whoever stayed away for longer gets everything anew. */
const MAX_REMOVED = 10_000

interface Entry {
  row: TorrentRow
  /** Of its last change. */
  revision: number
  /** The first one that has it. */
  readonly bornIn: number
  /** The last change of each field that is not as it was in the beginning. */
  readonly changedIn: Partial<Record<keyof TorrentRow, number>>
}

type OwnChange = { -readonly [K in keyof RowChange]: RowChange[K] }

type News = Omit<StateDelta, 'torrents'> & { readonly entries: readonly Entry[] }

/** The state of torrents by revisions. */
export class StateBook {
  readonly #rowsNow: () => readonly TorrentRow[]
  readonly #view: (rows: readonly TorrentRow[]) => SessionView
  readonly #entries = new Map<number, Entry>()
  readonly #removed: { readonly id: number; readonly infoHash: string; readonly revision: number }[] = []
  /** Begins at the time, so that a revision of an earlier run is never one of this. */
  #revision: number = Date.now()
  #oldest: number = this.#revision
  #session: SessionView | undefined
  #updatedAtMs = -FRESH_MS

  /** Views and rows that changed are new objects; an id is never of two torrents. */
  constructor(rowsNow: () => readonly TorrentRow[], view: (rows: readonly TorrentRow[]) => SessionView) {
    this.#rowsNow = rowsNow
    this.#view = view
  }

  /** What changed after `since`; everything without it, and when that is not known any more. */
  since(since: number | undefined): StateDelta {
    const { entries, ...head } = this.#news(since)
    return { ...head, torrents: entries.map(({ row }) => row) }
  }

  /** The same for a face that keeps the rows: of those that it knows, only the fields that changed after `since`. */
  changes(since: number | undefined): StateChanges {
    const { entries, ...head } = this.#news(since)
    const torrents: TorrentRow[] = []
    const changed: RowChange[] = []
    for (const entry of entries) {
      if (since === undefined || head.isFull || entry.bornIn > since) torrents.push(entry.row)
      else changed.push(changeOf(entry, since))
    }
    return { ...head, torrents, changed }
  }

  /** Info-hashes of torrents that have gone after `since`, which is one that {@link since} still knows. */
  removedHashes(since: number): string[] {
    return this.#removed.filter(({ revision }) => revision > since).map(({ infoHash }) => infoHash)
  }

  /** A face has changed something: whoever looks next sees it. */
  expire(): void {
    this.#updatedAtMs = -FRESH_MS
  }

  #news(since: number | undefined): News {
    const session = this.#update()
    const isFull = since === undefined || since < this.#oldest || since > this.#revision
    const entries: Entry[] = []
    for (const entry of this.#entries.values()) if (isFull || entry.revision > since) entries.push(entry)
    const removed = isFull ? [] : this.#removed.filter(({ revision }) => revision > since).map(({ id }) => id)
    return { revision: this.#revision, isFull, session, entries, removed }
  }

  #update(): SessionView {
    const now = performance.now()
    if (this.#session !== undefined && now - this.#updatedAtMs < FRESH_MS) return this.#session
    this.#updatedAtMs = now
    const next = this.#revision + 1
    const rows = this.#rowsNow()
    let isChanged = false
    for (const row of rows) if (this.#note(row, next)) isChanged = true
    if (this.#entries.size > rows.length && this.#forget(new Set(rows.map(({ id }) => id)), next)) isChanged = true
    const session = this.#view(rows)
    if (isChanged || this.#session === undefined || !isSame(this.#session, session)) this.#revision = next
    this.#session = session
    return session
  }

  #note(row: TorrentRow, revision: number): boolean {
    const entry = this.#entries.get(row.id)
    if (entry === undefined) this.#entries.set(row.id, { row, revision, bornIn: revision, changedIn: {} })
    else {
      if (entry.row === row || isSame(entry.row, row)) return false
      for (const field of fieldsOf(row)) if (!isEqual(entry.row[field], row[field])) entry.changedIn[field] = revision
      entry.row = row
      entry.revision = revision
    }
    return true
  }

  #forget(ids: ReadonlySet<number>, revision: number): boolean {
    const gone = [...this.#entries.keys()].filter((id) => !ids.has(id))
    for (const id of gone) {
      const infoHash = this.#entries.get(id)?.row.infoHash ?? ''
      this.#entries.delete(id)
      this.#removed.push({ id, infoHash, revision })
    }
    while (this.#removed.length > MAX_REMOVED) this.#oldest = this.#removed.shift()?.revision ?? this.#oldest
    return gone.length > 0
  }
}

function changeOf({ row, changedIn }: Entry, since: number): RowChange {
  const change: OwnChange = { id: row.id }
  for (const field of fieldsOf(changedIn)) if ((changedIn[field] ?? 0) > since) copyField(change, row, field)
  return change
}

function copyField<K extends keyof TorrentRow>(change: Pick<OwnChange, K>, row: TorrentRow, field: K): void {
  change[field] = row[field]
}

function fieldsOf<T extends object>(view: T): Extract<keyof T, string>[] {
  const fields: Extract<keyof T, string>[] = []
  for (const field in view) fields.push(field)
  return fields
}

/** Whether two views of one thing show the same. */
function isSame<T extends TorrentRow | SessionView>(a: T, b: T): boolean {
  for (const field in a) if (!isEqual(a[field], b[field])) return false
  return true
}

/** Values, and lists of values. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b)) return false
  return a.length === b.length && a.every((item, i) => item === b[i])
}
