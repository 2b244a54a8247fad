// The running part of a torrent: its swarm, and the search for its peers. Made anew for each run; one that follows a
// magnet link's search takes over its connections and its peers. A torrent that only seeds, with nobody there, has no
// swarm: it is made for the first who comes, and given up when all have been gone for a while, so that thousands of
// torrents at rest cost little.

import type { Endpoint } from '@ccbt/address'
import type { PieceIndex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import type { TorrentEvent } from '../events.ts'
import type { Inheritance } from '../metadata/inheritance.ts'
import type { AddOptions } from '../options.ts'
import { addNamedPeers } from '../peer/named-peers.ts'
import type { FoundPeer, PeerBook, PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session/shared.ts'
import type { SourceSnapshot, TrackerSnapshot, WebSeedSnapshot } from '../snapshot.ts'
import type { PeerFinder } from '../sources/peer-finder.ts'
import type { Contents } from './contents.ts'
import { startFinder } from './finding.ts'
import { createLiveSwarm } from '../swarm/live-swarm.ts'
import type { Totals } from './persistence.ts'
import type { Swarm } from '../swarm/swarm.ts'
import { webSeedsOf } from '../download/web-seeds/addresses.ts'
import { describeIdle } from '../download/web-seeds/web-seeds.ts'

/** What a {@link LiveTorrent} works with and tells. */
export interface LiveTorrentParts {
  readonly contents: Contents
  readonly options: AddOptions
  readonly shared: SessionShared
  readonly inheritance: Inheritance | undefined
  /** Payload over all runs. */
  readonly totals: () => Totals
  readonly emit: (event: TorrentEvent) => void
  readonly onVerified: (piece: PieceIndex) => void
  readonly onFailed: (error: unknown) => void
}

/** One run of a torrent. */
export class LiveTorrent {
  readonly #parts: LiveTorrentParts
  #swarm: Swarm | undefined
  /** Payload of swarms that were given up. */
  #moved: Totals = { downloaded: 0, uploaded: 0 }
  #finder: PeerFinder | undefined
  #isStopped = false

  constructor(parts: LiveTorrentParts) {
    this.#parts = parts
    if (parts.inheritance === undefined && this.#mayRest) return
    const swarm = this.#wake(parts.inheritance?.book)
    for (const greeted of parts.inheritance?.takeConnections() ?? []) {
      if (!swarm.adopt(greeted.stream, greeted.head, greeted)) greeted.stream.close()
    }
  }

  /** Absent while there is nothing to do and nobody to do it with. */
  get swarm(): Swarm | undefined {
    return this.#swarm
  }

  /** Payload of this run. */
  get totals(): Totals {
    const { downloaded, uploaded } = this.#moved
    const { downloaded: received = 0, uploaded: sent = 0 } = this.#swarm ?? {}
    return { downloaded: downloaded + received, uploaded: uploaded + sent }
  }

  /** An accepted stream asked for this torrent; false when there is no place. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    return this.#wake().adopt(stream, head)
  }

  /** Other pieces are wanted than before. */
  wantsChanged(): void {
    if (this.#mayRest) this.#swarm?.wantsChanged()
    else this.#wake().wantsChanged()
  }

  webSeeds(): WebSeedSnapshot[] {
    const { contents, options } = this.#parts
    return this.#swarm?.webSeeds.describe() ?? webSeedsOf(contents.metainfo, options.webSeeds).map(describeIdle)
  }

  /** Looks for peers from now on: these and those that the trackers know, or none without tiers. */
  search(peers: readonly Endpoint[], trackers: readonly (readonly string[])[]): void {
    const { contents, shared, inheritance, emit, onFailed } = this.#parts
    const { picker, progress } = contents
    // The search of a magnet link has told of them.
    if (inheritance !== undefined) this.#foundPeers('manual', peers)
    else if (peers.length > 0) addNamedPeers(this.#wake().book, peers, emit)
    this.#swarm?.dial()
    this.#swarm?.webSeeds.start()
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

  /** Connects to peers that a person named meanwhile. */
  addPeers(peers: readonly Endpoint[]): void {
    if (this.#isStopped) return
    const swarm = this.#wake()
    addNamedPeers(swarm.book, peers, this.#parts.emit)
    swarm.dial()
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
    const pex = this.#swarm?.pex
    return [...(this.#finder?.sources() ?? []), ...(pex === undefined ? [] : [pex.describe()])]
  }

  announceNow(): void {
    this.#finder?.announceNow()
  }

  /** Everything wanted is there, and saved. */
  completed(): void {
    this.#swarm?.completed()
    this.#finder?.completed()
  }

  /** Closes all connections at once; resolves when trackers were told, within 3 s. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#swarm?.stop()
    await this.#finder?.stop()
  }

  #foundPeers(origin: PeerOrigin, addresses: readonly FoundPeer[]): void {
    if (this.#isStopped || addresses.length === 0) return
    const swarm = this.#wake()
    for (const address of addresses) swarm.book.add(address, origin)
    swarm.dial()
  }

  /** Chunks are shared as long as the torrent runs. */
  get #mayRest(): boolean {
    return this.#parts.contents.picker.isComplete && this.#parts.shared.chunks === undefined
  }

  #wake(book?: PeerBook): Swarm {
    this.#swarm ??= createLiveSwarm({
      ...this.#parts,
      book,
      onPexPeers: (addresses) => this.#foundPeers('pex', addresses),
      onDeserted: () => this.#rest(),
    })
    return this.#swarm
  }

  /** Who was banned stays so. */
  #rest(): void {
    const swarm = this.#swarm
    if (swarm === undefined || swarm.book.banned > 0 || !this.#mayRest) return
    this.#moved = this.totals
    this.#swarm = undefined
    swarm.stop()
  }
}
