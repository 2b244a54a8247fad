// The phases of one torrent: checking -> live (downloading, then seeding) -> finished; `paused`, `queued` and `failed` are
// ends from which it starts over. Only the live phases have a swarm and a peer finder, and only then records are written: at
// rest the files may have been changed by others, and a record of then would vouch for what nobody has hashed.

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { CcbtError, PieceIndex } from '@ccbt/primitives'

import type { TorrentEvent } from '../events.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions, CheckMode } from '../options.ts'
import { moreNamedPeers } from '../peer/named-peers.ts'
import { isResting } from '../queue/queue-keeper.ts'
import type { Activity } from '../queue/queue-keeper.ts'
import type { SessionShared } from '../session/shared.ts'
import type { TorrentPhase } from '../snapshot.ts'
import { TorrentOutcome } from './outcome.ts'
import type { Contents } from './contents.ts'
import type { Home } from './home.ts'
import { LiveTorrent } from './live-torrent.ts'
import type { Totals } from './persistence.ts'
import { RunClock } from './run-clock.ts'
import { SeedingGoal, THROTTLED_BPS } from './seeding-goal.ts'
import type { SeedingGoalAction, SeedingGoalKind, SeedingGoals } from './seeding-goal.ts'
import type { Streams } from '../download/streams.ts'
import { checkAndTell } from './told-check.ts'

/** What a {@link Lifecycle} works with and tells. */
export interface LifecycleParts {
  readonly contents: Contents
  readonly home: Home
  readonly streams: Pick<Streams, 'changed' | 'tick'>
  readonly options: AddOptions
  readonly shared: SessionShared
  /** For the first run. */
  readonly inheritance: Inheritance | undefined
  readonly emit: (event: TorrentEvent) => void
}

/** Leads a torrent from one phase to the next. */
export class Lifecycle {
  readonly outcome: TorrentOutcome = new TorrentOutcome()
  readonly #parts: LifecycleParts
  readonly #goal: SeedingGoal
  readonly #clock: RunClock
  #inheritance: Inheritance | undefined
  #options: AddOptions
  #peers: readonly Endpoint[]
  #trackers: readonly (readonly string[])[]
  #live: LiveTorrent | undefined
  #abort = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #phase: TorrentPhase = 'checking'
  #error: CcbtError | undefined
  readonly #startedAtMs: number
  #seedingSinceMs: number | undefined
  #isCompleteTold = false
  /** What it is to be when it does not run: after a check it waits as this, and so it does until it is resumed. */
  #rest: 'paused' | 'queued' | undefined
  /** The check has found what the record says, and nothing has happened since. */
  #isAsRecorded = false

