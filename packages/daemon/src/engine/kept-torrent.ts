// What the daemon keeps of one torrent over restarts: its row in the state database. What is decided about it is in the
// database before anybody hears of it.

import { parseMagnet, parseTorrent } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'

import type { StoredSource, TorrentHistory, TorrentRecord, TorrentSettings } from '../state/torrent-record.ts'
import type { TorrentTable } from '../state/torrent-table.ts'

/** The row of a torrent. */
export class KeptTorrent {
  readonly id: number
  readonly infoHash: string
  readonly #table: TorrentTable
  #record: Omit<TorrentRecord, 'history'>
  /** Changed in place: the seconds of thousands pass every few seconds. */
  readonly #history: { -readonly [K in keyof TorrentHistory]: TorrentHistory[K] }
  #changedAtMs = 0

  constructor(record: TorrentRecord, table: TorrentTable) {
    this.id = record.id
    this.infoHash = record.infoHash
    this.#table = table
    this.#record = record
    this.#history = { ...record.history }
  }

  /** Of its file or folder, or what its magnet link calls it. */
  get name(): string {
    return this.#record.name
  }

  /** Bytes of the torrent; 0 while a magnet link's metadata is not known. */
  get totalLength(): number {
    return this.#record.totalLength
  }

  get settings(): TorrentSettings {
    return this.#record.settings
  }

  /** As it is at this moment; it changes. */
  get history(): TorrentHistory {
    return this.#history
  }

  /** When the user decided something about it last, since the daemon began. */
  get changedAtMs(): number {
    return this.#changedAtMs
  }

  /** What it is made of, read from the disk. */
  get source(): StoredSource {
    return this.#table.source(this.id)
  }

  /** What it is made of, with the trackers that the user has given it. @throws METAINFO_*, BENCODE_* */
  parsed(): Metainfo | Magnet {
    const { source } = this
    const { trackers } = this.settings
    if (source.kind === 'torrent-file') {
      const metainfo = parseTorrent(source.bytes)
      return trackers === undefined ? metainfo : { ...metainfo, trackers }
    }
    const magnet = parseMagnet(source.link)
    return trackers === undefined ? magnet : { ...magnet, trackers: trackers.flat() }
  }

  /** Changes and saves what the user decided. */
  configure(changes: Partial<TorrentSettings>): void {
    this.touch()
    const settings = { ...this.settings, ...changes }
    this.#table.setSettings(this.id, settings)
    this.#record = { ...this.#record, settings }
  }

  /** The user decided something about it that is kept elsewhere. */
  touch(): void {
    this.#changedAtMs = Date.now()
  }

  /** Changes what it has lived through; the engine saves that from time to time. */
  live(changes: Partial<TorrentHistory>): void {
    Object.assign(this.#history, changes)
  }

  /** The metadata of its magnet link came: it is a torrent file from now on. */
  becomeFile({ name, totalLength }: Metainfo, torrentFile: Uint8Array): void {
    this.#table.setMetadata(this.id, { name, totalLength }, torrentFile)
    this.#record = { ...this.#record, name, totalLength }
  }

  /** Forgets it. */
  remove(): void {
    this.#table.remove(this.id)
  }
}
