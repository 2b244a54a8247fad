// Rows with revisions, so that a face which comes again gets only what changed. Rows are compared at most four times a
// second however many ask, and nobody asking costs nothing.

import type { SessionView, StateDelta, TorrentRow } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import { rowOf } from './rows.ts'

const FRESH_MS = 250
/** Removed torrents that are remembered; whoever stayed away for longer gets everything anew. */
const MAX_REMOVED = 10_000

interface Entry {
  row: TorrentRow
  text: string
  revision: number
}

/** The state of an engine by revisions. */
export class StateBook {
  readonly #engine: Engine
  readonly #session: () => SessionView
  readonly #entries = new Map<number, Entry>()
  readonly #removed: { readonly id: number; readonly revision: number }[] = []
  /** Begins at the time, so that a revision of an earlier run is never one of this. */
  #revision: number = Date.now()
  #oldest: number = this.#revision
  #sessionText = ''
  #updatedAtMs = -FRESH_MS

  constructor(engine: Engine, session: () => SessionView) {
    this.#engine = engine
    this.#session = session
  }

  /** What changed after `since`; everything without it, and when that is not known any more. */
  since(since: number | undefined): StateDelta {
    this.#update()
    const session = this.#session()
    const isFull = since === undefined || since < this.#oldest || since > this.#revision
    const entries = [...this.#entries.values()].filter(({ revision }) => isFull || revision > since)
    return {
      revision: this.#revision,
      isFull,
      session,
      torrents: entries.map(({ row }) => row),
      removed: isFull ? [] : this.#removed.filter(({ revision }) => revision > since).map(({ id }) => id),
    }
  }

  #update(): void {
    const now = performance.now()
    if (now - this.#updatedAtMs < FRESH_MS) return
    this.#updatedAtMs = now
    const next = this.#revision + 1
    const torrents = this.#engine.torrents()
    const isChanged = torrents.map((torrent) => this.#changed(torrent.id, rowOf(torrent), next)).includes(true)
    const isGone = this.#forget(new Set(torrents.map(({ id }) => id)), next)
    const sessionText = JSON.stringify(this.#session())
    if (isChanged || isGone || sessionText !== this.#sessionText) this.#revision = next
    this.#sessionText = sessionText
  }

  #changed(id: number, row: TorrentRow, revision: number): boolean {
    const text = JSON.stringify(row)
    const entry = this.#entries.get(id)
    if (entry?.text === text) return false
    this.#entries.set(id, { row, text, revision })
    return true
  }

  #forget(ids: ReadonlySet<number>, revision: number): boolean {
    const gone = [...this.#entries.keys()].filter((id) => !ids.has(id))
    for (const id of gone) {
      this.#entries.delete(id)
      this.#removed.push({ id, revision })
    }
    while (this.#removed.length > MAX_REMOVED) this.#oldest = this.#removed.shift()?.revision ?? this.#oldest
    return gone.length > 0
  }
}
