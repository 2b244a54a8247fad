// Values that are not about one torrent, as JSON by name, in the table that the password's hash is in as well.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Reads and writes values. */
export class SettingTable {
  readonly #get: StatementSync
  readonly #set: StatementSync

  constructor(database: DatabaseSync) {
    this.#get = database.prepare('SELECT value FROM settings WHERE name = ?')
    this.#set = database.prepare(
      'INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
  }

  /** What was written under this name, in the shape in which it was written. */
  read(name: SettingName): unknown {
    const row = this.#get.get(name)
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as unknown)
  }

  write(name: SettingName, value: unknown): void {
    this.#set.run(name, JSON.stringify(value))
  }
}

/**
 * `preferences`: what was changed by remote control. `queue`: ids of the torrents in the order of their positions. `totals`:
 * what all runs have done. `completions`: ids of the torrents whose program has not run to its end. `labels`: categories and
 * tags of qBittorrent's clients. `label-limits`: those that were changed, as pairs of label and limits.
 */
export type SettingName = 'preferences' | 'queue' | 'totals' | 'alerts' | 'completions' | 'labels' | 'label-limits'
