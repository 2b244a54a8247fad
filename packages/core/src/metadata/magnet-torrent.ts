// A torrent that was added by a magnet link (BEP 9). Before the metadata is known it has peers and nothing else; then it
// makes the torrent, which takes over what is known of peers, and from there on only passes everything on to it, so that
// whoever has the handle notices nothing but the phase.

import { parseInfo, swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { CcbtError } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import { fileUnwanted } from '../errors.ts'
import type { SessionEvent, TorrentEvent } from '../events.ts'
import type { ManagedTorrent } from '../session/managed-torrent.ts'
import type { AddOptions } from '../options.ts'
import type { Activity } from '../queue/queue-keeper.ts'
import type { SessionShared } from '../session/shared.ts'
import type { CommandResult, ContentCommand } from '../session/types.ts'
import type { FileSnapshot, TorrentSnapshot, TorrentSummary } from '../snapshot.ts'
import { describeManaged } from '../torrent/describe.ts'
import type { FileRange } from '../download/streams.ts'
import type { SeedingGoals } from '../torrent/seeding-goal.ts'
import { lacksLayers } from '../hashes/layer-fetch.ts'
import { TorrentOutcome } from '../torrent/outcome.ts'
import { Torrent } from '../torrent/torrent.ts'
import { isInfoOf, nameOf, wireHashOf, withSourcesOf } from './magnet-facts.ts'
import { describeFetching } from './describe.ts'
import type { FetchingPhase } from './describe.ts'
import { SavedTorrent } from './saved-torrents.ts'
import { MetadataSearch } from './search.ts'
import { Wishes } from './wishes.ts'

/** A torrent of a session by its magnet link. */
export class MagnetTorrent implements ManagedTorrent {
  readonly infoHash: string
  readonly #magnet: Magnet
  readonly #shared: SessionShared
  readonly #wishes: Wishes
  readonly #saved: SavedTorrent
  readonly #outcome = new TorrentOutcome()
  #torrent: Torrent | undefined
  #search: MetadataSearch | undefined
  /** The way from the metadata to the running torrent. */
  #starting: Promise<void> = Promise.resolve()
  #phase: FetchingPhase = 'metadata'
  /** Of the time without metadata. */
  #rest: 'paused' | 'queued' | undefined
  #error: CcbtError | undefined
  #isClosed = false

  /** @throws ADDRESS_ENDPOINT_INVALID */
  constructor(magnet: Magnet, options: AddOptions, shared: SessionShared) {
    this.infoHash = toHex(wireHashOf(magnet))
    this.#magnet = magnet
    this.#wishes = new Wishes(magnet, options)
    this.#shared = shared
    this.#rest = options.paused === true ? 'paused' : undefined
    this.#saved = new SavedTorrent(shared.stateDir, this.infoHash)
  }

  get metainfo(): Metainfo | undefined {
    return this.#torrent?.metainfo
  }

  get phase(): TorrentSummary['phase'] {
    return this.#torrent?.phase ?? this.#phase
  }

  get have(): Uint8Array {
    return this.#torrent?.have ?? new Uint8Array(0)
  }

  get infoHashes(): readonly string[] {
    return this.#torrent?.infoHashes ?? swarmHashes(this.#magnet).map(toHex)
  }

  get complete(): Promise<void> {
    return this.#outcome.complete
  }

  get finished(): Promise<void> {
    return this.#outcome.finished
  }

  /** Starts; rejects when the metadata is on disk already and the torrent cannot be opened. */
  async open(): Promise<void> {
    const saved = await this.#load()
    this.#emit({ type: 'added', name: saved?.name ?? nameOf(this.#magnet) })
    if (saved !== undefined) await this.#open(saved)
    else if (this.#rest === undefined) this.#fetch()
    else this.#phase = this.#rest
  }

  /** An accepted stream asked for this torrent; false when it is not wanted. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    // Until the torrent is live, and takes the connections, its predecessor does.
    return this.#torrent?.adopt(stream, head) === true || this.#search?.swarm.adopt(stream, head) === true
  }

  reannounce(): void {
    this.#search?.announceNow()
    this.#torrent?.reannounce()
  }

  async pause(): Promise<void> {
    this.#search?.swarm.stopLayers()
    await this.#starting
    if (this.#torrent !== undefined) {
      this.#search?.swarm.stop()
      return this.#torrent.pause()
    }
    await this.#stay('paused')
  }

  async hold(): Promise<void> {
    this.#search?.swarm.stopLayers()
    await this.#starting
    if (this.#torrent === undefined) return this.#stay('queued')
    this.#search?.swarm.stop()
    return this.#torrent.hold()
  }

  resume(): CommandResult {
    if (this.#torrent !== undefined) return this.#torrent.resume()
    if (this.#phase === 'metadata') return { kind: 'done' }
    this.#wishes.resume()
    this.#rest = undefined
    this.#phase = 'metadata'
    this.#error = undefined
    this.#start(async () => {
      const saved = await this.#load()
      if (saved !== undefined) await this.#open(saved)
      else if (!this.#isClosed && this.#phase === 'metadata') this.#fetch()
    })
    return { kind: 'done' }
  }

  async verify(): Promise<CommandResult> {
    await this.#starting
    return this.#torrent?.verify() ?? { kind: 'refused', reason: 'the metadata is not known yet' }
  }

  get activity(): Activity {
    return this.#torrent?.activity ?? { phase: this.#phase, rest: this.#rest, isComplete: false, movedBytes: 0 }
  }

  close(): Promise<void> {
    return this.#end((torrent) => torrent.close())
  }

  async remove(isKept?: (path: string) => boolean): Promise<void> {
    await this.#saved.forget()
    await this.#end((torrent) => torrent.remove(isKept))
  }

  /** What can be changed before the metadata is known is changed; the rest is refused. */
  async change(command: ContentCommand): Promise<CommandResult> {
    await this.#starting
    if (this.#torrent !== undefined) return this.#torrent.change(command)
    if (command.type === 'priorities' || command.type === 'rename')
      return { kind: 'refused', reason: 'the metadata is not known yet' }
    if (command.type === 'peers') {
      this.#wishes.addPeers(command.peers)
      this.#search?.addPeers(command.peers)
    } else this.#wishes.change(command)
    if (command.type === 'trackers') this.#search?.setTrackers(command.tiers)
    return { kind: 'done' }
  }

  files(): readonly FileSnapshot[] {
    return this.#torrent?.files() ?? []
  }

  async record(): Promise<string | undefined> {
    return this.#torrent?.record()
  }

  /** Until the metadata is known there is no file. */
  async *read(file: number, range: FileRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    if (this.#torrent === undefined) throw fileUnwanted(file)
    yield* this.#torrent.read(file, range, signal)
  }

  paths(): readonly string[] {
    return this.#torrent?.paths() ?? []
  }

  setGoals(goals: SeedingGoals): void {
    this.#wishes.setGoals(goals)
    this.#torrent?.setGoals(goals)
  }

  summary(): TorrentSummary {
    const summary = this.#torrent?.summary()
    return summary === undefined ? this.#describe() : { ...summary, infoHash: this.infoHash }
  }

  snapshot(parts = 0): TorrentSnapshot {
    const snapshot = this.#torrent?.snapshot(parts)
    return snapshot === undefined ? this.#describe() : { ...snapshot, infoHash: this.infoHash }
  }

  #describe(): TorrentSnapshot {
    return describeFetching({
      infoHash: this.infoHash,
      name: nameOf(this.#magnet),
      directory: this.#wishes.options.directory,
      managed: describeManaged(this.#shared),
      phase: this.#phase,
      error: this.#error?.message,
      swarm: this.#search?.swarm,
      trackers: this.#search?.trackers() ?? [],
      sources: this.#search?.sources() ?? [],
    })
  }

  /** Fetches nothing until it is resumed. */
  async #stay(rest: 'paused' | 'queued'): Promise<void> {
    if (this.#phase === 'finished' || (rest === 'paused' && this.#phase === 'failed')) return
    this.#rest = rest
    this.#phase = rest
    this.#error = undefined
    await this.#stopFetching()
  }

  #load(): Promise<Metainfo | undefined> {
    return this.#saved.load((infoBytes) => isInfoOf(this.#magnet, infoBytes))
  }

  #fetch(): void {
    this.#search = new MetadataSearch({
      magnet: this.#magnet,
      shared: this.#shared,
      trackers: this.#wishes.trackers,
      emit: (event) => this.#emit(event),
      onMetadata: (bytes) => this.#start(() => this.#fetched(bytes)),
      onFailed: (error) => this.#fail(error),
    })
    this.#search.start(this.#wishes.peers)
  }

  #start(start: () => Promise<void>): void {
    this.#starting = start().catch((error: unknown) => this.#fail(error))
  }

  /** The bytes have the right hash, which says nothing about their sense. */
  async #fetched(bytes: Uint8Array): Promise<void> {
    const { webSeeds, trackers } = this.#magnet
    const metainfo = parseInfo(bytes, { webSeeds, trackers: trackers.map((url) => [url]) })
    const complete = lacksLayers(metainfo) ? await this.#search?.withLayers(metainfo) : metainfo
    if (complete === undefined) return
    await this.#saved.save(complete)
    if (!this.#isClosed) await this.#open(complete)
  }

  async #open(found: Metainfo): Promise<void> {
    const metainfo = withSourcesOf(this.#magnet, found)
    if (this.#wishes.options.metadataOnly === true) return this.#finish(metainfo)
    if (metainfo.isPrivate) {
      // Whom the DHT and the local network have named is not to know more (BEP 27).
      await this.#stopFetching()
    }
    const shared = { ...this.#shared, emit: (event: SessionEvent) => this.#pass(event) }
    const torrent = new Torrent(metainfo, this.#wishes.optionsFor(metainfo), shared, this.#search?.inheritance())
    this.#torrent = torrent
    if (this.#rest === 'queued') await torrent.hold()
    this.#tellMetadata(metainfo)
    try {
      await torrent.open()
    } catch (error) {
      this.#torrent = undefined
      await torrent.close()
      throw error
    }
    torrent.complete.then(
      () => this.#outcome.completed(),
      (error: unknown) => this.#outcome.incomplete(error),
    )
    torrent.finished.then(
      () => this.#outcome.ended(),
      (error: unknown) => {
        // What it has not taken over it never will.
        this.#search?.swarm.stop()
        this.#outcome.failed(error)
      },
    )
  }

  /** Nothing but the metadata was wanted. */
  async #finish(metainfo: Metainfo): Promise<void> {
    await this.#stopFetching()
    this.#phase = 'finished'
    this.#tellMetadata(metainfo)
    this.#outcome.completed()
    this.#emit({ type: 'finished' })
    this.#outcome.ended()
  }

  #tellMetadata(metainfo: Metainfo): void {
    this.#emit({ type: 'metadata', name: metainfo.name, torrentFile: this.#saved.path })
  }

  async #end(end: (torrent: Torrent) => Promise<void>): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#stopFetching(), this.#starting])
    if (this.#torrent !== undefined) await end(this.#torrent)
    this.#outcome.stopped(this.infoHash, nameOf(this.#magnet))
  }

  async #stopFetching(): Promise<void> {
    const search = this.#search
    this.#search = undefined
    await search?.stop()
  }

  #fail(reason: unknown): void {
    if (!isCcbtError(reason)) throw reason
    if (this.#phase === 'failed' || this.#isClosed) return
    this.#phase = 'failed'
    this.#error = reason
    void this.#stopFetching()
    this.#emit({ type: 'failed', error: reason })
    this.#outcome.failed(reason)
  }

  /** It has been told already that this torrent was added. */
  #pass(event: SessionEvent): void {
    if (event.type === 'added') return
    // A link may name the other one of a torrent's two hashes.
    this.#shared.emit('infoHash' in event ? { ...event, infoHash: this.infoHash } : event)
  }

  #emit(event: TorrentEvent): void {
    this.#shared.emit({ ...event, infoHash: this.infoHash })
  }
}
