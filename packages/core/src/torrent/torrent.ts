// One torrent from adding to removing: opened -> checking -> live (downloading, then seeding or finished); `paused` and
// `failed` are ends from which `resume` starts over. Only the live phase has a swarm and a peer finder.

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { PieceStore } from '@ccbt/disk-io'
import { swarmHashes } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { createPicker } from '@ccbt/piece-picker'
import type { PiecePicker } from '@ccbt/piece-picker'
import { bug, isCcbtError, toHex } from '@ccbt/primitives'
import type { Cancel, CcbtError, Layout, PieceIndex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import type { TorrentEvent } from '../events.ts'
import type { FoundPeer, PeerOrigin } from '../peer/peer-book.ts'
import type { PeerFinder } from '../sources/peer-finder.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions } from '../options.ts'
import { isResting } from '../queue/queue-keeper.ts'
import type { Activity } from '../queue/queue-keeper.ts'
import type { SessionShared } from '../session-shared.ts'
import type { CommandResult, TorrentHandle } from '../session-types.ts'
import type { TorrentPhase, TorrentSnapshot, TorrentSummary } from '../snapshot.ts'
import { TorrentOutcome } from '../torrent-outcome.ts'
import { byteSpaceOf } from './byte-space.ts'
import type { ByteSpace } from './byte-space.ts'
import { checkData, forgetPieces, restorePartials } from './check-data.ts'
import { describeTorrent, summarizeTorrent } from './describe.ts'
import type { TorrentState } from './describe.ts'
import { startFinder } from './finding.ts'
import { createLiveSwarm } from './live-swarm.ts'
import { Persistence } from './persistence.ts'
import type { Totals } from './persistence.ts'
import { Progress } from './progress.ts'
import { SeedingGoal, THROTTLED_BPS } from './seeding-goal.ts'
import type { SeedingGoalAction, SeedingGoalKind, SeedingGoals } from './seeding-goal.ts'
import { Selection } from './selection.ts'
import type { Swarm } from './swarm.ts'

/** Blocks are on disk at the second tick after their arrival: a kill costs no more than a second. */
const TICK_MS = 500
/** How often a record is written while downloading: each one syncs the data, and only a power loss needs it. */
const SAVE_EVERY_TICKS = 20

/** A torrent of a session. */
export class Torrent implements TorrentHandle {
  readonly infoHash: string
  readonly metainfo: Metainfo
  readonly #options: AddOptions
  readonly #shared: SessionShared
  readonly #space: ByteSpace
  readonly #layout: Layout
  readonly #selection: Selection
  readonly #progress: Progress
  readonly #peers: readonly Endpoint[]
  readonly #picker: PiecePicker
  readonly #outcome = new TorrentOutcome()
  readonly #goal: SeedingGoal
  readonly #persistence: Persistence
  #inheritance: Inheritance | undefined
  #store: PieceStore | undefined
  #swarm: Swarm | undefined
  #finder: PeerFinder | undefined
  #abort = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #phase: TorrentPhase = 'checking'
  #error: CcbtError | undefined
  #checked = 0
  #startedAtMs: number
  #seedingSinceMs: number | undefined
  #cancelTick: Cancel = () => {}
  #isCompleteTold = false
  readonly #emit = (event: TorrentEvent): void => this.#shared.emit({ ...event, infoHash: this.infoHash })
  /** What it is to be when it does not run: after a check it waits as this, and so it does until it is resumed. */
  #rest: 'paused' | 'queued' | undefined
  #superSeeds: boolean
  #ticks = 0

  /** @throws TORRENT_SELECTION_INVALID, ADDRESS_ENDPOINT_INVALID */
  constructor(metainfo: Metainfo, options: AddOptions, shared: SessionShared, inheritance?: Inheritance) {
    this.infoHash = toHex(metainfo.infoHash)
    this.metainfo = metainfo
    this.#options = options
    this.#shared = shared
    this.#inheritance = inheritance
    this.#space = byteSpaceOf(metainfo)
    this.#layout = this.#space.layout
    this.#selection = new Selection(metainfo.files, this.#layout, options.select)
    this.#progress = new Progress(this.#layout, this.#selection)
    this.#peers = (options.peers ?? []).map(parseEndpoint)
    this.#picker = createPicker({
      layout: this.#layout,
      clock: shared.clock,
      random: shared.random,
      strategy: options.sequential === true ? 'sequential' : 'rarest',
      // The picker is not done yet: giving up memory makes room, and whoever waits for it picks at once.
      onRestarted: (piece) => queueMicrotask(() => this.#swarm?.downloader.intake.abandon(piece)),
    })
    this.#goal = new SeedingGoal(options)
    this.#rest = options.paused === true ? 'paused' : undefined
    this.#superSeeds = options.superSeed === true
    this.#startedAtMs = shared.clock.now()
    this.#persistence = new Persistence({
      stateDir: shared.stateDir,
      infoHash: metainfo.infoHash,
      directory: options.directory,
      pieces: this.#layout.pieces,
    })
  }

  get have(): Uint8Array {
    return this.#picker.have.bytes
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
      isComplete: this.#phase !== 'checking' && this.#picker.isComplete,
      movedBytes: downloaded + uploaded,
    }
  }

  /** Takes the save path and starts; rejects when the folder cannot be used or is in use. */
  async open(): Promise<void> {
    await this.#persistence.lock()
    const { pieceHashes } = this.metainfo
    this.#store = await this.#shared.disk.openStore({
      directory: this.#options.directory,
      ...this.#space,
      pieceHashes,
      preallocate: this.#options.preallocate ?? 'sparse',
      wanted: (index) => this.#selection.hasFile(index),
      partFilePath: this.#persistence.partFilePath,
    })
    this.#selection.tell(this.#picker)
    this.#emit({ type: 'added', name: this.metainfo.name })
    this.#start(this.#options.check ?? 'auto')
  }

  /** An accepted stream asked for this torrent; false when it is not wanted. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    return this.#swarm?.adopt(stream, head) ?? false
  }

  reannounce(): void {
    this.#finder?.announceNow()
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
    await this.#halt()
    this.#start('full')
    return { kind: 'done' }
  }

  /** Stops for good: tells trackers, saves, closes every handle. */
  async close(): Promise<void> {
    await this.#halt()
    await this.#store?.[Symbol.asyncDispose]()
    await this.#persistence.unlock()
    this.#outcome.stopped(this.infoHash, this.metainfo.name)
  }

  async remove(isKept?: (path: string) => boolean): Promise<void> {
    await this.close()
    await this.#persistence.forget()
    if (isKept !== undefined) await this.#store?.deleteFiles(isKept)
  }

  paths(): readonly string[] {
    return this.#store?.paths() ?? []
  }

  setGoals(goals: SeedingGoals): void {
    this.#goal.set(goals)
  }

  snapshot(): TorrentSnapshot {
    return describeTorrent(this.#state())
  }

  summary(): TorrentSummary {
    return summarizeTorrent(this.#state())
  }

  #state(): TorrentState {
    return {
      shared: this.#shared,
      metainfo: this.metainfo,
      directory: this.#options.directory,
      phase: this.#phase,
      error: this.#error,
      picker: this.#picker,
      progress: this.#progress,
      checked: this.#checked,
      totals: this.#totals(),
      swarm: this.#swarm,
      trackers: () => this.#finder?.trackers() ?? [],
    }
  }

  #start(check: NonNullable<AddOptions['check']>): void {
    this.#abort = new AbortController()
    this.#phase = 'checking'
    this.#running = this.#run(check, this.#abort.signal).catch((error: unknown) => this.#fail(error))
  }

  async #run(check: NonNullable<AddOptions['check']>, signal: AbortSignal): Promise<void> {
    const store = this.#mustStore()
    this.#checked = 0
    // The run before may have pieces with the workers.
    await store.flush()
    forgetPieces(this.#layout, this.#picker, store)
    this.#progress.reset()
    await checkData({
      mode: check,
      store,
      layout: this.#layout,
      files: this.metainfo.files,
      record: await this.#persistence.load(),
      onStart: () => this.#emit({ type: 'checking' }),
      onPiece: (piece, isRight) => {
        this.#checked++
        if (isRight) this.#progress.found(piece, this.#picker)
      },
      signal,
    })
    const partials = await this.#persistence.partials()
    await restorePartials({ store, layout: this.#layout, picker: this.#picker, partials, signal })
    if (signal.aborted) return
    this.#emit({ type: 'checked', piecesDone: this.#picker.have.count, pieces: this.#layout.pieces })
    if (this.#rest === undefined) return this.#goLive(store)
    this.#phase = this.#rest
    await this.#save()
  }

  #goLive(store: PieceStore): void {
    const { clock } = this.#shared
    this.#phase = 'downloading'
    const inheritance = this.#inheritance
    this.#inheritance = undefined
    const swarm = createLiveSwarm({
      shared: this.#shared,
      metainfo: this.metainfo,
      options: this.#options,
      space: this.#space,
      selection: this.#selection,
      picker: this.#picker,
      store,
      book: inheritance?.book,
      superSeeds: this.#superSeeds,
      emit: this.#emit,
      onPexPeers: (addresses) => this.#foundPeers(swarm, 'pex', addresses),
      onVerified: (piece) => this.#verified(piece),
      onFailed: (error) => this.#fail(error),
    })
    this.#swarm = swarm
    for (const greeted of inheritance?.takeConnections() ?? []) {
      if (!swarm.adopt(greeted.stream, greeted.head, greeted)) greeted.stream.close()
    }
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick())
    if (this.#picker.isComplete) void this.#completed()
    if (this.#phase !== 'downloading' && this.#options.stopWhenComplete === true) return
    for (const endpoint of this.#peers) swarm.book.add(endpoint, 'manual')
    swarm.dial()
    swarm.webSeeds.start()
    this.#finder = this.#startFinder(swarm, inheritance?.takeFinder())
  }

  #foundPeers(swarm: Swarm, origin: PeerOrigin, addresses: readonly FoundPeer[]): void {
    for (const address of addresses) swarm.book.add(address, origin)
    swarm.dial()
  }

  #startFinder(swarm: Swarm, inherited: PeerFinder | undefined): PeerFinder {
    return startFinder({
      metainfo: this.metainfo,
      usesTrackers: this.#options.trackers !== false,
      shared: this.#shared,
      inherited,
      client: {
        facts: () => ({
          stats: { ...this.#totals(), left: this.#progress.left },
          wantPeers: !this.#picker.isComplete,
        }),
        onPeers: (origin, addresses) => this.#foundPeers(swarm, origin, addresses),
        emit: this.#emit,
        onFailed: (error) => this.#fail(error),
      },
    })
  }

  #verified(piece: PieceIndex): void {
    this.#progress.verified(piece)
    if (this.#picker.isComplete) void this.#completed().catch((error: unknown) => this.#fail(error))
  }

  /** Everything wanted is verified: sizes and rights are made final, then the torrent seeds or ends. */
  async #completed(): Promise<void> {
    if (this.#phase !== 'downloading') return
    this.#phase = 'seeding'
    await this.#mustStore().finish()
    await this.#save()
    if (this.#abort.signal.aborted) return
    this.#seedingSinceMs = this.#shared.clock.now()
    this.#swarm?.completed()
    this.#finder?.completed()
    this.#tellComplete()
    if (this.#options.stopWhenComplete === true) await this.#finish()
    else this.#emit({ type: 'seeding' })
  }

  #tellComplete(): void {
    if (this.#isCompleteTold) return
    this.#isCompleteTold = true
    const elapsedMs = this.#shared.clock.now() - this.#startedAtMs
    this.#emit({ type: 'complete', downloaded: this.#swarm?.downloaded ?? 0, elapsedMs })
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

  #tick(): void {
    const { clock } = this.#shared
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick())
    if (this.#phase === 'downloading') {
      const isSaved = ++this.#ticks % SAVE_EVERY_TICKS === 0
      const saving = isSaved ? this.#save() : this.#persistence.checkpoint(this.#mustStore())
      saving.catch((error: unknown) => this.#fail(error))
    }
    if (this.#phase !== 'seeding' || this.#seedingSinceMs === undefined) return
    const kind = this.#goal.reached({
      nowMs: clock.now(),
      uploaded: this.#totals().uploaded,
      size: this.metainfo.totalLength,
      seedingSinceMs: this.#seedingSinceMs,
    })
    if (kind !== undefined) void this.#reached(kind, this.#goal.action).catch((error: unknown) => this.#fail(error))
  }

  async #reached(kind: SeedingGoalKind, action: SeedingGoalAction): Promise<void> {
    this.#superSeeds ||= action === 'superseed'
    if (action === 'throttle') this.#shared.limits.set({ uploadBps: THROTTLED_BPS })
    else if (action !== 'superseed') await this.#finish()
    else {
      // Its peers must know nothing of it.
      await this.#stopLive()
      if (!this.#abort.signal.aborted) this.#goLive(this.#mustStore())
    }
    this.#emit({ type: 'goal-reached', kind, action })
  }

  #save(): Promise<void> {
    return this.#persistence.save(this.#mustStore(), this.#picker.have, this.#totals())
  }

  /** Ends the live phase: connections, announces (`stopped`, at most 3 s) and the timer. */
  async #stopLive(): Promise<void> {
    this.#cancelTick()
    if (this.#swarm !== undefined) this.#persistence.addTotals(this.#swarm)
    this.#swarm?.stop()
    this.#swarm = undefined
    const finder = this.#finder
    this.#finder = undefined
    await finder?.stop()
  }

  /** Ends whatever phase there is and saves what is known; trackers are told meanwhile. */
  async #halt(): Promise<void> {
    this.#abort.abort()
    // At rest the files may have been changed by others: a record of now would vouch for what nobody has hashed.
    const isSaved = this.#phase === 'downloading' || this.#phase === 'seeding'
    const stopped = this.#stopLive()
    await this.#running
    // A disk that fails now must not keep the rest from being closed.
    if (isSaved && this.#store !== undefined) await this.#save().catch((error: unknown) => this.#fail(error))
    await stopped
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
    return this.#persistence.totalsWith(this.#swarm)
  }

  #mustStore(): PieceStore {
    if (this.#store === undefined) throw bug('torrent has no store yet')
    return this.#store
  }
}
