// The index on disk: where chunks lie, by the first 52 bits of their hashes. The rest of a hash is not kept, because what is
// found is hashed again before it is used. An entry takes 28 bytes. There are two for each hash at most: the newest places in
// files with an even and with an odd number, so that a copy that goes away seldom takes the way to the older one along.
//
// A file that is indexed anew gets a new number, and numbers are never used again: entries with an old number lead nowhere.
// It is a cache that can be made again, so a damaged one is thrown away, and a crash may cost the last files (WAL without
// a sync for each).

import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SQLOutputValue, StatementSync } from 'node:sqlite'

import { HASH_BYTES, hashKey } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'

import type { FileQuery, FoundFiles, IndexedFile } from './chunk-place.ts'
import { Places } from './found-places.ts'
import type { Row } from './found-places.ts'
import type {
  ChunkSample,
  FileRename,
  FoundPlaces,
  IndexSettings,
  IndexSize,
  PutOutcome,
  SampledChunk,
} from './index-jobs.ts'

/** Changes with the tables: an index of another version is thrown away. */
const VERSION = 3

const TABLES = `
  CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtimeMs REAL NOT NULL,
    torrent TEXT, root TEXT, fileHash TEXT, name TEXT NOT NULL, chunks INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS sizes ON files (size);
  CREATE INDEX IF NOT EXISTS names ON files (name);
  CREATE TABLE IF NOT EXISTS chunks (
    entry INTEGER PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL);
  PRAGMA user_version = ${VERSION};`

const PAGE_BYTES = 4096
/** Memory for pages; the system's cache has the rest. */
const CACHE_KIB = 16_384
const BUSY_TIMEOUT_MS = 5000

/** Keys per query: measured 480,000 keys a second with 32, 230,000 with one and 210,000 with 512. */
const KEYS_PER_QUERY = 32

const FILE_COLUMNS = 'path, size, mtimeMs, torrent, root, fileHash'

/** Files of one size, and of one name, that are looked at; the newest. */
const MAX_CANDIDATES = 256
const MAX_TWINS = 4

/** SQLite's codes that end an index: damaged, not a database, another's tables. */
const DAMAGED: ReadonlySet<unknown> = new Set([1, 11, 26])
const FULL = 13

/** The open database with its statements. Throws what SQLite throws. */
export class IndexDatabase implements Disposable {
  readonly #settings: IndexSettings
  #open: OpenDatabase

  constructor(settings: IndexSettings) {
    this.#settings = settings
    this.#open = openAnyway(settings)
  }

  /** Makes `list` the chunks of the file. */
  put(file: IndexedFile, list: ChunkList): PutOutcome {
    return this.#orEmpty((open) => open.put(file, list))
  }

  find(hashes: Uint8Array): FoundPlaces {
    return this.#orEmpty((open) => open.find(hashes))
  }

  findFiles(queries: readonly FileQuery[]): FoundFiles[] {
    return this.#orEmpty((open) => queries.map((query) => open.findFile(query)))
  }

  move(moves: readonly FileRename[]): void {
    this.#orEmpty((open) => open.move(moves))
  }

  forget(paths: readonly string[]): void {
    this.#orEmpty((open) => open.forget(paths))
  }

  files(): IndexedFile[] {
    return this.#orEmpty((open) => open.files())
  }

  size(): IndexSize {
    return this.#orEmpty((open) => open.size())
  }

  sample(sample: ChunkSample): SampledChunk[] {
    return this.#orEmpty((open) => open.sample(sample))
  }

  /** Forgets everything, and gives the space back. */
  clear(): void {
    this.#open.close()
    this.#open = openNew(this.#settings)
  }

  [Symbol.dispose](): void {
    this.#open.close()
  }

