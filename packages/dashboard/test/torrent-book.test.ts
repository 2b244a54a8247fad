// What the dashboard knows of the torrents, against a plain map of the rows that came last.

import type { TorrentRow } from '@ccbt/rpc-client'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { TorrentBook } from '../src/model/torrent-book.ts'
import { TorrentListing } from '../src/model/torrent-listing.ts'
import { rowOf, SESSION } from './samples.ts'

const word = fc.constantFrom('red', 'green', 'blue')
const row: fc.Arbitrary<TorrentRow> = fc
  .record({
    id: fc.integer({ min: 1, max: 6 }),
    name: word,
    labels: fc.array(word, { maxLength: 2 }),
    trackerHost: word,
    progress: fc.constantFrom(0, 0.5, 1),
    isSequential: fc.boolean(),
  })
  .map(rowOf)
const news = fc.record({
  isFull: fc.boolean(),
  torrents: fc.uniqueArray(row, { selector: ({ id }) => id }),
  removed: fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
})

it('knows each torrent as it was told of last, finds it by that, and leaves alone what it was given', () => {
  fc.assert(
    fc.property(fc.array(news), word, (all, text) => {
      const book = new TorrentBook()
      const listing = new TorrentListing(book)
      const query = { sort: 'added', isDescending: false, text, facet: { kind: 'all' } } as const
      const expected = new Map<number, TorrentRow>()
      const given = structuredClone(all)
      for (const [revision, delta] of all.entries()) {
        if (delta.isFull) expected.clear()
        for (const torrent of delta.torrents) expected.set(torrent.id, torrent)
        for (const id of delta.removed) expected.delete(id)
        book.apply({ revision, session: SESSION, ...delta })
        const rows = [...expected.values()].toSorted((a, b) => a.id - b.id)
        const found = rows.filter(({ name, labels, trackerHost }) => [name, ...labels, trackerHost].includes(text))
        expect([...book.rows()].toSorted((a, b) => a.id - b.id)).toEqual(rows)
        expect(listing.rows(query)).toEqual(found)
      }
      expect(all).toEqual(given)
    }),
  )
})
