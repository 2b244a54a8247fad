// All torrents of the daemon: what the state database has, running in one session. Every face of the daemon (remote
// control, metrics, the page) sees this and nothing below it.

import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

import type { QueueMove, Session, SessionEvent, SessionOptions } from '@ccbt/core'
import { parseMagnet, parseTorrent, swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { bug, toHex } from '@ccbt/primitives'

import type { Report } from '../automation-note.ts'
import { invalidRequest } from '../errors.ts'
import type { AllowedFolders } from '../security/allowed-folders.ts'
import type { StoredSource, TorrentHistory, TorrentRecord, TorrentSettings } from '../state/torrent-record.ts'
import type { TorrentTable } from '../state/torrent-table.ts'
import type { SettingTable } from '../state/setting-table.ts'
import type { TorrentConfiguration } from './configured.ts'
import { EngineTorrent } from './engine-torrent.ts'
import type { EngineTorrentParts } from './engine-torrent.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { LabelLimits } from './label-limits.ts'
import { Placement } from './placement.ts'
import type { AutomaticFolders } from './placement.ts'
import { Removals } from './removals.ts'
import { TorrentQueue } from './torrent-queue.ts'
import { TotalsBook } from './totals.ts'
import type { RunTotals } from './totals.ts'
import { PreferenceBook, preferencesOf } from './preferences.ts'
import type { Preferences } from './preferences.ts'

/** Torrents that are given to the session at a time when the daemon starts: more would wait for the same disk. */
const STARTS_AT_A_TIME = 16
const UNLIVED = { completedAtMs: 0, activeAtMs: 0, downloadingS: 0, seedingS: 0 }

/** What an engine works with. */
export interface EngineParts {
  readonly session: Session
  readonly table: TorrentTable
  readonly settings: SettingTable
  /** What the session was made with. */
  readonly options: SessionOptions
  /** Of the program. */
  readonly version: string
  /** Folder of torrents that name none. */
  readonly downloadDirectory: string
  /** Where torrents may be written. */
  readonly folders: AllowedFolders
  /** Absent = nothing is said of single torrents. */
  readonly configuration?: TorrentConfiguration
  readonly automaticFolders?: AutomaticFolders
  readonly report?: Report
}

/** A torrent to keep. */
export interface AddRequest {
  readonly source: StoredSource
  readonly settings: Partial<TorrentSettings>
  /** The folder comes from the owner of the daemon, not over the network: any will do. */
  readonly isOwner?: boolean
  /** Folder in the torrent's folder that its data goes into: one name. */
  readonly subfolder?: string
  /** What another daemon knows of it. */
  readonly earlier?: EarlierLife
}

/** What was before this daemon had a torrent. */
export interface EarlierLife {
  readonly history: TorrentHistory
  /** As {@link EngineTorrent.dataRecord} gave it. */
  readonly record: string | undefined
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
  /** What the session was made with. */
  readonly options: SessionOptions
  readonly version: string
  readonly preferences: PreferenceBook
  readonly labelLimits: LabelLimits
  readonly #parts: EngineParts
  readonly #torrentParts: EngineTorrentParts
  readonly #torrents = new Map<number, EngineTorrent>()
  readonly #byHash = new Map<string, EngineTorrent>()
  readonly #removals = new Removals()
  readonly #queue: TorrentQueue
  readonly #placement: Placement
  readonly #histories: HistoryKeeper
  readonly #unsubscribe: () => void
  #starting: Promise<void> = Promise.resolve()
  #isClosed = false
  /** Entries of each IP filter by its path. */
  readonly #filters = new Map<string, number>()
  readonly #totals: TotalsBook
  readonly #completionListeners = new Set<(torrent: EngineTorrent) => void>()

  constructor(parts: EngineParts) {
    const { session, settings, options, version, downloadDirectory, table } = parts
    this.#parts = parts
    this.session = session
    this.options = options
    this.version = version
    this.preferences = new PreferenceBook(session, settings, preferencesOf(options, downloadDirectory))
    this.labelLimits = new LabelLimits(session, settings, options.labelLimits)
    this.#totals = new TotalsBook(session, settings)
    this.#queue = new TorrentQueue(settings)
    this.#placement = new Placement({
      configuration: parts.configuration,
      folders: parts.automaticFolders ?? {},
      downloadDirectory: () => this.downloadDirectory,
    })
    this.#histories = new HistoryKeeper({
      torrents: () => this.#torrents.values(),
      table,
      onSave: () => this.#totals.save(),
    })
    this.#torrentParts = { ...parts, preferences: () => this.preferences.now }
    this.#unsubscribe = parts.session.subscribe((event) => this.#happened(event))
  }

  get downloadDirectory(): string {
    return this.preferences.now.downloadDirectory
  }

  /** Takes all torrents of the database, and gives them to the session one after the other without waiting for it. */
  start(): void {
    for (const record of this.#parts.table.all()) this.#keep(new EngineTorrent(record, this.#torrentParts))
    this.#starting = this.#startAll()
    this.#histories.start()
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
    return this.#removals.recent()
  }

  /** Entries of all IP filters. */
  get blockedRanges(): number {
    return [...this.#filters.values()].reduce((sum, ranges) => sum + ranges, 0)
  }

  /** Payload of all torrents. */
  rates(): { readonly downloadBps: number; readonly uploadBps: number } {
    const rates = { downloadBps: 0, uploadBps: 0 }
    for (const torrent of this.#torrents.values()) {
      const summary = torrent.summary()
      rates.downloadBps += summary?.downloadBps ?? 0
      rates.uploadBps += summary?.uploadBps ?? 0
    }
    return rates
  }

  /** What this run and all runs together have done. */
  totals(): { readonly current: RunTotals; readonly total: RunTotals } {
    return this.#totals.read()
  }

  /** Tells once of each torrent when its data has been downloaded, over all runs; the result ends that. */
  onDownloaded(listener: (torrent: EngineTorrent) => void): () => void {
    this.#completionListeners.add(listener)
    return () => this.#completionListeners.delete(listener)
  }

  /** Rejects with DAEMON_FOLDER_REFUSED for a folder that torrents may not be written to. */
  async checkFolder(folder: string): Promise<void> {
    await this.#parts.folders.check(folder)
  }

  /** Adds a torrent for good. Rejects with METAINFO_*, DISK_*, DAEMON_FOLDER_REFUSED for what cannot be used; then nothing is kept. */
  async add({ source, settings, isOwner = false, subfolder, earlier }: AddRequest): Promise<AddOutcome> {
    const folders = [settings.directory, settings.incompleteDirectory].filter((folder) => folder !== undefined)
    if (!isOwner) for (const folder of folders) await this.checkFolder(folder)
    const parsed = parsedOf(source)
    const identity = identify(parsed)
    const { infoHash, name } = identity
    const isSettled = earlier !== undefined
    const place = await this.#placement.of({ source: parsed, name, settings, subfolder, isSettled })
    const known = this.#byHash.get(infoHash)
    if (known !== undefined) return { kind: 'duplicate', torrent: known }
    const record = this.#parts.table.insert(
      {
        ...identity,
        settings: { isPaused: false, ...settings, ...place },
        history: earlier?.history ?? { ...UNLIVED, addedAtMs: Date.now() },
      },
      source,
    )
    const torrent = new EngineTorrent(record, this.#torrentParts)
    this.#keep(torrent)
    this.#totals.added()
    await torrent.start(earlier?.record)
    if (torrent.error === undefined) {
      this.#parts.report?.({ level: 'info', area: 'torrent', text: `added: ${name}`, infoHash })
      return { kind: 'added', torrent }
    }
    await this.remove(torrent)
    throw invalidRequest(torrent.error)
  }

  /** Forgets a torrent. Rejects as {@link EngineTorrent.remove} does. */
  async remove(
    torrent: EngineTorrent,
    { deletesData = false }: { readonly deletesData?: boolean } = {},
  ): Promise<void> {
    if (deletesData) await torrent.checkDeletable()
    this.#torrents.delete(torrent.id)
    this.#byHash.delete(torrent.infoHash)
    this.#histories.forget(torrent)
    this.#removals.add(torrent.id)
    await torrent.remove(deletesData)
  }

  /** Moves torrents in the queue; among each other they keep their order. A number is the position of the first. */
  async queue(torrents: readonly EngineTorrent[], to: QueueMove): Promise<void> {
    await this.#queue.move(torrents, to)
    this.#queue.save(this.torrents())
  }

  /** Changes settings of the session and keeps them. Rejects with DAEMON_FOLDER_REFUSED, LIMIT_SCHEDULE_INVALID. */
  async prefer(changes: Partial<Preferences>, isOwner: boolean): Promise<void> {
    if (changes.downloadDirectory !== undefined && !isOwner) await this.checkFolder(changes.downloadDirectory)
    await this.preferences.change(changes)
    if (changes.ratioGoal === undefined && changes.idleGoal === undefined) return
    for (const torrent of this.torrents()) await torrent.followGoals()
  }

  /** Takes over what can change at once of what it was made with; `decided` as in {@link PreferenceBook.follow}. */
  async follow(options: SessionOptions, folders: AutomaticFolders, decided?: readonly string[]): Promise<void> {
    this.#placement.follow(folders)
    await this.preferences.follow(options, decided)
    await this.labelLimits.follow(options.labelLimits)
    await this.session.command({ type: 'local-limits', limits: options.localLimits ?? {} })
  }

  /** Ends with everything saved; the session is closed by whoever made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    await this.#starting
    this.#histories[Symbol.dispose]()
  }

  #keep(torrent: EngineTorrent): void {
    this.#torrents.set(torrent.id, torrent)
    this.#byHash.set(torrent.infoHash, torrent)
  }

  /** In the order of the queue, which the session learns that way. */
  async #startAll(): Promise<void> {
    await this.preferences.restore()
    await this.labelLimits.restore()
    const beganMs = performance.now()
    const waiting = this.#queue.restored(this.torrents())
    const next = async (): Promise<void> => {
      for (let torrent = waiting.shift(); torrent !== undefined && !this.#isClosed; torrent = waiting.shift()) {
        if (this.#torrents.has(torrent.id)) await torrent.start()
        // Hardly anything of a start waits for the disk: whoever asks for something has a turn.
        await setImmediate()
      }
    }
    await Promise.all(Array.from({ length: STARTS_AT_A_TIME }, next))
    this.#tellStarted(performance.now() - beganMs)
  }

  /** One line for all: each tells on its own only what is unusual. */
  #tellStarted(elapsedMs: number): void {
    const { size } = this.#torrents
    if (size === 0 || this.#isClosed) return
    const refused = this.torrents().filter(({ error }) => error !== undefined).length
    const text = `${size} torrents taken up in ${(elapsedMs / 1000).toFixed(1)} s${refused === 0 ? '' : `, ${refused} of them failed`}`
    this.#parts.report?.({ level: 'info', area: 'daemon', text })
  }

  /** Told at each start of a torrent that is complete. */
  async #completed(torrent: EngineTorrent): Promise<void> {
    const isFirst = torrent.history.completedAtMs === 0
    const isDownloaded = isFirst && hasFetched(torrent)
    if (isFirst) {
      torrent.live({ completedAtMs: Date.now() })
      this.#histories.touched(torrent)
    }
    try {
      await torrent.settle()
    } catch (error) {
      // It stays where it is; the next start tries again.
      const reason = error instanceof Error ? error.message : String(error)
      const text = `cannot move ${torrent.name} to ${torrent.settings.directory}: ${reason}`
      this.#parts.report?.({ level: 'error', area: 'disk', text, infoHash: torrent.infoHash })
    }
    if (isDownloaded) for (const listener of this.#completionListeners) listener(torrent)
  }

  #happened(event: SessionEvent): void {
    if (event.type === 'ip-filter-loaded') this.#filters.set(event.path, event.ranges)
    if (!('infoHash' in event)) return
    const torrent = this.#byHash.get(event.infoHash)
    if (torrent === undefined) return
    if (event.type === 'complete') void this.#completed(torrent)
    if (event.type === 'tracker-working' || event.type === 'tracker-failed') torrent.heardTrackers()
    if (event.type === 'metadata') void this.#keepMetadata(torrent, event.torrentFile)
  }

  /** A file that cannot be read leaves the torrent a magnet link, as which the next run begins with it. */
  async #keepMetadata(torrent: EngineTorrent, path: string): Promise<void> {
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes === undefined) return
    try {
      await torrent.gotMetadata(bytes)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const text = `${torrent.name} does not follow its settings: ${reason}`
      this.#parts.report?.({ level: 'warning', area: 'daemon', text, infoHash: torrent.infoHash })
    }
  }
}

/** False for data that was there when the torrent was added. */
function hasFetched(torrent: EngineTorrent): boolean {
  const snapshot = torrent.snapshot()
  return (snapshot?.downloaded ?? 0) > 0 || (snapshot?.reused?.bytes ?? 0) > 0
}

/** @throws METAINFO_*, BENCODE_* */
function parsedOf(source: StoredSource): Metainfo | Magnet {
  return source.kind === 'torrent-file' ? parseTorrent(source.bytes) : parseMagnet(source.link)
}

/** The swarm that a torrent belongs to, and what else is known of it. */
function identify(parsed: Metainfo | Magnet): Pick<TorrentRecord, 'infoHash' | 'name' | 'totalLength'> {
  const [first] = swarmHashes(parsed)
  if (first === undefined) throw bug('a torrent without an info-hash')
  const infoHash = toHex(first)
  return { infoHash, name: parsed.name ?? infoHash, totalLength: 'totalLength' in parsed ? parsed.totalLength : 0 }
}