  /** @throws ADDRESS_ENDPOINT_INVALID */
  constructor(parts: LifecycleParts) {
    const { contents, options, shared } = parts
    this.#parts = parts
    this.#inheritance = parts.inheritance
    this.#options = options
    this.#peers = (options.peers ?? []).map(parseEndpoint)
    this.#trackers = options.trackerTiers ?? contents.metainfo.trackers
    this.#goal = new SeedingGoal(options)
    this.#clock = new RunClock({
      clock: shared.clock,
      isBusy: () => this.#live !== undefined && (this.#phase !== 'seeding' || this.#goal.isSet),
      onTick: (isSaveDue) => this.#tick(isSaveDue),
    })
    this.#rest = options.paused === true ? 'paused' : undefined
    this.#startedAtMs = shared.clock.now()
  }

  get phase(): TorrentPhase {
    return this.#phase
  }

  /** Why it has failed. */
  get error(): CcbtError | undefined {
    return this.#error
  }

  /** Absent while it does not run. */
  get live(): LiveTorrent | undefined {
    return this.#live
  }

  /** Payload over all runs. */
  get totals(): Totals {
    return this.#parts.home.persistence.totalsWith(this.#live?.totals)
  }

  get activity(): Activity {
    const { downloaded, uploaded } = this.totals
    return {
      phase: this.#phase,
      rest: this.#rest,
      isComplete: this.#phase !== 'checking' && this.#parts.contents.picker.isComplete,
      movedBytes: downloaded + uploaded,
    }
  }

  /** Begins with a check of what is on disk. */
  start(check: CheckMode): void {
    this.#abort = new AbortController()
    this.#phase = 'checking'
    this.#running = this.#run(check, this.#abort.signal).catch((error: unknown) => this.fail(error))
  }

  async pause(): Promise<void> {
    this.#rest = 'paused'
    if (this.#phase === 'paused' || this.#phase === 'failed') return
    await this.halt()
    this.#phase = 'paused'
  }

  async hold(): Promise<void> {
    this.#rest = 'queued'
    if (this.#phase === 'checking') return
    if (this.#phase === 'downloading' || this.#phase === 'seeding') {
      await this.halt()
      if (isResting(this.#phase) || this.#rest !== 'queued') return
    }
    this.#error = undefined
    this.#phase = 'queued'
  }

  resume(): void {
    // While it is being checked it goes on by itself.
    if (this.#phase === 'checking') this.#rest = undefined
    if (!isResting(this.#phase) && this.#phase !== 'queued') return
    this.#error = undefined
    this.#rest = undefined
    this.start('auto')
  }

  /** Hashes everything again. */
  async verify(): Promise<void> {
    await this.halt()
    this.#error = undefined
    this.start('full')
  }

  /** Ends whatever phase there is and saves what is known; trackers are told meanwhile. */
  async halt(): Promise<void> {
    const { contents, home } = this.#parts
    this.#abort.abort()
    const isKnown = this.#phase === 'seeding' && home.persistence.isRecorded(contents.picker.have, this.totals)
    const isSaved = this.#phase === 'downloading' || (this.#phase === 'seeding' && !isKnown)
    const stopped = this.#stopLive()
    await this.#running
    // A check forgets the pieces that a record is about to count.
    await home.persistence.settled()
    // A disk that fails now must not keep the rest from being closed.
    if (isSaved && contents.isOpen) await this.#save().catch((error: unknown) => this.fail(error))
    await stopped
  }

  fail(reason: unknown): void {
    if (this.#phase === 'failed') return
    if (!isCcbtError(reason)) throw reason
    if (this.#abort.signal.aborted && reason.code === 'ABORTED') return
    this.#phase = 'failed'
    this.#error = reason
    this.#abort.abort()
    void this.#stopLive()
    if (isCcbtError(reason, 'DISK_READ_FAILED')) this.#doubt(reason.context.path)
    this.#parts.emit({ type: 'failed', error: reason })
    this.outcome.failed(reason)
  }

  /** A file could not be read: when the torrent starts again, what a record says of it is not believed. */
  #doubt(path: string): void {
    const { contents, home } = this.#parts
    const index = contents.fileAt(path)
    // A part-file has pieces of any.
    const doubted = home.persistence.doubt((fileIndex) => index === undefined || fileIndex === index)
    doubted.catch((error: unknown) => {
      // The torrent has failed already, and that has been told.
      if (!isCcbtError(error)) throw error
    })
  }

  /** Connects to these peers as well, now and at each start. */
  addPeers(peers: readonly Endpoint[]): void {
    this.#peers = moreNamedPeers(this.#peers, peers)
    this.#live?.addPeers(peers)
  }

  /** Asks these trackers instead of those before. */
  setTrackers(tiers: readonly (readonly string[])[]): void {
    this.#trackers = tiers
    this.#live?.setTrackers(tiers)
  }

  /** Replaces all seeding goals. */
  setGoals(goals: SeedingGoals): void {
    this.#goal.set(goals)
    this.#clock.follow()
  }

  async superSeed(isOn: boolean): Promise<void> {
    if ((this.#options.superSeed === true) === isOn) return
    this.#options = { ...this.#options, superSeed: isOn }
    if (this.#phase !== 'seeding') return
    // Peers that are shown one piece after the other must know nothing of it.
    await this.#stopLive()
    if (!this.#abort.signal.aborted) this.#goLive()
  }

  /** The files are wanted more or less than before: it goes on downloading, or is complete. */
  async prioritise(priorities: readonly number[]): Promise<void> {
    const { contents } = this.#parts
    const { picker, progress, store } = contents
    const wasComplete = picker.isComplete
    await contents.prioritise(priorities)
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
    await this.saveLive()
  }

  /** Writes a record, when it runs. */
  async saveLive(): Promise<void> {
    if (this.#phase === 'downloading' || this.#phase === 'seeding') await this.#save()
  }

  async #run(check: CheckMode, signal: AbortSignal): Promise<void> {
    const { contents, home, options, shared, emit } = this.#parts
    this.#isAsRecorded = await checkAndTell({
      contents,
      persistence: home.persistence,
      mode: check,
      expectsFiles: options.expectsFiles === true,
      twins: this.#rest === undefined ? shared.chunks?.index : undefined,
      emit,
      signal,
    })
    if (signal.aborted) return
    if (this.#rest === undefined) return this.#goLive()
    this.#phase = this.#rest
    if (!this.#isAsRecorded) await this.#save()
  }

  #goLive(): void {
    this.#phase = 'downloading'
    const { contents, shared, streams, emit } = this.#parts
    const options = this.#options
    const inheritance = this.#inheritance
    this.#inheritance = undefined
    const live = new LiveTorrent({
      contents,
      options,
      shared,
      inheritance,
      totals: () => this.totals,
      emit,
      onVerified: (piece) => this.#verified(piece),
      onFailed: (error) => this.fail(error),
    })
    this.#live = live
    this.#clock.follow()
    if (contents.picker.isComplete) void this.#completed().catch((error: unknown) => this.fail(error))
    if (this.#phase !== 'downloading' && options.stopWhenComplete === true) return
    streams.changed()
    live.search(this.#peers, options.trackers === false ? [] : this.#trackers)
  }

  #verified(piece: PieceIndex): void {
    const { contents, streams } = this.#parts
    contents.progress.verified(piece)
    streams.changed()
    if (contents.picker.isComplete) void this.#completed().catch((error: unknown) => this.fail(error))
  }

  /** Everything wanted is verified: sizes and rights are made final, then the torrent seeds or ends. */
  async #completed(): Promise<void> {
    if (this.#phase !== 'downloading') return
    const { contents, options, shared, emit } = this.#parts
    const { signal } = this.#abort
    this.#phase = 'seeding'
    if (!this.#isAsRecorded) {
      await contents.store.finish()
      // Who has ended the run saves what there was; a check that has begun since forgets pieces.
      if (signal.aborted) return
      await this.#save()
    }
    this.#isAsRecorded = false
    // More may be wanted by now.
    if (signal.aborted || !contents.picker.isComplete) return
    this.#seedingSinceMs = shared.clock.now()
    this.#live?.completed()
    this.#tellComplete()
    if (options.stopWhenComplete === true) await this.#finish()
    else emit({ type: 'seeding' })
  }

  #tellComplete(): void {
    if (this.#isCompleteTold) return
    this.#isCompleteTold = true
    const elapsedMs = this.#parts.shared.clock.now() - this.#startedAtMs
    this.#parts.emit({ type: 'complete', downloaded: this.#live?.totals.downloaded ?? 0, elapsedMs })
    this.outcome.completed()
  }

  /** The run has reached its end: complete without seeding, or seeded enough. */
  async #finish(): Promise<void> {
    await this.#stopLive()
    this.#phase = 'finished'
    await this.#save()
    this.#parts.emit({ type: 'finished' })
    this.outcome.ended()
  }

  #tick(isSaveDue: boolean): void {
    const { contents, home, shared, streams } = this.#parts
    if (this.#phase === 'downloading') {
      streams.tick()
      const saving = isSaveDue ? this.#save() : home.persistence.checkpoint(contents.store)
      saving.catch((error: unknown) => this.fail(error))
    }
    if (this.#phase !== 'seeding' || this.#seedingSinceMs === undefined) return
    const kind = this.#goal.reached({
      nowMs: shared.clock.now(),
      uploaded: this.totals.uploaded,
      size: contents.metainfo.totalLength,
      seedingSinceMs: this.#seedingSinceMs,
    })
    if (kind !== undefined) void this.#reached(kind, this.#goal.action).catch((error: unknown) => this.fail(error))
  }

  async #reached(kind: SeedingGoalKind, action: SeedingGoalAction): Promise<void> {
    if (action === 'throttle') this.#parts.shared.limits.set({ uploadBps: THROTTLED_BPS })
    else if (action !== 'superseed') await this.#finish()
    else await this.superSeed(true)
    this.#parts.emit({ type: 'goal-reached', kind, action })
  }

  #save(): Promise<void> {
    const { contents, home } = this.#parts
    return home.persistence.save(contents.store, contents.picker.have, this.totals)
  }

  /** Ends the live phase: connections, announces (`stopped`, at most 3 s) and the timer. */
  async #stopLive(): Promise<void> {
    this.#clock.stop()
    const live = this.#live
    if (live !== undefined) this.#parts.home.persistence.addTotals(live.totals)
    this.#live = undefined
    await live?.stop()
  }
}
