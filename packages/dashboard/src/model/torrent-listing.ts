// The rows of a query, computed once per change: a key press at ten thousand torrents must not sort them again.

import type { TorrentRow } from '@ccbt/rpc-client'

import type { TorrentBook } from './torrent-book.ts'
import { facetsOf, queryRows } from './torrent-query.ts'
import type { FacetCount, TorrentQuery } from './torrent-query.ts'

interface Listed {
  readonly version: number
  readonly query: TorrentQuery
  readonly rows: readonly TorrentRow[]
  /** Place of each torrent in `rows`. */
  readonly places: ReadonlyMap<number, number>
}

/** The present list. */
export class TorrentListing {
  readonly #book: TorrentBook
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
    const rows = queryRows(this.#book.rows(), query)
    const places = new Map(rows.map(({ id }, place) => [id, place]))
    this.#listed = { version, query, rows, places }
    return this.#listed
  }
}
