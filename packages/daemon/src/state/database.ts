// The daemon's state in one embedded database: opened once per state directory, brought up to date step by step. A
// transaction that has returned survives a kill of the process; each one that adds or removes a torrent is synced.

import { mkdirSync } from 'node:fs'
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
]

/** Opens `daemon.db` in the state directory, which is made when missing. @throws DAEMON_STATE_UNREADABLE */
export function openDatabase(stateDir: string): DatabaseSync {
  const path = join(stateDir, 'daemon.db')
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000')
    migrate(database, path)
    return database
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) throw stateUnreadable(path, error.message, error)
    throw error
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const row = database.prepare('PRAGMA user_version').get()
  const version = Number(row?.['user_version'] ?? 0)
  if (version > MIGRATIONS.length) {
    throw stateUnreadable(path, `it was written by a newer ccbt (version ${version} of its tables)`)
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    database.exec(`BEGIN; ${MIGRATIONS[next]!}; PRAGMA user_version = ${next + 1}; COMMIT`)
  }
}
