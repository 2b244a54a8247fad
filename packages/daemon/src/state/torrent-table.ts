// The torrents of the daemon as rows. Torrent files stay on disk until somebody asks for one: five thousand of them would
// fill the memory.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { bug } from '@ccbt/primitives'

import type { StoredSource, TorrentHistory, TorrentRecord, TorrentSettings } from './torrent-record.ts'

/** Reads and writes rows. */
export class TorrentTable {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #settings: StatementSync
  readonly #history: StatementSync
  readonly #source: StatementSync
  readonly #remove: StatementSync
  readonly #metadata: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insert = database.prepare(
      `INSERT INTO torrents (info_hash, name, total_length, torrent_file, magnet, settings, history)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#settings = database.prepare('UPDATE torrents SET settings = ? WHERE id = ?')
    this.#history = database.prepare('UPDATE torrents SET history = ? WHERE id = ?')
    this.#source = database.prepare('SELECT torrent_file, magnet FROM torrents WHERE id = ?')
    this.#remove = database.prepare('DELETE FROM torrents WHERE id = ?')
    this.#metadata = database.prepare('UPDATE torrents SET name = ?, total_length = ?, torrent_file = ? WHERE id = ?')
  }

  /** All rows in the order in which they were added. */
  all(): TorrentRecord[] {
    const rows = this.#database
      .prepare('SELECT id, info_hash, name, total_length, settings, history FROM torrents ORDER BY id')
      .all()
    return rows.map((row) => ({
      id: Number(row['id']),
      infoHash: String(row['info_hash']),
      name: String(row['name']),
      totalLength: Number(row['total_length']),
      settings: JSON.parse(String(row['settings'])) as TorrentSettings,
      history: JSON.parse(String(row['history'])) as TorrentHistory,
    }))
  }

  /** Adds a row and gives it its id. */
  insert(record: Omit<TorrentRecord, 'id'>, source: StoredSource): TorrentRecord {
    const { infoHash, name, totalLength, settings, history } = record
    const file = source.kind === 'torrent-file' ? source.bytes : null
    const magnet = source.kind === 'magnet' ? source.link : null
    const { lastInsertRowid } = this.#insert.run(
      infoHash,
      name,
      totalLength,
      file,
      magnet,
      JSON.stringify(settings),
      JSON.stringify(history),
    )
    return { ...record, id: Number(lastInsertRowid) }
  }

  /** What the torrent is made of. A magnet link whose metadata came is a torrent file. */
  source(id: number): StoredSource {
    const row = this.#source.get(id)
    if (row === undefined) throw bug(`torrent ${id} has no row`)
    const file = row['torrent_file']
    if (file instanceof Uint8Array) return { kind: 'torrent-file', bytes: file }
    return { kind: 'magnet', link: String(row['magnet']) }
  }

  /** The metadata of a magnet link came. */
  setMetadata(id: number, facts: Pick<TorrentRecord, 'name' | 'totalLength'>, torrentFile: Uint8Array): void {
    this.#metadata.run(facts.name, facts.totalLength, torrentFile, id)
  }

  setSettings(id: number, settings: TorrentSettings): void {
    this.#settings.run(JSON.stringify(settings), id)
  }

  /** Many at once, in one transaction. */
  setHistories(histories: ReadonlyMap<number, TorrentHistory>): void {
    this.#database.exec('BEGIN')
    for (const [id, history] of histories) this.#history.run(JSON.stringify(history), id)
    this.#database.exec('COMMIT')
  }

  remove(id: number): void {
    this.#remove.run(id)
  }
}
