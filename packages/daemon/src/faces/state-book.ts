// Rows with revisions, so that a face which comes again gets only what changed. Rows are compared at most four times a
// second however many ask, and once more after each change that a face makes; nobody asking costs nothing.

import type { SessionView, StateDelta, TorrentRow } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import { rowOf } from './rows.ts'

const FRESH_MS = 250
/** Removed torrents that are remembered; whoever stayed away for longer gets everything anew. */
const MAX_REMOVED = 10_000

interface Entry {
  row: TorrentRow
  revision: number
}

/** The state of an engine by revisions. */
export class StateBook {
  readonly #engine: Engine
  readonly #view: (rows: readonly TorrentRow[]) => SessionView
  readonly #entries = new Map<number, Entry>()
  readonly #removed: { readonly id: number; readonly infoHash: string; readonly revision: number }[] = []
  /** Begins at the time, so that a revision of an earlier run is never one of this. */
  #revision: number = Date.now()
  #oldest: number = this.#revision
  #session: SessionView | undefined
  #updatedAtMs = -FRESH_MS

  constructor(engine: Engine, view: (rows: readonly TorrentRow[]) => SessionView) {
    this.#engine = engine
    this.#view = view
  }

  /** What changed after `since`; everything without it, and when that is not known any more. */
  since(since: number | undefined): StateDelta {
    const session = this.#update()
    const isFull = since === undefined || since < this.#oldest || since > this.#revision
    const torrents: TorrentRow[] = []
    for (const { row, revision } of this.#entries.values()) if (isFull || revision > since) torrents.push(row)
    return {
      revision: this.#revision,
      isFull,
      session,
      torrents,
      removed: isFull ? [] : this.#removed.filter(({ revision }) => revision > since).map(({ id }) => id),
    }
  }

  /** Info-hashes of torrents that have gone after `since`, which is one that {@link since} still knows. */
  removedHashes(since: number): string[] {
    return this.#removed.filter(({ revision }) => revision > since).map(({ infoHash }) => infoHash)
  }

  /** A face has changed something: whoever looks next sees it. */
  expire(): void {
    this.#updatedAtMs = -FRESH_MS
  }

  #update(): SessionView {
    const now = performance.now()
    if (this.#session !== undefined && now - this.#updatedAtMs < FRESH_MS) return this.#session
    this.#updatedAtMs = now
    const next = this.#revision + 1
    const rows = this.#engine.torrents().map(rowOf)
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
    if (entry !== undefined && isSame(entry.row, row)) return false
    if (entry === undefined) this.#entries.set(row.id, { row, revision })
    else {
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

/** Whether two views of one thing show the same: values, and lists of values. */
function isSame<T extends TorrentRow | SessionView>(a: T, b: T): boolean {
  for (const key in a) if (a[key] !== b[key] && !isSameList(a[key], b[key])) return false
  return true
}

function isSameList(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return false
  return a.length === b.length && a.every((item, i) => item === b[i])
}
