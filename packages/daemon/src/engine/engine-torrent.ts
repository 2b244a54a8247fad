// One torrent of the daemon: what is kept of it, and its run in the session. All decisions of the user go through here, so
// that they are in the state database before they take effect.

import { resolve } from 'node:path'

import type { Endpoint } from '@ccbt/address'
import { optionChanges } from '@ccbt/core'
import type { AddOptions, QueueMove, Session, TorrentHandle, TorrentSnapshot, TorrentSummary } from '@ccbt/core'
import { parseTorrent, torrentFacts } from '@ccbt/metainfo'
import type { Magnet, Metainfo, TorrentFacts } from '@ccbt/metainfo'

import { invalidRequest } from '../errors.ts'
import type { TorrentTable } from '../state/torrent-table.ts'
import type {
  OwnGoal,
  OwnLimit,
  StoredSource,
  TorrentHistory,
  TorrentRecord,
  TorrentSettings,
} from '../state/torrent-record.ts'
import { trackerFacts, UNASKED } from './tracker-facts.ts'
import type { TrackerFacts } from './tracker-facts.ts'
import { addOptionsOf, filePriorities, goalsIn } from './add-options.ts'
import { NOT_CONFIGURED } from './configured.ts'
import type { ConfigurableTorrent, ConfiguredTorrent, TorrentConfiguration } from './configured.ts'
import { KeptTorrent } from './kept-torrent.ts'
import type { Preferences } from './preferences.ts'
import { TorrentRun } from './torrent-run.ts'
import type { GivenTorrent } from './torrent-run.ts'

/** What a torrent of the daemon works with. */
export interface EngineTorrentParts {
  readonly table: TorrentTable
  readonly session: Session
  /** As they are now. */
  readonly preferences: () => Preferences
  /** Absent = nothing is said of single torrents. */
  readonly configuration?: TorrentConfiguration
}

const NORMAL_PRIORITY = 4

/** What is to become of the files of a torrent, one priority for each. */
export type FileChoice = Required<Pick<TorrentSettings, 'select' | 'priorities'>>

/** A torrent that the daemon keeps. */
export class EngineTorrent implements ConfigurableTorrent {
  readonly id: number
  readonly infoHash: string
  readonly #parts: EngineTorrentParts
  readonly #kept: KeptTorrent
  readonly #run: TorrentRun
  #heldBecause: string | undefined
  #crowd: TrackerFacts | undefined

