// The published and followed folders in the state database.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { Publication } from '@ccbt/rpc-client'

/** One of them. */
export interface PublicationRow {
  readonly id: number
  readonly publication: Publication
}

/** Keeps them. */
export class PublicationTable {
  readonly #all: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync) {
    this.#all = database.prepare('SELECT id, publication FROM publications ORDER BY id')
    this.#insert = database.prepare('INSERT INTO publications (publication) VALUES (?)')
    this.#update = database.prepare('UPDATE publications SET publication = ? WHERE id = ?')
    this.#remove = database.prepare('DELETE FROM publications WHERE id = ?')
  }

  /** In the order in which they came. */
  all(): PublicationRow[] {
    // Nobody else writes this column.
    return this.#all
      .all()
      .map(({ id, publication }) => ({ id: Number(id), publication: JSON.parse(String(publication)) as Publication }))
  }

  /** Keeps one; returns its id. */
  insert(publication: Publication): number {
    return Number(this.#insert.run(JSON.stringify(publication)).lastInsertRowid)
  }

  update(id: number, publication: Publication): void {
    this.#update.run(JSON.stringify(publication), id)
  }

  remove(id: number): void {
    this.#remove.run(id)
  }
}
