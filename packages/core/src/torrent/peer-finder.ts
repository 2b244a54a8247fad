// Where the addresses of one torrent's peers come from. Runs while the torrent wants peers or is to be found by them,
// also before its metadata is known.

import type { Endpoint } from '@ccbt/address'
import type { AnnounceStats, TrackerAnnouncer, TrackerEvent } from '@ccbt/discovery'

import type { PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session-shared.ts'
import type { TrackerSnapshot } from '../snapshot.ts'
import type { TorrentEvent } from '../events.ts'
import { describeTrackers } from './describe.ts'

/** What sources are told about the torrent's state. */
export interface FinderFacts {
  readonly stats: AnnounceStats
  /** Whether addresses of peers are of any use now. */
  readonly wantPeers: boolean
}

/** What a {@link PeerFinder} works for. */
export interface PeerFinderOptions {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly trackers: readonly (readonly string[])[]
  readonly shared: SessionShared
  readonly facts: () => FinderFacts
  readonly onPeers: (origin: PeerOrigin, addresses: readonly Endpoint[]) => void
  readonly emit: (event: TorrentEvent) => void
  /** A source is broken beyond what peers or networks do. */
  readonly onFailed: (error: unknown) => void
}

/** The peer sources of one torrent. */
export class PeerFinder {
  readonly #options: PeerFinderOptions
  #announcer: TrackerAnnouncer | undefined
  #isStopped = false

  constructor(options: PeerFinderOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#options.trackers.length > 0) this.#announce().catch(this.#options.onFailed)
  }

  /** The download is complete: tells so once. */
  completed(): void {
    this.#announcer?.completed()
  }

  /** Asks again as soon as the sources allow it. */
  announceNow(): void {
    this.#announcer?.announceNow()
  }

  trackers(): TrackerSnapshot[] {
    return describeTrackers(this.#announcer)
  }

  /** Ends all asking; trackers are told, within 3 s. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#announcer?.stop()
  }

  async #announce(): Promise<void> {
    const { shared, infoHash, trackers, facts, onPeers } = this.#options
    const { client, createAnnouncer } = await shared.trackers.open()
    if (this.#isStopped) return
    this.#announcer = createAnnouncer({
      tiers: trackers,
      client,
      clock: shared.clock,
      random: shared.random,
      sink: { peers: (_, addresses) => onPeers('tracker', addresses) },
      request: () => ({
        infoHash,
        peerId: shared.peerId,
        port: shared.listenPort(),
        key: shared.trackerKey,
        ...facts(),
      }),
      onEvent: (event) => this.#tell(event),
    })
    this.#announcer.start()
  }

  #tell(event: TrackerEvent): void {
    const { emit } = this.#options
    if (event.type === 'failed') emit({ type: 'tracker-failed', url: event.url, error: event.error.message })
    else emit({ type: 'tracker-working', url: event.url, peers: event.peers })
  }
}
