// Where the addresses of one torrent's peers come from. Runs while the torrent wants peers or is to be found by them,
// also before its metadata is known. A private torrent has its trackers and nothing else (BEP 27).

import type { Endpoint } from '@ccbt/address'

import type { TorrentEvent } from '../events.ts'
import type { PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session/shared.ts'
import type { SourceSnapshot, TrackerSnapshot } from '../snapshot.ts'
import { DhtSource } from './dht-source.ts'
import { LsdSource } from './lsd-source.ts'
import type { FinderFacts, OpenSource, PeerSource, TakePeers } from './peer-source.ts'
import { TrackerSource } from './tracker-source.ts'

/** Whom a {@link PeerFinder} works for. */
export interface FinderClient {
  readonly facts: () => FinderFacts
  readonly onPeers: (origin: PeerOrigin, addresses: readonly Endpoint[]) => void
  readonly emit: (event: TorrentEvent) => void
  /** A source is broken beyond what peers or networks do. */
  readonly onFailed: (error: unknown) => void
}

/** Settings of a {@link PeerFinder}. */
export interface PeerFinderOptions {
  /** 20 bytes each: a hybrid torrent is announced by both of its hashes (BEP 52). */
  readonly infoHashes: readonly Uint8Array[]
  readonly trackers: readonly (readonly string[])[]
  readonly isPrivate: boolean
  readonly shared: SessionShared
  readonly client: FinderClient
}

/** What every source is made with. */
type SourceOptions = Omit<PeerFinderOptions, 'infoHashes'> & FinderClient & { readonly infoHash: Uint8Array }

/** The peer sources of one torrent. */
export class PeerFinder {
  readonly #settings: PeerFinderOptions
  /** Those that everybody can listen to. */
  readonly #open: readonly OpenSource[]
  #trackers: readonly TrackerSource[] = []
  /** Trackers that were replaced and are being told. */
  readonly #leaving = new Set<Promise<void>>()
  #client: FinderClient

  constructor(settings: PeerFinderOptions) {
    this.#settings = settings
    this.#client = settings.client
    const all = settings.infoHashes.map((infoHash) => this.#optionsFor(infoHash))
    this.#trackers = trackerSources(all, settings.trackers)
    this.#open = settings.isPrivate ? [] : all.flatMap(openSources)
  }

  /** Works for somebody else from now on: trackers are not to hear that one left and another came. */
  serve(client: FinderClient): void {
    this.#client = client
  }

  start(): void {
    for (const source of this.#sources()) source.start()
  }

  /** The download is complete. */
  completed(): void {
    for (const source of this.#sources()) source.completed()
  }

  /** Asks again as soon as the sources allow it. */
  announceNow(): void {
    for (const source of this.#sources()) source.announceNow()
  }

  trackers(): TrackerSnapshot[] {
    return this.#trackers[0]?.describe() ?? []
  }

  /** One of each kind: of a hybrid torrent, which is looked for by both of its hashes, by the first. */
  sources(): SourceSnapshot[] {
    const all = this.#open.map((source) => source.describe())
    return all.filter(({ kind }, place) => all.findIndex((other) => other.kind === kind) === place)
  }

  /** Asks these trackers from now on; those before are told that we leave. */
  setTrackers(tiers: readonly (readonly string[])[]): void {
    for (const source of this.#trackers) {
      const leaving = source.stop().finally(() => this.#leaving.delete(leaving))
      this.#leaving.add(leaving)
    }
    const all = this.#settings.infoHashes.map((infoHash) => this.#optionsFor(infoHash))
    this.#trackers = trackerSources(all, tiers)
    for (const source of this.#trackers) source.start()
  }

  #sources(): PeerSource[] {
    return [...this.#trackers, ...this.#open]
  }

  #optionsFor(infoHash: Uint8Array): SourceOptions {
    return {
      ...this.#settings,
      infoHash,
      facts: () => this.#client.facts(),
      onPeers: (origin, addresses) => this.#client.onPeers(origin, addresses),
      emit: (event) => this.#client.emit(event),
      onFailed: (error) => this.#client.onFailed(error),
    }
  }

  /** Ends all asking; trackers are told, within 3 s. */
  async stop(): Promise<void> {
    await Promise.all([...this.#leaving, ...this.#sources().map((source) => source.stop())])
  }
}

/** One for each of the torrent's hashes. */
function trackerSources(all: readonly SourceOptions[], tiers: readonly (readonly string[])[]): TrackerSource[] {
  if (tiers.length === 0) return []
  return all.map((options) => {
    const onPeers: TakePeers = (found) => options.onPeers('tracker', found)
    return new TrackerSource({ ...options, tiers, onPeers })
  })
}

/** Those that everybody can listen to. */
function openSources(options: SourceOptions): OpenSource[] {
  const { shared, onPeers } = options
  const sources: OpenSource[] = []
  if (shared.dht !== undefined) {
    sources.push(new DhtSource({ ...options, dht: shared.dht, onPeers: (found) => onPeers('dht', found) }))
  }
  if (shared.lsd !== undefined) {
    sources.push(new LsdSource({ ...options, lsd: shared.lsd, onPeers: (found) => onPeers('lsd', found) }))
  }
  return sources
}
