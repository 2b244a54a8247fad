// One torrent from adding to removing: opened -> checking -> live (downloading, then seeding or finished); `paused` and
// `failed` are ends from which `resume` starts over. Only the live phase has a swarm and a peer finder.

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { swarmHashes } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { CcbtError, PieceIndex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import type { TorrentEvent } from '../events.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions } from '../options.ts'
import { moreNamedPeers } from '../peer/named-peers.ts'
import { isResting } from '../queue/queue-keeper.ts'
import type { Activity } from '../queue/queue-keeper.ts'
import type { SessionShared } from '../session-shared.ts'
import type { CommandResult, ContentCommand, TorrentHandle } from '../session-types.ts'
import type { FileSnapshot, TorrentPhase, TorrentSnapshot, TorrentSummary } from '../snapshot.ts'
import { TorrentOutcome } from '../torrent-outcome.ts'
import { changeContents } from './content-changes.ts'
import type { ChangeableTorrent } from './content-changes.ts'
import { Contents } from './contents.ts'
import { describeFiles, describeTorrent } from './describe.ts'
import { homeOf } from './home.ts'
import type { Home } from './home.ts'
import { LiveTorrent } from './live-torrent.ts'
import type { Totals } from './persistence.ts'
import { RunClock } from './run-clock.ts'
import { SeedingGoal, THROTTLED_BPS } from './seeding-goal.ts'
import type { SeedingGoalAction, SeedingGoalKind, SeedingGoals } from './seeding-goal.ts'
import { Streams } from './streams.ts'
import type { FileRange } from './streams.ts'
import { summaryAfter } from './summary.ts'
import type { TorrentState } from './summary.ts'
import { checkAndTell } from './told-check.ts'

/** A torrent of a session. */
export class Torrent implements TorrentHandle {
  readonly infoHash: string
  readonly metainfo: Metainfo
  #options: AddOptions
  readonly #shared: SessionShared
  readonly #contents: Contents
  #peers: readonly Endpoint[]
  readonly #outcome = new TorrentOutcome()
  readonly #goal: SeedingGoal
  readonly #home: Home
  readonly #closing = new AbortController()
  readonly #streams: Streams
  #inheritance: Inheritance | undefined
  #live: LiveTorrent | undefined
  #trackers: readonly (readonly string[])[]
  #abort = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Commands that change the contents run one after the other. */
  #changing: Promise<unknown> = Promise.resolve()
  #phase: TorrentPhase = 'checking'
  #error: CcbtError | undefined
  #startedAtMs: number
  #seedingSinceMs: number | undefined
  readonly #clock: RunClock
  #isCompleteTold = false
  readonly #emit = (event: TorrentEvent): void => this.#shared.emit({ ...event, infoHash: this.infoHash })
  /** What it is to be when it does not run: after a check it waits as this, and so it does until it is resumed. */
  #rest: 'paused' | 'queued' | undefined
  /** The check has found what the record says, and nothing has happened since. */
  #isAsRecorded = false
  #summary: TorrentSummary | undefined

  /** @throws TORRENT_SELECTION_INVALID, ADDRESS_ENDPOINT_INVALID */
  constructor(metainfo: Metainfo, options: AddOptions, shared: SessionShared, inheritance?: Inheritance) {
    this.infoHash = toHex(metainfo.infoHash)
    this.metainfo = metainfo
    this.#options = options
    this.#shared = shared
    this.#inheritance = inheritance
    this.#contents = new Contents({
      metainfo,
      options,
      clock: shared.clock,
      random: shared.random,
      // The picker is not done yet: giving up memory makes room, and whoever waits for it picks at once.
      onRestarted: (piece) => queueMicrotask(() => this.#live?.swarm?.downloader.intake.abandon(piece)),
    })
    this.#streams = new Streams({
      contents: this.#contents,
      swarm: () => this.#live?.swarm,
      signal: this.#closing.signal,
    })
    this.#peers = (options.peers ?? []).map(parseEndpoint)
    this.#trackers = options.trackerTiers ?? metainfo.trackers
    this.#goal = new SeedingGoal(options)
    this.#clock = new RunClock({
      clock: shared.clock,
      isBusy: () => this.#live !== undefined && (this.#phase !== 'seeding' || this.#goal.isSet),
      onTick: (isSaveDue) => this.#tick(isSaveDue),
    })
    this.#rest = options.paused === true ? 'paused' : undefined
    this.#startedAtMs = shared.clock.now()
    this.#home = homeOf(this.#contents, options.directory, shared)
  }

  get have(): Uint8Array {
    return this.#contents.picker.have.bytes
  }

  get infoHashes(): readonly string[] {
    return swarmHashes(this.metainfo).map(toHex)
  }

  get complete(): Promise<void> {
    return this.#outcome.complete
  }

  get finished(): Promise<void> {
    return this.#outcome.finished
  }

  get activity(): Activity {
    const { downloaded, uploaded } = this.#totals()
    return {
      phase: this.#phase,
      rest: this.#rest,
      isComplete: this.#phase !== 'checking' && this.#contents.picker.isComplete,
      movedBytes: downloaded + uploaded,
    }
  }

  /** Takes the save path and starts; rejects when the folder cannot be used or is in use. */
  async open(): Promise<void> {
    await this.#home.open(this.#closing.signal, this.#options)
    await this.#openContents()
    this.#emit({ type: 'added', name: this.metainfo.name })
    this.#start(this.#options.check ?? 'auto')
  }

  #openContents(): Promise<void> {
    return this.#contents.open(this.#shared.disk, this.#home.place, this.#options.preallocate)
  }

  /** An accepted stream asked for this torrent; false when it is not wanted. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    return this.#live?.adopt(stream, head) ?? false
  }

  reannounce(): void {
    this.#live?.announceNow()
  }

  async pause(): Promise<void> {
    this.#rest = 'paused'
    if (this.#phase === 'paused' || this.#phase === 'failed') return
    await this.#halt()
    this.#phase = 'paused'
  }

  async hold(): Promise<void> {
    this.#rest = 'queued'
    if (this.#phase === 'checking') return
    if (this.#phase === 'downloading' || this.#phase === 'seeding') {
      await this.#halt()
      if (isResting(this.#phase) || this.#rest !== 'queued') return
    }
    this.#error = undefined
    this.#phase = 'queued'
  }

  resume(): CommandResult {
    // While it is being checked it goes on by itself.
    if (this.#phase === 'checking') this.#rest = undefined
    if (!isResting(this.#phase) && this.#phase !== 'queued') return { kind: 'done' }
    this.#error = undefined
    this.#rest = undefined
    this.#start('auto')
    return { kind: 'done' }
  }

  async verify(): Promise<CommandResult> {
    await this.#changing
    await this.#halt()
    this.#error = undefined
    this.#start('full')
    return { kind: 'done' }
  }

  /** Changes of what is wanted, how it is fetched, where it is and who is asked; one after the other. */
  change(command: ContentCommand): Promise<CommandResult> {
    const change = this.#changing.then(() => changeContents(command, this.#changeable()))
    this.#changing = change.catch((error: unknown) => this.#fail(error))
    return change
  }

  #changeable(): ChangeableTorrent {
    return {
      contents: this.#contents,
      home: this.#home,
      phase: () => this.#phase,
      signal: this.#closing.signal,
      prioritise: (priorities) => this.#prioritise(priorities),
      superSeed: (isOn) => this.#superSeed(isOn),
      addPeers: (peers) => {
        this.#peers = moreNamedPeers(this.#peers, peers)
        this.#live?.addPeers(peers)
      },
      setTrackers: (tiers) => {
        this.#trackers = tiers
        this.#live?.setTrackers(tiers)
      },
      halt: () => this.#halt(),
      start: () => this.#start('auto'),
      open: () => this.#openContents(),
      relocated: (from) => {
        this.#shared.chunks?.moved(from, this.paths())
        this.#live?.swarm?.xet?.relocated()
      },
      save: () => this.#saveLive(),
    }
  }

  /** Stops for good: tells trackers, saves, closes every handle. */
  async close(): Promise<void> {
    await this.#end()
    await this.#home.persistence.unlock()
  }

  async remove(isKept?: (path: string) => boolean): Promise<void> {
    await this.#end()
    await this.#home.forget()
    if (isKept === undefined || !this.#contents.isOpen) return
    this.#shared.chunks?.deleted(this.paths().filter((path) => !isKept(path)))
    await this.#contents.store.deleteFiles(isKept)
  }

  paths(): readonly string[] {
    return this.#contents.paths()
  }

  setGoals(goals: SeedingGoals): void {
    this.#goal.set(goals)
    this.#clock.follow()
  }

  files(): readonly FileSnapshot[] {
    return describeFiles(this.#contents, this.#home.placement)
  }

  record(): Promise<string | undefined> {
    return this.#changing.then(() => this.#saveLive()).then(() => this.#home.record())
  }

  read(file: number, range: FileRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    return this.#streams.read(file, range, signal)
  }

  snapshot(parts = 0): TorrentSnapshot {
    return describeTorrent(this.#state(), parts)
  }

  summary(): TorrentSummary {
    this.#summary = summaryAfter(this.#summary, this.#state())
    return this.#summary
  }

  #state(): TorrentState {
    return {
      infoHash: this.infoHash,
      shared: this.#shared,
      directory: this.#home.placement.directory,
      phase: this.#phase,
      error: this.#error,
      contents: this.#contents,
      totals: this.#totals(),
      live: this.#live,
    }
  }

  #start(check: NonNullable<AddOptions['check']>): void {
    this.#abort = new AbortController()
    this.#phase = 'checking'
    this.#running = this.#run(check, this.#abort.signal).catch((error: unknown) => this.#fail(error))
  }

  async #run(check: NonNullable<AddOptions['check']>, signal: AbortSignal): Promise<void> {
    this.#isAsRecorded = await checkAndTell({
      contents: this.#contents,
      persistence: this.#home.persistence,
      mode: check,
      expectsFiles: this.#options.expectsFiles === true,
      twins: this.#rest === undefined ? this.#shared.chunks?.index : undefined,
      emit: this.#emit,
      signal,
    })
    if (signal.aborted) return
    if (this.#rest === undefined) return this.#goLive()
    this.#phase = this.#rest
    if (!this.#isAsRecorded) await this.#save()
  }

  #goLive(): void {
    this.#phase = 'downloading'
    const inheritance = this.#inheritance
    this.#inheritance = undefined
    const live = new LiveTorrent({
      contents: this.#contents,
      options: this.#options,
      shared: this.#shared,
      inheritance,
      totals: () => this.#totals(),
      emit: this.#emit,
      onVerified: (piece) => this.#verified(piece),
      onFailed: (error) => this.#fail(error),
    })
    this.#live = live
    this.#clock.follow()
    if (this.#contents.picker.isComplete) void this.#completed().catch((error: unknown) => this.#fail(error))
    if (this.#phase !== 'downloading' && this.#options.stopWhenComplete === true) return
    this.#streams.changed()
    live.search(this.#peers, this.#options.trackers === false ? [] : this.#trackers)
  }

  /** The files are wanted more or less than before: it goes on downloading, or is complete. */
  async #prioritise(priorities: readonly number[]): Promise<void> {
    const { picker, progress, store } = this.#contents
    const wasComplete = picker.isComplete
    await this.#contents.prioritise(priorities)
    if (this.#phase === 'seeding' && !picker.isComplete) {
      this.#phase = 'downloading'
      this.#isCompleteTold = false
      this.#seedingSinceMs = undefined
      this.#clock.follow()
    }
    this.#live?.wantsChanged()
    if (this.#phase === 'downloading' && picker.isComplete) await this.#completed()
    // What was in the part-file is in a file of its own now, whose size may not be final.
    else if (this.#phase === 'seeding') await store.finish()
    if (wasComplete && progress.left > 0) this.#live?.announceNow()
    await this.#saveLive()
  }

  #verified(piece: PieceIndex): void {
    this.#contents.progress.verified(piece)
    this.#streams.changed()
    if (this.#contents.picker.isComplete) void this.#completed().catch((error: unknown) => this.#fail(error))
  }

  /** Everything wanted is verified: sizes and rights are made final, then the torrent seeds or ends. */
  async #completed(): Promise<void> {
    if (this.#phase !== 'downloading') return
    this.#phase = 'seeding'
    if (!this.#isAsRecorded) {
      await this.#contents.store.finish()
      await this.#save()
    }
    this.#isAsRecorded = false
    // More may be wanted by now.
    if (this.#abort.signal.aborted || !this.#contents.picker.isComplete) return
    this.#seedingSinceMs = this.#shared.clock.now()
    this.#live?.completed()
    this.#tellComplete()
    if (this.#options.stopWhenComplete === true) await this.#finish()
    else this.#emit({ type: 'seeding' })
  }

  #tellComplete(): void {
    if (this.#isCompleteTold) return
    this.#isCompleteTold = true
    const elapsedMs = this.#shared.clock.now() - this.#startedAtMs
    this.#emit({ type: 'complete', downloaded: this.#live?.totals.downloaded ?? 0, elapsedMs })
    this.#outcome.completed()
  }

  /** The run has reached its end: complete without seeding, or seeded enough. */
  async #finish(): Promise<void> {
    await this.#stopLive()
    this.#phase = 'finished'
    await this.#save()
    this.#emit({ type: 'finished' })
    this.#outcome.ended()
  }

  #tick(isSaveDue: boolean): void {
    if (this.#phase === 'downloading') {
      this.#streams.tick()
      const saving = isSaveDue ? this.#save() : this.#home.persistence.checkpoint(this.#contents.store)
      saving.catch((error: unknown) => this.#fail(error))
    }
    if (this.#phase !== 'seeding' || this.#seedingSinceMs === undefined) return
    const kind = this.#goal.reached({
      nowMs: this.#shared.clock.now(),
      uploaded: this.#totals().uploaded,
      size: this.metainfo.totalLength,
      seedingSinceMs: this.#seedingSinceMs,
    })
    if (kind !== undefined) void this.#reached(kind, this.#goal.action).catch((error: unknown) => this.#fail(error))
  }

  async #reached(kind: SeedingGoalKind, action: SeedingGoalAction): Promise<void> {
    if (action === 'throttle') this.#shared.limits.set({ uploadBps: THROTTLED_BPS })
    else if (action !== 'superseed') await this.#finish()
    else await this.#superSeed(true)
    this.#emit({ type: 'goal-reached', kind, action })
  }

  async #superSeed(isOn: boolean): Promise<void> {
    if ((this.#options.superSeed === true) === isOn) return
    this.#options = { ...this.#options, superSeed: isOn }
    if (this.#phase !== 'seeding') return
    // Peers that are shown one piece after the other must know nothing of it.
    await this.#stopLive()
    if (!this.#abort.signal.aborted) this.#goLive()
  }

  /** At rest the files may have been changed by others: a record of now would vouch for what nobody has hashed. */
  async #saveLive(): Promise<void> {
    if (this.#phase === 'downloading' || this.#phase === 'seeding') await this.#save()
  }

  #save(): Promise<void> {
    return this.#home.persistence.save(this.#contents.store, this.#contents.picker.have, this.#totals())
  }

  /** Ends the live phase: connections, announces (`stopped`, at most 3 s) and the timer. */
  async #stopLive(): Promise<void> {
    this.#clock.stop()
    const live = this.#live
    if (live !== undefined) this.#home.persistence.addTotals(live.totals)
    this.#live = undefined
    await live?.stop()
  }

  /** Ends whatever phase there is and saves what is known; trackers are told meanwhile. */
  async #halt(): Promise<void> {
    this.#abort.abort()
    // At rest the files may have been changed by others: a record of now would vouch for what nobody has hashed.
    const isKnown =
      this.#phase === 'seeding' && this.#home.persistence.isRecorded(this.#contents.picker.have, this.#totals())
    const isSaved = this.#phase === 'downloading' || (this.#phase === 'seeding' && !isKnown)
    const stopped = this.#stopLive()
    await this.#running
    // A check forgets the pieces that a record is about to count.
    await this.#home.persistence.settled()
    // A disk that fails now must not keep the rest from being closed.
    if (isSaved && this.#contents.isOpen) await this.#save().catch((error: unknown) => this.#fail(error))
    await stopped
  }

  /** Ends for good. */
  async #end(): Promise<void> {
    this.#closing.abort()
    await this.#changing
    await this.#halt()
    await this.#contents.close()
    this.#outcome.stopped(this.infoHash, this.metainfo.name)
  }

  #fail(reason: unknown): void {
    if (this.#phase === 'failed') return
    if (!isCcbtError(reason)) throw reason
    if (this.#abort.signal.aborted && reason.code === 'ABORTED') return
    this.#phase = 'failed'
    this.#error = reason
    this.#abort.abort()
    void this.#stopLive()
    this.#emit({ type: 'failed', error: reason })
    this.#outcome.failed(reason)
  }

  #totals(): Totals {
    return this.#home.persistence.totalsWith(this.#live?.totals)
  }
}
