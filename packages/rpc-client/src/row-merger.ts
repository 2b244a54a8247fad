// Whole rows out of rows that come once and changes of them after that. Without anything of node: the page has it as well.

import type { StateChanges, StateDelta, TorrentRow } from './views.ts'

/** A row of our own. News change it in place: rows that are thrown away every second cost far more memory than they have. */
type OwnRow = { -readonly [K in keyof TorrentRow]: TorrentRow[K] }

/** The rows of one stream of changes. */
export class RowMerger {
  readonly #rows = new Map<number, OwnRow>()

  /**
   * The same news with whole rows; undefined when they change what has not come, so that everything must be asked for
   * again. The rows stay the merger's: later news change them.
   */
  merge({ changed = [], torrents, ...head }: StateChanges): StateDelta | undefined {
    if (head.isFull) this.#rows.clear()
    for (const row of torrents) this.#rows.set(row.id, row)
    const rows: TorrentRow[] = [...torrents]
    for (const change of changed) {
      const row = this.#rows.get(change.id)
      if (row === undefined) return undefined
      rows.push(Object.assign(row, change))
    }
    for (const id of head.removed) this.#rows.delete(id)
    return { ...head, torrents: rows }
  }
}