  /** Runs `work`, on an empty index when the present one turns out to be damaged. */
  #orEmpty<T>(work: (open: OpenDatabase) => T): T {
    try {
      return work(this.#open)
    } catch (error) {
      if (!DAMAGED.has(primaryCode(error))) throw error
      this.clear()
      return work(this.#open)
    }
  }
}

function openAnyway(settings: IndexSettings): OpenDatabase {
  try {
    return new OpenDatabase(settings)
  } catch (error) {
    if (!DAMAGED.has(primaryCode(error))) throw error
    return openNew(settings)
  }
}

function openNew(settings: IndexSettings): OpenDatabase {
  for (const suffix of ['', '-wal', '-shm']) rmSync(settings.path + suffix, { force: true })
  return new OpenDatabase(settings)
}

class OpenDatabase {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #addFile: StatementSync
  readonly #forget: StatementSync
  readonly #file: StatementSync
  readonly #ofSize: StatementSync
  readonly #ofName: StatementSync
  readonly #find: StatementSync

  constructor({ path, maxBytes }: IndexSettings) {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    this.#database = database
    try {
      prepare(database, maxBytes)
    } catch (error) {
      database.close()
      throw error
    }
    this.#insert = database.prepare('INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?)')
    this.#addFile = database.prepare(
      `INSERT INTO files (${FILE_COLUMNS}, name, chunks) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#forget = database.prepare('DELETE FROM files WHERE path = ?')
    this.#file = database.prepare(`SELECT ${FILE_COLUMNS} FROM files WHERE id = ?`)
    this.#ofSize = database.prepare(
      `SELECT ${FILE_COLUMNS} FROM files WHERE size = ? ORDER BY id DESC LIMIT ${MAX_CANDIDATES}`,
    )
    this.#ofName = database.prepare(`SELECT ${FILE_COLUMNS} FROM files WHERE name = ? ORDER BY id DESC LIMIT 2`)
    const marks = Array.from({ length: 2 * KEYS_PER_QUERY }, () => '?').join(', ')
    this.#find = database.prepare(`SELECT entry, file, offset, length FROM chunks WHERE entry IN (${marks})`)
    // As arrays: the type of `all` is that of the form with objects.
    this.#find.setReturnArrays(true)
  }

  close(): void {
    this.#database.close()
  }

  put(file: IndexedFile, list: ChunkList): PutOutcome {
    try {
      this.#transact(() => this.#replace(file, list))
      return 'stored'
    } catch (error) {
      if (primaryCode(error) === FULL) return 'full'
      throw error
    }
  }

  find(hashes: Uint8Array): FoundPlaces {
    const count = Math.floor(hashes.length / HASH_BYTES)
    const keys = Array.from({ length: count }, (_, i) => hashKey(hashes, i))
    const found = new Places(count, (id) => this.#fileOf(id))
    for (let from = 0; from < count; from += KEYS_PER_QUERY) {
      const asked = keys.slice(from, from + KEYS_PER_QUERY)
      const rows = this.#rowsOf(asked)
      for (const [i, key] of asked.entries()) found.set(from + i, [rows.get(2 * key), rows.get(2 * key + 1)])
    }
    return found.columns()
  }

  findFile(query: FileQuery): FoundFiles {
    const ranked = this.#ofSize
      .all(query.size)
      .map(asFile)
      .map((file) => ({ file, likeness: likenessOf(file, query) }))
    const twins = ranked
      .filter(({ likeness }) => likeness > 0)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, MAX_TWINS)
      .map(({ file }) => file)
    const namesake = this.#ofName
      .all(query.name)
      .map(asFile)
      .find((file) => !twins.includes(file))
    return namesake === undefined ? { twins } : { twins, namesake }
  }

  /** Reads all chunks: a second for each ten million of them, about. */
  sample({ bits, most }: ChunkSample): SampledChunk[] {
    const rows = this.#database
      .prepare(
        `SELECT entry >> 1 AS key, max(file), path FROM chunks JOIN files ON files.id = chunks.file
         WHERE (entry & ?) = 0 GROUP BY key ORDER BY key LIMIT ?`,
      )
      .all(2 * (2 ** bits - 1), most)
    return rows.map(({ key, path }) => ({ key: Number(key), path: String(path) }))
  }

  move(moves: readonly FileRename[]): void {
    const rename = this.#database.prepare('UPDATE OR REPLACE files SET path = ?, name = ? WHERE path = ?')
    this.#transact(() => {
      for (const { from, to } of moves) rename.run(to, basename(to), from)
    })
  }

  forget(paths: readonly string[]): void {
    this.#transact(() => {
      for (const path of paths) this.#forget.run(path)
    })
  }

  files(): IndexedFile[] {
    return this.#database.prepare(`SELECT ${FILE_COLUMNS} FROM files ORDER BY id`).all().map(asFile)
  }

  size(): IndexSize {
    const row = this.#database.prepare('SELECT count(*) AS files, total(chunks) AS chunks FROM files').get()
    const pages = this.#database.prepare('PRAGMA page_count').get()
    return {
      files: Number(row?.['files']),
      chunks: Number(row?.['chunks']),
      bytes: Number(pages?.['page_count']) * PAGE_BYTES,
    }
  }

  #replace(file: IndexedFile, list: ChunkList): void {
    this.#forget.run(file.path)
    const { lastInsertRowid } = this.#addFile.run(
      file.path,
      file.size,
      file.mtimeMs,
      file.torrent ?? null,
      file.root ?? null,
      file.fileHash ?? null,
      basename(file.path),
      list.lengths.length,
    )
    this.#insertAll(Number(lastInsertRowid), list)
  }

  /** All of `work` or nothing. */
  #transact(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      // SQLite has ended the transaction itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** In the order of the keys, which touches each page of the tree once. */
  #insertAll(file: number, { lengths, hashes }: ChunkList): void {
    const keys = Float64Array.from(lengths, (_, i) => hashKey(hashes, i))
    const offsets = new Float64Array(lengths.length)
    for (let i = 1; i < lengths.length; i++) offsets[i] = offsets[i - 1]! + lengths[i - 1]!
    const order = Uint32Array.from(lengths, (_, i) => i).sort((a, b) => keys[a]! - keys[b]!)
    for (const i of order) this.#insert.run(2 * keys[i]! + (file & 1), file, offsets[i]!, lengths[i]!)
  }

  #rowsOf(keys: readonly number[]): Map<number, Row> {
    // Fewer keys than marks: null is equal to nothing.
    const values = Array.from({ length: KEYS_PER_QUERY }, (_, i) => keys[i]).flatMap((key) =>
      key === undefined ? [null, null] : [2 * key, 2 * key + 1],
    )
    const rows: unknown[] = this.#find.all(...values)
    return new Map(rows.filter(isRow).map((row) => [Number(row[0]), row]))
  }

  #fileOf(id: number): IndexedFile | undefined {
    const row = this.#file.get(id)
    return row === undefined ? undefined : asFile(row)
  }
}

function prepare(database: DatabaseSync, maxBytes: number): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -${CACHE_KIB}; PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / PAGE_BYTES))}`)
  // A new file has version 0.
  if (version !== 0 && version !== VERSION) throw Object.assign(new Error('another version'), { errcode: 26 })
  database.exec(TABLES)
}

function isRow(row: unknown): row is Row {
  return Array.isArray(row)
}

function asFile(row: Readonly<Record<string, SQLOutputValue>>): IndexedFile {
  const { path, size, mtimeMs, torrent, root, fileHash } = row
  return {
    path: String(path),
    size: Number(size),
    mtimeMs: Number(mtimeMs),
    ...(typeof torrent === 'string' && { torrent }),
    ...(typeof root === 'string' && { root }),
    ...(typeof fileHash === 'string' && { fileHash }),
  }
}

/** How sure it is that a file of the right size is the one; 0 = it is not. */
function likenessOf(file: IndexedFile, { root, fileHash, name }: FileQuery): number {
  if (root !== undefined && file.root !== undefined) return root === file.root ? 3 : 0
  if (fileHash !== undefined && file.fileHash !== undefined) return fileHash === file.fileHash ? 2 : 0
  return basename(file.path) === name ? 1 : 0
}

/** SQLite's code of an error, without the details in its higher bits. */
function primaryCode(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 255
}
