// One torrent of the daemon: its row, and its handle while the session has it. All decisions of the user go through here,
// so that they are in the state database before they take effect.

import type { Session, TorrentHandle, TorrentSnapshot } from '@ccbt/core'
import { parseMagnet, parseTorrent } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'

import type { TorrentTable } from '../state/torrent-table.ts'
import type { TorrentHistory, TorrentRecord, TorrentSettings } from '../state/torrent-record.ts'

/** What a torrent of the daemon works with. */
export interface EngineTorrentParts {
  readonly table: TorrentTable
  readonly session: Session
}

/** A torrent that the daemon keeps. */
export class EngineTorrent {
  readonly id: number
  readonly infoHash: string
  readonly #parts: EngineTorrentParts
  #record: TorrentRecord
  #handle: TorrentHandle | undefined
  #error: string | undefined

  constructor(record: TorrentRecord, parts: EngineTorrentParts) {
    this.id = record.id
    this.infoHash = record.infoHash
    this.#record = record
    this.#parts = parts
  }

  get name(): string {
    return this.#handle?.snapshot().name ?? this.#record.name
  }

  /** Bytes of the torrent; 0 while a magnet link's metadata is not known. */
  get totalLength(): number {
    return this.#record.totalLength
  }

  get settings(): TorrentSettings {
    return this.#record.settings
  }

  get history(): TorrentHistory {
    return this.#record.history
  }

  /** Why the session did not take it, in one line. */
  get error(): string | undefined {
    return this.#error
  }

  /** Absent until the session has taken the torrent, and when it refused to. */
  get handle(): TorrentHandle | undefined {
    return this.#handle
  }

  snapshot(): TorrentSnapshot | undefined {
    return this.#handle?.snapshot()
  }

  /** What the torrent is made of; absent while a magnet link's metadata is not known. */
  metainfo(): Metainfo | undefined {
    if (this.#handle?.metainfo !== undefined) return this.#handle.metainfo
    const source = this.#parts.table.source(this.id)
    return source.kind === 'torrent-file' ? parseTorrent(source.bytes) : undefined
  }

  /** Gives the torrent to the session. What goes wrong is kept as its error. */
  async start(): Promise<void> {
    const { directory, isPaused, select, sequential } = this.settings
    try {
      this.#handle = await this.#parts.session.add(this.#source(), {
        directory,
        paused: isPaused,
        ...(select === undefined ? {} : { select }),
        ...(sequential === undefined ? {} : { sequential }),
      })
      this.#error = undefined
      // Whoever asks for the torrent sees in its snapshot how it went.
      this.#handle.complete.catch(() => {})
      this.#handle.finished.catch(() => {})
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error)
    }
  }

  async pause(): Promise<void> {
    this.configure({ isPaused: true })
    await this.#parts.session.command({ type: 'pause', infoHash: this.infoHash })
  }

  async resume(): Promise<void> {
    this.configure({ isPaused: false })
    if (this.#handle === undefined) await this.start()
    else await this.#parts.session.command({ type: 'resume', infoHash: this.infoHash })
  }

  async verify(): Promise<void> {
    await this.#parts.session.command({ type: 'verify', infoHash: this.infoHash })
  }

  async reannounce(): Promise<void> {
    await this.#parts.session.command({ type: 'reannounce', infoHash: this.infoHash })
  }

  /** Takes the torrent out of the session and the database; its data stays. */
  async remove(): Promise<void> {
    await this.#parts.session.command({ type: 'remove', infoHash: this.infoHash })
    this.#parts.table.remove(this.id)
  }

  /** Changes and saves what the user decided. */
  configure(changes: Partial<TorrentSettings>): void {
    const settings = { ...this.settings, ...changes }
    this.#parts.table.setSettings(this.id, settings)
    this.#record = { ...this.#record, settings }
  }

  /** The metadata of its magnet link came: from now on it is a torrent file. */
  gotMetadata(torrentFile: Uint8Array): void {
    const { name, totalLength } = parseTorrent(torrentFile)
    this.#parts.table.setMetadata(this.id, { name, totalLength }, torrentFile)
    this.#record = { ...this.#record, name, totalLength }
  }

  /** Changes what it has lived through; the engine saves that from time to time. */
  live(changes: Partial<TorrentHistory>): void {
    this.#record = { ...this.#record, history: { ...this.history, ...changes } }
  }

  #source(): Metainfo | Magnet {
    const source = this.#parts.table.source(this.id)
    return source.kind === 'torrent-file' ? parseTorrent(source.bytes) : parseMagnet(source.link)
  }
}
