// The rows of a query, computed once per change: a key press at ten thousand torrents must not sort them again, and news of
// a few must not sort all anew.

import type { TorrentRow } from '@ccbt/rpc-client'

import type { TorrentBook } from './torrent-book.ts'
import { facetsOf, matcherOf, searchTextOf, sortRows } from './torrent-query.ts'
import type { FacetCount, SortKey, TorrentQuery } from './torrent-query.ts'

interface Sorted {
  readonly version: number
  readonly sort: SortKey
  readonly rows: readonly TorrentRow[]
}

interface Listed {
  readonly version: number
  readonly query: TorrentQuery
  readonly rows: readonly TorrentRow[]
  /** Place of each torrent in `rows`. */
  readonly places: ReadonlyMap<number, number>
}

/** What the filter looks into, and what that was made of. */
interface Searchable extends Pick<TorrentRow, 'name' | 'labels' | 'trackerHost'> {
  readonly text: string
}

/** The present list. */
export class TorrentListing {
  readonly #book: TorrentBook
  readonly #searchTexts = new WeakMap<TorrentRow, Searchable>()
  #sorted: Sorted | undefined
  #listed: Listed | undefined
  #facets: { readonly version: number; readonly facets: readonly FacetCount[] } | undefined

  constructor(book: TorrentBook) {
    this.#book = book
  }

  rows(query: TorrentQuery): readonly TorrentRow[] {
    return this.#list(query).rows
  }

  /** -1: the query does not show this torrent. */
  place(query: TorrentQuery, id: number): number {
    return this.#list(query).places.get(id) ?? -1
  }

  facets(): readonly FacetCount[] {
    const { version } = this.#book
    if (this.#facets?.version !== version) this.#facets = { version, facets: facetsOf(this.#book.rows()) }
    return this.#facets.facets
  }

  #list(query: TorrentQuery): Listed {
    const { version } = this.#book
    if (this.#listed?.version === version && this.#listed.query === query) return this.#listed
    const isShown = matcherOf(query)
    const rows = this.#sort(query.sort).filter((row) => isShown(row, this.#searchText))
    if (query.isDescending) rows.reverse()
    const places = new Map(rows.map(({ id }, place) => [id, place]))
    this.#listed = { version, query, rows, places }
    return this.#listed
  }

  #sort(sort: SortKey): readonly TorrentRow[] {
    const { version } = this.#book
    if (this.#sorted?.version === version && this.#sorted.sort === sort) return this.#sorted.rows
    const rows = sortRows(this.#sorted?.sort === sort ? this.#inLastOrder(this.#sorted) : [...this.#book.rows()], sort)
    this.#sorted = { version, sort, rows }
    return rows
  }

  /** The present rows as they were ordered last, new ones at the end. */
  #inLastOrder({ rows }: Sorted): TorrentRow[] {
    const known = new Set(rows.map(({ id }) => id))
    const kept = rows.flatMap(({ id }) => this.#book.row(id) ?? [])
    return [...kept, ...[...this.#book.rows()].filter(({ id }) => !known.has(id))]
  }

  readonly #searchText = (row: TorrentRow): string => {
    const { name, labels, trackerHost } = row
    const known = this.#searchTexts.get(row)
    if (known?.name === name && known.labels === labels && known.trackerHost === trackerHost) return known.text
    const text = searchTextOf(row)
    this.#searchTexts.set(row, { name, labels, trackerHost, text })
    return text
  }
}
