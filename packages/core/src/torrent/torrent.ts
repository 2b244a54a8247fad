// One torrent from adding to removing: its contents, where they are, who reads them, and the phases that it goes through.
// What happens in each phase is in lifecycle.ts.

import { swarmHashes } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import type { TorrentEvent } from '../events.ts'
import type { ManagedTorrent } from '../session/managed-torrent.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions } from '../options.ts'
import type { Activity } from '../queue/queue-keeper.ts'
import type { SessionShared } from '../session/shared.ts'
import type { CommandResult, ContentCommand } from '../session/types.ts'
import type { FileSnapshot, TorrentSnapshot, TorrentSummary } from '../snapshot.ts'
import { changeContents } from './content-changes.ts'
import { Contents } from './contents.ts'
import { describeFiles, describeTorrent } from './describe.ts'
import { homeOf } from './home.ts'
import type { Home } from './home.ts'
import { Lifecycle } from './lifecycle.ts'
import type { SeedingGoals } from './seeding-goal.ts'
import { Streams } from '../download/streams.ts'
import type { FileRange } from '../download/streams.ts'
import { summaryAfter } from './summary.ts'
import type { TorrentState } from './summary.ts'

/** A torrent of a session. */
export class Torrent implements ManagedTorrent {
  readonly infoHash: string
  readonly metainfo: Metainfo
  readonly #options: AddOptions
  readonly #shared: SessionShared
  readonly #contents: Contents
  readonly #home: Home
  readonly #streams: Streams
  readonly #lifecycle: Lifecycle
  readonly #closing = new AbortController()
  /** Commands that change the contents run one after the other. */
  #changing: Promise<unknown> = Promise.resolve()
  readonly #emit = (event: TorrentEvent): void => this.#shared.emit({ ...event, infoHash: this.infoHash })
  #summary: TorrentSummary | undefined

  /** @throws TORRENT_SELECTION_INVALID, ADDRESS_ENDPOINT_INVALID */
  constructor(metainfo: Metainfo, options: AddOptions, shared: SessionShared, inheritance?: Inheritance) {
    this.infoHash = toHex(metainfo.infoHash)
    this.metainfo = metainfo
    this.#options = options
    this.#shared = shared
    this.#contents = new Contents({
      metainfo,
      options,
      clock: shared.clock,
      random: shared.random,
      // The picker is not done yet: giving up memory makes room, and whoever waits for it picks at once.
      onRestarted: (piece) => queueMicrotask(() => this.#lifecycle.live?.swarm?.downloader.intake.abandon(piece)),
    })
    this.#streams = new Streams({
      contents: this.#contents,
      swarm: () => this.#lifecycle.live?.swarm,
      signal: this.#closing.signal,
    })
    this.#home = homeOf(this.#contents, options.directory, shared)
    this.#lifecycle = new Lifecycle({
      contents: this.#contents,
      home: this.#home,
      streams: this.#streams,
      options,
      shared,
      inheritance,
      emit: this.#emit,
    })
  }

  get phase(): TorrentSummary['phase'] {
    return this.#lifecycle.phase
  }

  get have(): Uint8Array {
    return this.#contents.picker.have.bytes
  }

  get infoHashes(): readonly string[] {
    return swarmHashes(this.metainfo).map(toHex)
  }

  get complete(): Promise<void> {
    return this.#lifecycle.outcome.complete
  }

  get finished(): Promise<void> {
    return this.#lifecycle.outcome.finished
  }

  get activity(): Activity {
    return this.#lifecycle.activity
  }

  /** Takes the save path and starts; rejects when the folder cannot be used or is in use. */
  async open(): Promise<void> {
    await this.#home.open(this.#closing.signal, this.#options)
    await this.#openContents()
    this.#emit({ type: 'added', name: this.metainfo.name })
    this.#lifecycle.start(this.#options.check ?? 'auto')
  }

  #openContents(): Promise<void> {
    return this.#contents.open(this.#shared.disk, this.#home.place, this.#options.preallocate)
  }

  /** An accepted stream asked for this torrent; false when it is not wanted. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    return this.#lifecycle.live?.adopt(stream, head) ?? false
  }

  reannounce(): void {
    this.#lifecycle.live?.announceNow()
  }

  pause(): Promise<void> {
    return this.#lifecycle.pause()
  }

  hold(): Promise<void> {
    return this.#lifecycle.hold()
  }

  resume(): CommandResult {
    this.#lifecycle.resume()
    return { kind: 'done' }
  }

  async verify(): Promise<CommandResult> {
    await this.#changing
    await this.#lifecycle.verify()
    return { kind: 'done' }
  }

  setGoals(goals: SeedingGoals): void {
    this.#lifecycle.setGoals(goals)
  }

  /** Changes of what is wanted, how it is fetched, where it is and who is asked; one after the other. */
  change(command: ContentCommand): Promise<CommandResult> {
    const changeable = {
      contents: this.#contents,
      home: this.#home,
      lifecycle: this.#lifecycle,
      signal: this.#closing.signal,
      open: () => this.#openContents(),
      relocated: (from: readonly string[]) => this.#relocated(from),
    }
    const change = this.#changing.then(() => changeContents(command, changeable))
    this.#changing = change.catch((error: unknown) => this.#lifecycle.fail(error))
    return change
  }

  #relocated(from: readonly string[]): void {
    this.#shared.chunks?.moved(from, this.paths())
    this.#lifecycle.live?.swarm?.xet?.relocated()
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

  /** Ends for good. */
  async #end(): Promise<void> {
    this.#closing.abort()
    await this.#changing
    await this.#lifecycle.halt()
    await this.#contents.close()
    this.#lifecycle.outcome.stopped(this.infoHash, this.metainfo.name)
  }

  paths(): readonly string[] {
    return this.#contents.paths()
  }

  files(): readonly FileSnapshot[] {
    return describeFiles(this.#contents, this.#home.placement)
  }

  async record(): Promise<string | undefined> {
    await this.#changing
    await this.#lifecycle.saveLive()
    return this.#home.record()
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
    const { phase, error, totals, live } = this.#lifecycle
    return {
      infoHash: this.infoHash,
      shared: this.#shared,
      directory: this.#home.placement.directory,
      phase,
      error,
      contents: this.#contents,
      totals,
      live,
    }
  }
}
