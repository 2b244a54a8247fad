// Where the addresses of one torrent's peers come from. Runs while the torrent wants peers or is to be found by them,
// also before its metadata is known. A private torrent has its trackers and nothing else (BEP 27).

import type { Endpoint } from '@ccbt/address'

import type { TorrentEvent } from '../events.ts'
import type { PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session-shared.ts'
import type { TrackerSnapshot } from '../snapshot.ts'
import { DhtSource } from './dht-source.ts'
import { LsdSource } from './lsd-source.ts'
import type { FinderFacts, PeerSource } from './peer-source.ts'
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
  readonly #sources: readonly PeerSource[]
  readonly #trackers: readonly TrackerSource[]
  #client: FinderClient

  constructor(settings: PeerFinderOptions) {
    this.#client = settings.client
    const { infoHashes, trackers } = settings
    const all = infoHashes.map((infoHash) => this.#optionsFor(infoHash, settings))
    this.#trackers = trackers.length === 0 ? [] : all.map(trackerSource)
    this.#sources = [...this.#trackers, ...(settings.isPrivate ? [] : all.flatMap(openSources))]
  }

  /** Works for somebody else from now on: trackers are not to hear that one left and another came. */
  serve(client: FinderClient): void {
    this.#client = client
  }

  start(): void {
    for (const source of this.#sources) source.start()
  }

  /** The download is complete. */
  completed(): void {
    for (const source of this.#sources) source.completed()
  }

  /** Asks again as soon as the sources allow it. */
  announceNow(): void {
    for (const source of this.#sources) source.announceNow()
  }

  trackers(): TrackerSnapshot[] {
    return this.#trackers[0]?.describe() ?? []
  }

  #optionsFor(infoHash: Uint8Array, settings: PeerFinderOptions): SourceOptions {
    return {
      ...settings,
      infoHash,
      facts: () => this.#client.facts(),
      onPeers: (origin, addresses) => this.#client.onPeers(origin, addresses),
      emit: (event) => this.#client.emit(event),
      onFailed: (error) => this.#client.onFailed(error),
    }
  }

  /** Ends all asking; trackers are told, within 3 s. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()))
  }
}

function trackerSource(options: SourceOptions): TrackerSource {
  const { trackers, onPeers } = options
  return new TrackerSource({ ...options, tiers: trackers, onPeers: (found) => onPeers('tracker', found) })
}

/** Those that everybody can listen to. */
function openSources(options: SourceOptions): PeerSource[] {
  const { shared, onPeers } = options
  const sources: PeerSource[] = []
  if (shared.dht !== undefined) {
    sources.push(new DhtSource({ ...options, dht: shared.dht, onPeers: (found) => onPeers('dht', found) }))
  }
  if (shared.lsd !== undefined) {
    sources.push(new LsdSource({ ...options, lsd: shared.lsd, onPeers: (found) => onPeers('lsd', found) }))
  }
  return sources
}
