// All torrents of the daemon: what the state database has, running in one session. Every face of the daemon (remote
// control, metrics, the page) sees this and nothing below it.

import { readFile } from 'node:fs/promises'

import type { Session, SessionEvent } from '@ccbt/core'
import { parseMagnet, parseTorrent, swarmHashes } from '@ccbt/metainfo'
import { bug, toHex } from '@ccbt/primitives'

import { invalidRequest } from '../errors.ts'
import type { AllowedFolders } from '../security/allowed-folders.ts'
import type { StoredSource, TorrentRecord, TorrentSettings } from '../state/torrent-record.ts'
import type { TorrentTable } from '../state/torrent-table.ts'
import { EngineTorrent } from './engine-torrent.ts'

/** How often the histories of all torrents are saved, and how often they are brought up to date. */
const SAVE_EVERY_MS = 60_000
const TICK_MS = 1000
/** Ids of removed torrents that are remembered for clients which ask for what changed. */
const MAX_REMOVED = 1000
/** How long a client may count as having seen them. */
const RECENT_MS = 60_000

/** What an engine works with. */
export interface EngineParts {
  readonly session: Session
  readonly table: TorrentTable
  /** Folder of torrents that name none. */
  readonly downloadDirectory: string
  /** Where torrents may be written. */
  readonly folders: AllowedFolders
}

/** A torrent to keep. */
export interface AddRequest {
  readonly source: StoredSource
  readonly settings: Partial<TorrentSettings>
  /** The folder comes from the owner of the daemon, not over the network: any will do. */
  readonly isOwner?: boolean
}

/** How adding went. */
export interface AddOutcome {
  readonly kind: 'added' | 'duplicate'
  readonly torrent: EngineTorrent
}

/** The torrents of a daemon. */
export class Engine implements AsyncDisposable {
  readonly session: Session
  readonly startedAtMs: number = Date.now()
  readonly #parts: EngineParts
  readonly #torrents = new Map<number, EngineTorrent>()
  readonly #byHash = new Map<string, EngineTorrent>()
  readonly #removed: { readonly id: number; readonly atMs: number }[] = []
  readonly #timers: NodeJS.Timeout[] = []
  readonly #unsubscribe: () => void
  #starting: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.session = parts.session
    this.#unsubscribe = parts.session.subscribe((event) => this.#happened(event))
  }

  get downloadDirectory(): string {
    return this.#parts.downloadDirectory
  }

  /** Takes all torrents of the database, and gives them to the session one after the other without waiting for it. */
  start(): void {
    for (const record of this.#parts.table.all()) this.#keep(new EngineTorrent(record, this.#parts))
    this.#starting = this.#startAll()
    this.#timers.push(
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#saveHistories(), SAVE_EVERY_MS),
    )
  }

  /** In the order in which they were added. */
  torrents(): EngineTorrent[] {
    return [...this.#torrents.values()]
  }

  byId(id: number): EngineTorrent | undefined {
    return this.#torrents.get(id)
  }

  /** `infoHash` in hexadecimal of any case. */
  byHash(infoHash: string): EngineTorrent | undefined {
    return this.#byHash.get(infoHash.toLowerCase())
  }

  /** Ids of torrents that were removed in the last minute. */
  recentlyRemoved(): number[] {
    const since = Date.now() - RECENT_MS
    return this.#removed.filter(({ atMs }) => atMs >= since).map(({ id }) => id)
  }

  /** Rejects with DAEMON_FOLDER_REFUSED for a folder that torrents may not be written to. */
  async checkFolder(folder: string): Promise<void> {
    await this.#parts.folders.check(folder)
  }

  /** Adds a torrent for good. Rejects with METAINFO_*, DISK_*, DAEMON_FOLDER_REFUSED for what cannot be used; then nothing is kept. */
  async add({ source, settings, isOwner = false }: AddRequest): Promise<AddOutcome> {
    if (settings.directory !== undefined && !isOwner) await this.checkFolder(settings.directory)
    const { infoHash, name, totalLength } = identify(source)
    const known = this.#byHash.get(infoHash)
    if (known !== undefined) return { kind: 'duplicate', torrent: known }
    const record = this.#parts.table.insert(
      {
        infoHash,
        name,
        totalLength,
        settings: { directory: this.downloadDirectory, isPaused: false, labels: [], ...settings },
        history: { addedAtMs: Date.now(), completedAtMs: 0, activeAtMs: 0, downloadingS: 0, seedingS: 0 },
      },
      source,
    )
    const torrent = new EngineTorrent(record, this.#parts)
    this.#keep(torrent)
    await torrent.start()
    if (torrent.error === undefined) return { kind: 'added', torrent }
    await this.remove(torrent)
    throw invalidRequest(torrent.error)
  }

  /** Forgets a torrent; its data stays. */
  async remove(torrent: EngineTorrent): Promise<void> {
    this.#torrents.delete(torrent.id)
    this.#byHash.delete(torrent.infoHash)
    this.#removed.push({ id: torrent.id, atMs: Date.now() })
    if (this.#removed.length > MAX_REMOVED) this.#removed.shift()
    await torrent.remove()
  }

  /** Ends with everything saved; the session is closed by whoever made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    await this.#starting
    this.#saveHistories()
  }

  #keep(torrent: EngineTorrent): void {
    this.#torrents.set(torrent.id, torrent)
    this.#byHash.set(torrent.infoHash, torrent)
  }

  async #startAll(): Promise<void> {
    for (const torrent of this.torrents()) {
      if (this.#isClosed) return
      await torrent.start()
    }
  }

  #tick(): void {
    for (const torrent of this.#torrents.values()) {
      const phase = torrent.handle?.snapshot()
      if (phase === undefined) continue
      const { downloadingS, seedingS } = torrent.history
      if (phase.phase === 'downloading') torrent.live({ downloadingS: downloadingS + TICK_MS / 1000 })
      if (phase.phase === 'seeding') torrent.live({ seedingS: seedingS + TICK_MS / 1000 })
      if (phase.downloadBps > 0 || phase.uploadBps > 0) torrent.live({ activeAtMs: Date.now() })
    }
  }

  #saveHistories(): void {
    this.#parts.table.setHistories(new Map(Array.from(this.#torrents.values(), ({ id, history }) => [id, history])))
  }

  #happened(event: SessionEvent): void {
    if (!('infoHash' in event)) return
    const torrent = this.#byHash.get(event.infoHash)
    if (torrent === undefined) return
    if (event.type === 'complete') torrent.live({ completedAtMs: Date.now() })
    if (event.type === 'metadata') void this.#keepMetadata(torrent, event.torrentFile)
  }

  async #keepMetadata(torrent: EngineTorrent, path: string): Promise<void> {
    torrent.gotMetadata(await readFile(path))
  }
}

/** The swarm that a source belongs to, and what else is known of it. @throws METAINFO_*, BENCODE_* */
function identify(source: StoredSource): Pick<TorrentRecord, 'infoHash' | 'name' | 'totalLength'> {
  const parsed = source.kind === 'torrent-file' ? parseTorrent(source.bytes) : parseMagnet(source.link)
  const [first] = swarmHashes(parsed)
  if (first === undefined) throw bug('a torrent without an info-hash')
  const infoHash = toHex(first)
  return { infoHash, name: parsed.name ?? infoHash, totalLength: 'totalLength' in parsed ? parsed.totalLength : 0 }
}
