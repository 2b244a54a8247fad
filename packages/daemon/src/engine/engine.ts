// All torrents of the daemon: what the state database has, running in one session. Every face of the daemon (remote
// control, metrics, the page) sees this and nothing below it.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
import { factsOf, NOT_CONFIGURED } from './configured.ts'
import type { ConfiguredTorrent, TorrentConfiguration } from './configured.ts'
import { EngineTorrent } from './engine-torrent.ts'
import type { EngineTorrentParts } from './engine-torrent.ts'
import { TotalsBook } from './totals.ts'
import type { RunTotals } from './totals.ts'
import { PreferenceBook, preferencesOf } from './preferences.ts'
import type { Preferences } from './preferences.ts'

/** How often the histories of torrents that did something are saved, and those of all; how often they are kept up. */
const SAVE_EVERY_MS = 60_000
const SAVE_ALL_EVERY = 10
const TICK_MS = 5000
/** Torrents that are given to the session at a time when the daemon starts: more would wait for the same disk. */
const STARTS_AT_A_TIME = 16
/** Ids of removed torrents that are remembered for clients which ask for what changed. */
const MAX_REMOVED = 1000
/** How long a client may count as having seen them. */
const RECENT_MS = 60_000
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
  /** Folders of torrents that name none, by their first label. */
  readonly labelDirectories?: ReadonlyMap<string, string>
  /** Folder of torrents that are not complete; absent = they are where they belong. */
  readonly incompleteDirectory?: string
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
  readonly #parts: EngineParts
  readonly #torrentParts: EngineTorrentParts
  readonly #torrents = new Map<number, EngineTorrent>()
  readonly #byHash = new Map<string, EngineTorrent>()
  readonly #removed: { readonly id: number; readonly atMs: number }[] = []
  readonly #timers: NodeJS.Timeout[] = []
  readonly #unsubscribe: () => void
  #starting: Promise<void> = Promise.resolve()
  #isClosed = false
  #saves = 0
  #tickedAtMs: number = performance.now()
  readonly #active = new Set<EngineTorrent>()
  /** Entries of each IP filter by its path. */
  readonly #filters = new Map<string, number>()
  readonly #totals: TotalsBook
  readonly #completionListeners = new Set<(torrent: EngineTorrent) => void>()

  constructor(parts: EngineParts) {
    const { session, settings, options, version, downloadDirectory } = parts
    this.#parts = parts
    this.session = session
    this.options = options
    this.version = version
    this.preferences = new PreferenceBook(session, settings, preferencesOf(options, downloadDirectory))
    this.#totals = new TotalsBook(session, settings)
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
    const { labels, directory } = await this.#placeOf(parsed, settings)
    const place = { labels, directory: subfolder === undefined ? directory : join(directory, subfolder) }
    const { infoHash, name, totalLength } = identify(parsed)
    const known = this.#byHash.get(infoHash)
    if (known !== undefined) return { kind: 'duplicate', torrent: known }
    const incomplete = earlier === undefined ? this.#incompleteFor(join(place.directory, name), settings) : {}
    const record = this.#parts.table.insert(
      {
        infoHash,
        name,
        totalLength,
        settings: { isPaused: false, ...settings, ...place, ...incomplete },
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
    this.#active.delete(torrent)
    this.#removed.push({ id: torrent.id, atMs: Date.now() })
    if (this.#removed.length > MAX_REMOVED) this.#removed.shift()
    await torrent.remove(deletesData)
  }

  /** Moves torrents in the queue; among each other they keep their order. A number is the position of the first. */
  async queue(torrents: readonly EngineTorrent[], to: QueueMove): Promise<void> {
    const sorted = torrents.toSorted((a, b) => positionOf(a) - positionOf(b))
    if (to === 'top' || to === 'down') sorted.reverse()
    for (const [i, torrent] of sorted.entries()) await torrent.queue(typeof to === 'number' ? to + i : to)
    const order = this.torrents().toSorted((a, b) => positionOf(a) - positionOf(b))
    this.#parts.settings.write(
      'queue',
      order.map(({ id }) => id),
    )
  }

  /** Changes settings of the session and keeps them. Rejects with DAEMON_FOLDER_REFUSED, LIMIT_SCHEDULE_INVALID. */
  async prefer(changes: Partial<Preferences>, isOwner: boolean): Promise<void> {
    if (changes.downloadDirectory !== undefined && !isOwner) await this.checkFolder(changes.downloadDirectory)
    await this.preferences.change(changes)
    if (changes.ratioGoal === undefined && changes.idleGoal === undefined) return
    for (const torrent of this.torrents()) await torrent.followGoals()
  }

  /** Ends with everything saved; the session is closed by whoever made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    await this.#starting
    this.#saveHistories(true)
  }

  /** A label that the configuration gives is one like any other from then on: rules may ask for it. */
  async #placeOf(
    source: Metainfo | Magnet,
    { labels: given = [], directory, origin, trackers }: AddRequest['settings'],
  ): Promise<Pick<TorrentSettings, 'labels' | 'directory'>> {
    const { configuration = (): ConfiguredTorrent => NOT_CONFIGURED } = this.#parts
    const facts = { ...factsOf(source, trackers), ...origin }
    const { label, directory: first } = await configuration(given.length === 0 ? facts : { ...facts, labels: given })
    if (given.length > 0 || label === undefined) {
      return { labels: given, directory: directory ?? first ?? this.#directoryFor(given) }
    }
    const labels = [label]
    const { directory: second } = await configuration({ ...facts, labels })
    return { labels, directory: directory ?? second ?? this.#directoryFor(labels) }
  }

  #directoryFor([label]: readonly string[]): string {
    return this.#parts.labelDirectories?.get(label ?? '') ?? this.downloadDirectory
  }

  /** As the request says, else as all others. Data that is there already is taken where it is. */
  #incompleteFor(data: string, settings: AddRequest['settings']): Pick<TorrentSettings, 'incompleteDirectory'> {
    const { incompleteDirectory } = 'incompleteDirectory' in settings ? settings : this.#parts
    return { incompleteDirectory: existsSync(data) ? undefined : incompleteDirectory }
  }

  #keep(torrent: EngineTorrent): void {
    this.#torrents.set(torrent.id, torrent)
    this.#byHash.set(torrent.infoHash, torrent)
  }

  /** In the order of the queue, which the session learns that way. */
  async #startAll(): Promise<void> {
    await this.preferences.restore()
    const order = new Map(queueOf(this.#parts.settings).map((id, position) => [id, position]))
    const place = ({ id }: EngineTorrent): number => order.get(id) ?? order.size
    const beganMs = performance.now()
    const waiting = this.torrents().toSorted((a, b) => place(a) - place(b))
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

  #tick(): void {
    const nowMs = performance.now()
    const elapsedS = (nowMs - this.#tickedAtMs) / 1000
    this.#tickedAtMs = nowMs
    for (const torrent of this.#torrents.values()) {
      const summary = torrent.summary()
      if (summary === undefined) continue
      const { downloadingS, seedingS } = torrent.history
      if (summary.phase === 'downloading') torrent.live({ downloadingS: downloadingS + elapsedS })
      if (summary.phase === 'seeding') torrent.live({ seedingS: seedingS + elapsedS })
      if (summary.downloadBps === 0 && summary.uploadBps === 0) continue
      torrent.live({ activeAtMs: Date.now() })
      this.#active.add(torrent)
    }
  }

  /** Time that only passes is written ten times less often: a daemon at rest leaves the disk alone. */
  #saveHistories(isEnd = false): void {
    this.#saves++
    const torrents = isEnd || this.#saves % SAVE_ALL_EVERY === 0 ? this.#torrents.values() : this.#active
    this.#parts.table.setHistories(new Map(Array.from(torrents, ({ id, history }) => [id, history])))
    this.#active.clear()
    this.#totals.save()
  }

  /** Told at each start of a torrent that is complete. */
  async #completed(torrent: EngineTorrent): Promise<void> {
    const isFirst = torrent.history.completedAtMs === 0
    const isDownloaded = isFirst && hasFetched(torrent)
    if (isFirst) {
      torrent.live({ completedAtMs: Date.now() })
      this.#active.add(torrent)
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

function positionOf(torrent: EngineTorrent): number {
  return torrent.summary()?.queue?.position ?? Number.POSITIVE_INFINITY
}

/** The ids in the order of an earlier run. */
function queueOf(settings: SettingTable): readonly number[] {
  const value = settings.read('queue')
  return Array.isArray(value) ? value.filter((id) => typeof id === 'number') : []
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
