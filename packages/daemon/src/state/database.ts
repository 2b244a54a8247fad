// The daemon's state in one embedded database: opened once per state directory, brought up to date step by step. A
// transaction that has returned survives a kill of the process; each one that adds or removes a torrent is synced.

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { stateUnreadable } from '../errors.ts'

/** Each entry leads from one version of the tables to the next; released ones are never changed. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE torrents (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     info_hash TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     total_length INTEGER NOT NULL,
     torrent_file BLOB,
     magnet TEXT,
     settings TEXT NOT NULL,
     history TEXT NOT NULL,
     CHECK (torrent_file IS NOT NULL OR magnet IS NOT NULL)
   ) STRICT;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
  `CREATE TABLE tokens (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     scope TEXT NOT NULL,
     hash TEXT NOT NULL UNIQUE,
     created_at_ms INTEGER NOT NULL
   ) STRICT;`,
  `CREATE TABLE feed_items (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     feed TEXT NOT NULL,
     item TEXT NOT NULL,
     UNIQUE (feed, item)
   ) STRICT;`,
  `CREATE TABLE publications (id INTEGER PRIMARY KEY AUTOINCREMENT, publication TEXT NOT NULL) STRICT;`,
]

/** Opens `daemon.db` in the state directory, which is made when missing. @throws DAEMON_STATE_UNREADABLE */
export function openDatabase(stateDir: string): DatabaseSync {
  const path = join(stateDir, 'daemon.db')
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    // SQLite gives its other files the mode of this one.
    closeSync(openSync(path, 'a', 0o600))
    const database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000')
    migrate(database, path)
    return database
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) throw stateUnreadable(path, error.message, error)
    throw error
  }
}

/** Another process may be doing the same: the version is read when nobody else can write. */
function migrate(database: DatabaseSync, path: string): void {
  database.exec('BEGIN IMMEDIATE')
  const row = database.prepare('PRAGMA user_version').get()
  const version = Number(row?.['user_version'] ?? 0)
  if (version > MIGRATIONS.length) {
    throw stateUnreadable(path, `it was written by a newer ccbt (version ${version} of its tables)`)
  }
  for (const step of MIGRATIONS.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
}
