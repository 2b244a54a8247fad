// The running part of a torrent: its swarm, and the search for its peers. Made anew for each run; one that follows a
// magnet link's search takes over its connections and its peers.

import type { Endpoint } from '@ccbt/address'
import type { PieceIndex } from '@ccbt/primitives'

import type { TorrentEvent } from '../events.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions } from '../options.ts'
import type { FoundPeer, PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session-shared.ts'
import type { SourceSnapshot, TrackerSnapshot } from '../snapshot.ts'
import type { PeerFinder } from '../sources/peer-finder.ts'
import type { Contents } from './contents.ts'
import { startFinder } from './finding.ts'
import { createLiveSwarm } from './live-swarm.ts'
import type { Totals } from './persistence.ts'
import type { Swarm } from './swarm.ts'

/** What a {@link LiveTorrent} works with and tells. */
export interface LiveTorrentParts {
  readonly contents: Contents
  readonly options: AddOptions
  readonly shared: SessionShared
  readonly inheritance: Inheritance | undefined
  /** When everything is there. */
  readonly superSeeds: boolean
  /** Payload over all runs. */
  readonly totals: () => Totals
  readonly emit: (event: TorrentEvent) => void
  readonly onVerified: (piece: PieceIndex) => void
  readonly onFailed: (error: unknown) => void
}

/** One run of a torrent. */
export class LiveTorrent {
  readonly swarm: Swarm
  readonly #parts: LiveTorrentParts
  #finder: PeerFinder | undefined

  constructor(parts: LiveTorrentParts) {
    this.#parts = parts
    this.swarm = createLiveSwarm({
      ...parts,
      book: parts.inheritance?.book,
      onPexPeers: (addresses) => this.#foundPeers('pex', addresses),
    })
    for (const greeted of parts.inheritance?.takeConnections() ?? []) {
      if (!this.swarm.adopt(greeted.stream, greeted.head, greeted)) greeted.stream.close()
    }
  }

  /** Looks for peers from now on: these and those that the trackers know, or none without tiers. */
  search(peers: readonly Endpoint[], trackers: readonly (readonly string[])[]): void {
    const { contents, shared, inheritance, emit, onFailed } = this.#parts
    const { picker, progress } = contents
    for (const endpoint of peers) this.swarm.book.add(endpoint, 'manual')
    this.swarm.dial()
    this.swarm.webSeeds.start()
    this.#finder = startFinder({
      metainfo: contents.metainfo,
      trackers,
      shared,
      inherited: inheritance?.takeFinder(),
      client: {
        facts: () => ({
          stats: { ...this.#parts.totals(), left: progress.left },
          wantPeers: !picker.isComplete,
        }),
        onPeers: (origin, addresses) => this.#foundPeers(origin, addresses),
        emit,
        onFailed,
      },
    })
  }

  /** Asks these trackers instead of those before. */
  setTrackers(tiers: readonly (readonly string[])[]): void {
    this.#finder?.setTrackers(tiers)
  }

  trackers(): readonly TrackerSnapshot[] {
    return this.#finder?.trackers() ?? []
  }

  /** Where peers are found besides. */
  sources(): readonly SourceSnapshot[] {
    const { pex } = this.swarm
    return [...(this.#finder?.sources() ?? []), ...(pex === undefined ? [] : [pex.describe()])]
  }

  announceNow(): void {
    this.#finder?.announceNow()
  }

  /** Everything wanted is there, and saved. */
  completed(): void {
    this.swarm.completed()
    this.#finder?.completed()
  }

  /** Closes all connections at once; resolves when trackers were told, within 3 s. */
  async stop(): Promise<void> {
    this.swarm.stop()
    await this.#finder?.stop()
  }

  #foundPeers(origin: PeerOrigin, addresses: readonly FoundPeer[]): void {
    for (const address of addresses) this.swarm.book.add(address, origin)
    this.swarm.dial()
  }
}
