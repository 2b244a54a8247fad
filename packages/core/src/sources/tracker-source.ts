// The trackers of one torrent.

import type { TrackerAnnouncer, TrackerEvent } from '@ccbt/discovery'

import type { TorrentEvent } from '../events.ts'
import type { SessionShared } from '../session/shared.ts'
import type { TrackerSnapshot } from '../snapshot.ts'
import { describeTrackers } from '../torrent/describe.ts'
import type { FinderFacts, PeerSource, TakePeers } from './peer-source.ts'

/** Trackers refuse port 0; at this one nobody listens, so that who tries it is told at once. */
const NO_PORT = 1

/** What a {@link TrackerSource} works for. */
export interface TrackerSourceOptions {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly tiers: readonly (readonly string[])[]
  readonly shared: SessionShared
  readonly facts: () => FinderFacts
  readonly onPeers: TakePeers
  readonly emit: (event: TorrentEvent) => void
  /** It is broken beyond what trackers or networks do. */
  readonly onFailed: (error: unknown) => void
}

/** Announces one torrent to its trackers. */
export class TrackerSource implements PeerSource {
  readonly #options: TrackerSourceOptions
  #announcer: TrackerAnnouncer | undefined
  #isStopped = false

  constructor(options: TrackerSourceOptions) {
    this.#options = options
  }

  start(): void {
    this.#announce().catch(this.#options.onFailed)
  }

  announceNow(): void {
    this.#announcer?.announceNow()
  }

  completed(): void {
    this.#announcer?.completed()
  }

  describe(): TrackerSnapshot[] {
    return describeTrackers(this.#announcer)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#announcer?.stop()
  }

  async #announce(): Promise<void> {
    const { shared, infoHash, tiers, facts, onPeers } = this.#options
    const { client, createAnnouncer } = await shared.trackers.open()
    if (this.#isStopped) return
    this.#announcer = createAnnouncer({
      tiers,
      client,
      clock: shared.clock,
      random: shared.random,
      sink: { peers: (_, addresses) => onPeers(addresses) },
      request: () => ({
        infoHash,
        peerId: shared.peerId,
        port: shared.listenPort() || NO_PORT,
        key: shared.trackerKey,
        ...facts(),
      }),
      onEvent: (event) => this.#tell(event),
    })
    this.#announcer.start()
  }

  #tell(event: TrackerEvent): void {
    const { emit, shared } = this.#options
    if (event.type === 'failed') {
      emit({ type: 'tracker-failed', url: event.url, error: event.error.message })
      return
    }
    // One voice for all: whoever makes a torrent can name many trackers.
    if (event.externalIp !== undefined) shared.externalAddress.seen(event.externalIp, 'trackers')
    emit({ type: 'tracker-working', url: event.url, peers: event.peers })
  }
}
