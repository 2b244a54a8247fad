// The database of earlier versions, as they wrote it: their tables stand here word for word and are never changed.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { expect, it } from 'vitest'

import { AccessTable, openDatabase } from '../src/index.ts'
import { fieldsOf, runDaemon, temporaryFolder } from './rpc-support.ts'

const FIRST = `CREATE TABLE torrents (
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
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`
const SECOND = `CREATE TABLE tokens (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     scope TEXT NOT NULL,
     hash TEXT NOT NULL UNIQUE,
     created_at_ms INTEGER NOT NULL
   ) STRICT;`

const INFO_HASH = 'ab'.repeat(20)

/** A state directory with a database of the first versions, in which there is a magnet link and what was set. */
function oldState(version: number): string {
  const folder = join(temporaryFolder(), 'state')
  mkdirSync(folder)
  const database = new DatabaseSync(join(folder, 'daemon.db'))
  for (const step of [FIRST, SECOND].slice(0, version)) database.exec(step)
  const settings = JSON.stringify({ directory: '/data', isPaused: true, labels: ['kept'] })
  const history = JSON.stringify({ addedAtMs: 7000, completedAtMs: 0, activeAtMs: 0, downloadingS: 5, seedingS: 6 })
  const insert =
    'INSERT INTO torrents (info_hash, name, total_length, magnet, settings, history) VALUES (?, ?, 0, ?, ?, ?)'
  database.prepare(insert).run(INFO_HASH, 'old', `magnet:?xt=urn:btih:${INFO_HASH}&dn=old`, settings, history)
  database.prepare('INSERT INTO settings VALUES (?, ?)').run('totals', JSON.stringify({ uploaded: 123 }))
  database.exec(`PRAGMA user_version = ${version}`)
  database.close()
  return folder
}

it.each([1, 2])('a daemon goes on with what version %i of the tables has', async (version) => {
  const stateDir = oldState(version)
  const downloads = temporaryFolder()
  const daemon = await runDaemon(stateDir, downloads)
  expect(await fieldsOf(daemon, 1, ['hashString', 'labels', 'addedDate', 'downloadDir', 'secondsSeeding'])).toEqual({
    hashString: INFO_HASH,
    labels: ['kept'],
    addedDate: 7,
    downloadDir: '/data',
    secondsSeeding: 6,
  })
  const database = openDatabase(stateDir)
  expect(new AccessTable(database).createToken('new', 'read')).not.toBe('')
  database.close()
})

it('a step that fails changes nothing', () => {
  const stateDir = oldState(1)
  const path = join(stateDir, 'daemon.db')
  const database = new DatabaseSync(path)
  // In the way of a table that a later version makes.
  database.exec('CREATE TABLE feed_items (x TEXT)')
  database.close()
  expect(() => openDatabase(stateDir)).toThrow(expect.objectContaining({ code: 'DAEMON_STATE_UNREADABLE' }))
  const after = new DatabaseSync(path)
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  expect(after.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'tokens'").get()).toEqual({ n: 0 })
  expect(after.prepare('SELECT count(*) AS n FROM torrents').get()).toEqual({ n: 1 })
  after.close()
})

it('a database of a version to come is left alone', () => {
  const stateDir = oldState(2)
  const database = new DatabaseSync(join(stateDir, 'daemon.db'))
  database.exec('PRAGMA user_version = 1000')
  database.close()
  expect(() => openDatabase(stateDir)).toThrow('newer ccbt')
})
