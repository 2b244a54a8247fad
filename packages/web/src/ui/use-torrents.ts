// The list as it is shown, and what is chosen in it.

import type { TorrentRow } from '@ccbt/rpc-client'
import { useMemo, useState } from 'preact/hooks'

import { EVERYTHING, facets, select } from '../model/query.ts'
import type { Facets, Query, SortKey } from '../model/query.ts'
import { NOTHING, all, extended, moved, only, pruned, toggled } from '../model/selection.ts'
import type { Selection } from '../model/selection.ts'
import type { Page } from './page.ts'
import type { TorrentBook } from '../model/torrent-book.ts'

/** The list. */
export interface Torrents {
  readonly rows: readonly TorrentRow[]
  readonly facets: Facets
  readonly query: Query
  readonly selection: Selection
  /** The chosen rows in the order of the list, also those that the filter hides. */
  readonly chosen: readonly TorrentRow[]
  readonly setQuery: (query: Query) => void
  readonly sortBy: (key: SortKey) => void
  readonly click: (row: TorrentRow, event: MouseEvent) => void
  /** Makes it the cursor, and the only chosen one unless it is among the chosen. */
  readonly choose: (id: number) => void
  readonly find: Page['find']
  readonly move: (steps: number, extend: boolean) => void
  readonly toggle: () => void
  readonly selectAll: () => void
  readonly selectNothing: () => void
}

/** Columns whose interesting end is the largest. */
const DESCENDING_FIRST: ReadonlySet<SortKey> = new Set(['size', 'progress', 'down', 'up', 'peers', 'ratio', 'added'])

/** Keeps query and selection over what the book has. */
export function useTorrents(book: TorrentBook): Torrents {
  const [query, setQuery] = useState(EVERYTHING)
  const [kept, setSelection] = useState(NOTHING)
  const { revision } = book
  const rows = useMemo(() => select(book.rows.values(), query), [revision, query])
  const counts = useMemo(() => facets(book.rows.values()), [revision])
  const order = useMemo(() => rows.map(({ id }) => id), [rows])
  const selection = pruned(kept, (id) => book.rows.has(id))
  const chosen = useMemo(
    () => Array.from(selection.ids, (id) => book.rows.get(id)).filter((row) => row !== undefined),
    [selection, revision],
  )
  return {
    rows,
    facets: counts,
    query,
    selection,
    chosen,
    setQuery,
    sortBy: (sort) => {
      const isDescending = sort === query.sort ? !query.isDescending : DESCENDING_FIRST.has(sort)
      setQuery({ ...query, sort, isDescending })
    },
    click: ({ id }, event) => {
      if (event.shiftKey) setSelection(extended(selection, id, order))
      else if (event.ctrlKey || event.metaKey) setSelection(toggled(selection, id))
      else setSelection(only(id))
    },
    choose: (id) => setSelection(selection.ids.has(id) ? { ...selection, cursor: id } : only(id)),
    find: (infoHash) => book.find(infoHash),
    move: (steps, extend) => setSelection(moved(selection, steps, order, extend)),
    toggle: () => setSelection(selection.cursor === 0 ? selection : toggled(selection, selection.cursor)),
    selectAll: () => setSelection(all(selection, order)),
    selectNothing: () => setSelection(NOTHING),
  }
}
