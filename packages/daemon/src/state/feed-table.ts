// What of each feed was added before. Feeds and items are kept as hashes: their addresses may hold a secret, and are long.

import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** More than feeds have items; the oldest go. */
const MAX_ITEMS = 5000

/** Remembers items of feeds. */
export class FeedTable {
  readonly #has: StatementSync
  readonly #add: StatementSync
  readonly #prune: StatementSync

  constructor(database: DatabaseSync) {
    this.#has = database.prepare('SELECT 1 FROM feed_items WHERE feed = ? AND item = ?')
    this.#add = database.prepare('INSERT OR IGNORE INTO feed_items (feed, item) VALUES (?, ?)')
    // One comes, one goes.
    this.#prune = database.prepare(
      'DELETE FROM feed_items WHERE id = (SELECT min(id) FROM feed_items WHERE feed = ?1) AND (SELECT count(*) FROM feed_items WHERE feed = ?1) > ?2',
    )
  }

  /** Whether the item was added before. */
  has(feed: string, item: string): boolean {
    return this.#has.get(hash(feed), hash(item)) !== undefined
  }

  /** From now on it was. */
  add(feed: string, item: string): void {
    this.#add.run(hash(feed), hash(item))
    this.#prune.run(hash(feed), MAX_ITEMS)
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