  constructor(record: TorrentRecord, parts: EngineTorrentParts) {
    this.id = record.id
    this.infoHash = record.infoHash
    this.#parts = parts
    this.#kept = new KeptTorrent(record, parts.table)
    this.#run = new TorrentRun({
      session: parts.session,
      given: () => this.#given(),
      onTaken: (handle) => this.#followMove(handle.snapshot().directory),
    })
  }

  /** As it is shown. */
  get name(): string {
    return this.settings.shownName ?? this.contentName
  }

  /** Of its file or folder, as the torrent has it. */
  get contentName(): string {
    return this.summary()?.name ?? this.#kept.name
  }

  /** Bytes of the torrent; 0 while a magnet link's metadata is not known. */
  get totalLength(): number {
    return this.#kept.totalLength
  }

  get settings(): TorrentSettings {
    return this.#kept.settings
  }

  /** Folder that its data is in now. */
  get dataDirectory(): string {
    return this.settings.incompleteDirectory ?? this.settings.directory
  }

  /** As it is at this moment; it changes. */
  get history(): TorrentHistory {
    return this.#kept.history
  }

  /** Why the session did not take it, in one line. */
  get error(): string | undefined {
    return this.#run.error
  }

  /** Why it rests although the user has not stopped it, in one line. */
  get heldBecause(): string | undefined {
    return this.#heldBecause
  }

  /** When it was started last, milliseconds since 1970; 0 = not since the daemon began. */
  get startedAtMs(): number {
    return this.#run.startedAtMs
  }

  /** When the user decided something about it last, since the daemon began. */
  get changedAtMs(): number {
    return this.#kept.changedAtMs
  }

  /** Absent until the session has taken the torrent, and when it refused to. */
  get handle(): TorrentHandle | undefined {
    return this.#run.handle
  }

  /** Its numbers; absent as long as the handle is. */
  summary(): TorrentSummary | undefined {
    return this.#run.handle?.summary()
  }

  /** With the supply of at most so many parts of it, 0 unless given. */
  snapshot(parts?: number): TorrentSnapshot | undefined {
    return this.#run.handle?.snapshot(parts)
  }

  /** What the torrent is made of; absent while a magnet link's metadata is not known. */
  metainfo(): Metainfo | undefined {
    const { handle } = this.#run
    if (handle?.metainfo !== undefined) return handle.metainfo
    const parsed = this.#kept.parsed()
    return 'infoBytes' in parsed ? parsed : undefined
  }

  /** What it is made of. */
  get source(): StoredSource {
    return this.#kept.source
  }

  /** The bytes of its torrent file; absent while a magnet link's metadata is not known. */
  torrentFile(): Uint8Array | undefined {
    const { source } = this
    return source.kind === 'torrent-file' ? source.bytes : undefined
  }

  /** Tiers of the URLs that it asks for peers. */
  trackers(): readonly (readonly string[])[] {
    const { trackers } = this.settings
    if (trackers !== undefined) return trackers
    const known = this.#run.handle?.metainfo ?? this.#kept.parsed()
    return 'infoBytes' in known ? known.trackers : known.trackers.map((url) => [url])
  }

  /** What its trackers say, made anew when one of them has said something; nothing before the session has it. */
  crowd(): TrackerFacts {
    // Its torrent file is not read for that.
    if (this.#run.handle === undefined && this.#run.error === undefined) return UNASKED
    this.#crowd ??= trackerFacts(this.trackers(), this.#run.handle?.snapshot().trackers ?? [])
    return this.#crowd
  }

  /** A tracker has said something, or others are asked. */
  heardTrackers(): void {
    this.#crowd = undefined
  }

  /** What the session knows of its data, for another daemon; absent while it knows nothing. Rejects with DISK_*. */
  async dataRecord(): Promise<string | undefined> {
    await this.#run.settled()
    return this.#run.handle?.record()
  }

  /**
   * Gives the torrent to the session, unless it has it. What goes wrong is kept as its error. `record` is what another
   * daemon knew of its data.
   */
  start(record?: string): Promise<void> {
    return this.#run.start(record === undefined ? {} : { record })
  }

  async #given(): Promise<GivenTorrent> {
    const source = this.#kept.parsed()
    const { addedAtMs, completedAtMs } = this.history
    return { source, options: { ...(await this.#options(source)), addedAtMs, expectsFiles: completedAtMs > 0 } }
  }

  /** The session has finished a move that a kill had cut off: the data is not where it was asked for. */
  #followMove(directory: string): void {
    if (resolve(directory) === resolve(this.dataDirectory)) return
    this.configure({ directory, incompleteDirectory: undefined })
  }

  async pause(): Promise<void> {
    this.#heldBecause = undefined
    this.configure({ isPaused: true })
    await this.#run.command({ type: 'pause', infoHash: this.infoHash })
  }

  /** `isForced`: also when the queue has no place for it. */
  async resume(isForced = false): Promise<void> {
    this.#heldBecause = undefined
    this.configure({ isPaused: false, isForced })
    await this.#run.settled()
    if (this.#run.handle === undefined) return this.start()
    this.#run.began()
    const { infoHash } = this
    await this.#run.command({ type: 'force-start', infoHash, isForced })
    await this.#run.command({ type: 'resume', infoHash })
  }

  /** Stops it until {@link release}, or until the user resumes it: what the user decided stays as it is. */
  async hold(reason: string): Promise<void> {
    this.#heldBecause = reason
    // Refused when it has gone meanwhile.
    await this.#parts.session.command({ type: 'pause', infoHash: this.infoHash })
  }

  /** Lets it go on, unless the user has stopped it. */
  async release(): Promise<void> {
    this.#heldBecause = undefined
    if (this.settings.isPaused) return
    await this.#parts.session.command({ type: 'resume', infoHash: this.infoHash })
  }

  /** Rejects with DAEMON_REQUEST_INVALID while there is nothing to verify. */
  async verify(): Promise<void> {
    await this.#mustRun()
    await this.#run.command({ type: 'verify', infoHash: this.infoHash })
  }

  async reannounce(): Promise<void> {
    await this.#run.command({ type: 'reannounce', infoHash: this.infoHash })
  }

  /** Rules may ask for its labels: what they say of it may be something else then. */
  async setLabels(labels: readonly string[]): Promise<void> {
    const before = this.#options()
    this.configure({ labels })
    await this.#follow(await before, await this.#options())
  }

  async setLimits(limits: { readonly downloadLimit?: OwnLimit; readonly uploadLimit?: OwnLimit }): Promise<void> {
    this.configure(limits)
    const { downloadLimitBps = 0, uploadLimitBps = 0 } = await this.#options()
    await this.#run.command({ type: 'limit', infoHash: this.infoHash, downloadLimitBps, uploadLimitBps })
  }

  async setGoals(goals: {
    readonly ratioGoal?: OwnGoal
    readonly idleGoal?: OwnGoal
    readonly timeGoal?: OwnGoal
  }): Promise<void> {
    this.configure(goals)
    await this.followGoals()
  }

  /** The goals of the session may have changed. */
  async followGoals(): Promise<void> {
    await this.#run.command({ type: 'seeding-goals', infoHash: this.infoHash, ...goalsIn(await this.#options()) })
  }

  /** How many connections it has; holds from its next start on. */
  async setMaxPeers(maxPeers: number): Promise<void> {
    this.configure({ maxPeers })
  }

  /** Which files are wanted, and how much: as the user has chosen, else as the configuration has it. */
  wishes(): Partial<FileChoice> {
    const { select, priorities } = this.settings
    if (select !== undefined || priorities !== undefined) {
      return { ...(select && { select }), ...(priorities && { priorities }) }
    }
    const found = this.#run.handle?.files().map(({ isPad, priority }) => (isPad ? NORMAL_PRIORITY : priority)) ?? []
    if (found.every((priority) => priority === NORMAL_PRIORITY)) return {}
    return {
      select: found.flatMap((priority, index) => (priority === 0 ? [] : [index])),
      priorities: found.map((priority) => (priority === 0 ? NORMAL_PRIORITY : priority)),
    }
  }

  /** Which files are downloaded, and how urgently. */
  async setFiles({ select, priorities }: FileChoice): Promise<void> {
    this.configure({ select, priorities })
    const { infoHash } = this
    await this.#run.command({ type: 'priorities', infoHash, priorities: filePriorities(priorities, select) })
  }

  /** Pieces in order, or as the configuration has it. */
  async setSequential(isOn: boolean): Promise<void> {
    this.configure({ sequential: isOn })
    const { strategy = 'rarest' } = await this.#options()
    await this.#run.command({ type: 'strategy', infoHash: this.infoHash, strategy })
  }

  /** Whether the first and last pieces of each file come first. */
  async setFirstLastFirst(isOn: boolean): Promise<void> {
    this.configure({ firstLastFirst: isOn })
    await this.#run.command({ type: 'first-last', infoHash: this.infoHash, isOn })
  }

  /** Whether peers are shown one piece after the other while it seeds (BEP 16). */
  async setSuperSeed(isOn: boolean): Promise<void> {
    this.configure({ superSeed: isOn })
    await this.#run.command({ type: 'super-seed', infoHash: this.infoHash, isOn })
  }

  /** Connects to these as well, until the daemon ends. */
  async addPeers(peers: readonly Endpoint[]): Promise<void> {
    await this.#run.command({ type: 'peers', infoHash: this.infoHash, peers })
  }

  /** Tiers of URLs instead of those that it has. */
  async setTrackers(tiers: readonly (readonly string[])[]): Promise<void> {
    this.configure({ trackers: tiers })
    this.heardTrackers()
    await this.#run.command({ type: 'trackers', infoHash: this.infoHash, tiers })
  }

  /**
   * Takes its files to another folder, or looks for them there. Rejects with DISK_*; after a kill meanwhile the session
   * finds the torrent by its old folder too.
   */
  async move(directory: string, movesData: boolean): Promise<void> {
    await this.#mustRun()
    await this.#run.command({ type: 'move', infoHash: this.infoHash, directory, movesData })
    this.configure({ directory, incompleteDirectory: undefined })
  }

  /**
   * It is complete: its data goes where it belongs. Rejects with DAEMON_REQUEST_INVALID when that cannot be done; it stays
   * where it is then. After a kill in between the session finds it in the new place.
   */
  async settle(): Promise<void> {
    const { directory, incompleteDirectory } = this.settings
    if (incompleteDirectory !== undefined) await this.move(directory, true)
  }

  /** Gives a file or folder of it another name; `path` has its components joined by `/`. */
  async rename(path: string, name: string): Promise<void> {
    await this.#mustRun()
    await this.#run.command({ type: 'rename', infoHash: this.infoHash, path, name })
    this.#kept.touch()
  }

  /** Where it goes in the queue; a number is a position from 0. */
  async queue(move: QueueMove): Promise<void> {
    await this.#run.command({ type: 'queue', infoHash: this.infoHash, move })
  }

  /** Rejects with DAEMON_REQUEST_INVALID when it is not known which files are its data. */
  async checkDeletable(): Promise<void> {
    await this.#mustRun()
  }

  /**
   * Takes the torrent out of the session and the database. Rejects with DISK_WRITE_FAILED, DISK_UNSAFE_PATH when not all
   * of its data can be deleted; the torrent is gone all the same.
   */
  async remove(deletesData: boolean): Promise<void> {
    this.#kept.remove()
    await this.#run.command({ type: 'remove', infoHash: this.infoHash, deletesData })
  }

  /** Changes and saves what the user decided, for when it is started next. */
  configure(changes: Partial<TorrentSettings>): void {
    this.#kept.configure(changes)
  }

  /** What rules go by; `source` is what it is made of. */
  facts(source: Metainfo | Magnet = this.#run.handle?.metainfo ?? this.#kept.parsed()): TorrentFacts {
    const { infoHash, settings } = this
    const { labels, origin, trackers } = settings
    return { ...torrentFacts(source, trackers), infoHash, ...origin, ...(labels.length === 0 ? {} : { labels }) }
  }

  /** See {@link ConfigurableTorrent.follow}. */
  async follow(before: ConfiguredTorrent, now: ConfiguredTorrent): Promise<void> {
    const preferences = this.#parts.preferences()
    const { settings } = this
    await this.#follow(addOptionsOf(settings, preferences, before), addOptionsOf(settings, preferences, now))
  }

  /** The metadata of its magnet link came: it is a torrent file from now on, and other rules may fit. Rejects as `follow`. */
  async gotMetadata(torrentFile: Uint8Array): Promise<void> {
    const before = this.#parts.configuration?.(this.facts(this.#kept.parsed()))
    const metainfo = parseTorrent(torrentFile)
    this.#kept.becomeFile(metainfo, torrentFile)
    const now = this.#parts.configuration?.(this.facts(metainfo))
    if (this.settings.stopsWithMetadata === true) {
      this.configure({ stopsWithMetadata: false })
      await this.pause()
    }
    await this.follow((await before) ?? NOT_CONFIGURED, (await now) ?? NOT_CONFIGURED)
  }

  /** Changes what it has lived through; the engine saves that from time to time. */
  live(changes: Partial<TorrentHistory>): void {
    this.#kept.live(changes)
  }

  /** The options with which it would be added as it is decided at this moment. */
  async #options(source?: Metainfo | Magnet): Promise<AddOptions> {
    const { settings } = this
    const { configuration, preferences } = this.#parts
    const configured = await configuration?.(this.facts(source))
    return addOptionsOf(settings, preferences(), configured)
  }

  /** Lets the session follow a difference of options. */
  async #follow(before: AddOptions, now: AddOptions): Promise<void> {
    const { infoHash } = this
    const files = this.#run.handle?.metainfo?.files ?? []
    for (const command of optionChanges({ infoHash, files }, before, now)) await this.#run.command(command)
  }

  /** For what the session alone can do: a torrent that waits for its turn after a start gets it now. */
  async #mustRun(): Promise<void> {
    if (this.#run.handle === undefined) await this.start()
    if (this.#run.handle !== undefined) return
    throw invalidRequest(`${this.name} could not be started: nothing can be done to its files`)
  }
}
