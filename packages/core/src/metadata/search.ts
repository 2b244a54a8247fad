// The search for the metadata of a magnet link: the connections of the torrent that knows only its infohash, and those who
// find more peers for it. What is left of it when the metadata is there goes over to the live torrent.

import type { Endpoint } from '@ccbt/address'
import { swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'

import type { TorrentEvent } from '../events.ts'
import { addNamedPeers } from '../peer/named-peers.ts'
import type { PeerOrigin } from '../peer/peer-book.ts'
import type { SessionShared } from '../session/shared.ts'
import type { SourceSnapshot, TrackerSnapshot } from '../snapshot.ts'
import { PeerFinder } from '../sources/peer-finder.ts'
import type { Inheritance } from './inheritance.ts'
import { isInfoOf } from './magnet-facts.ts'
import { MetadataSwarm } from './swarm.ts'

/** What trackers are told to be missing when nobody knows: anything but 0, which a seed has. */
const UNKNOWN_LEFT = 16_384

/** What a {@link MetadataSearch} works with and tells. */
export interface MetadataSearchParts {
  readonly magnet: Magnet
  readonly shared: SessionShared
  readonly trackers: readonly (readonly string[])[]
  readonly emit: (event: TorrentEvent) => void
  /** Called once, with bytes that have the right hash. */
  readonly onMetadata: (bytes: Uint8Array) => void
  readonly onFailed: (error: unknown) => void
}

/** One search, until it is stopped. */
export class MetadataSearch {
  readonly swarm: MetadataSwarm
  readonly #emit: (event: TorrentEvent) => void
  #finder: PeerFinder | undefined

  constructor({ magnet, shared, trackers, emit, onMetadata, onFailed }: MetadataSearchParts) {
    this.#emit = emit
    this.swarm = new MetadataSwarm({
      ...shared,
      infoHashes: swarmHashes(magnet),
      isV2: magnet.infoHashV2 !== undefined,
      isRight: (bytes) => isInfoOf(magnet, bytes),
      onMetadata,
      onBanned: (address, reason) => emit({ type: 'peer-banned', address, reason }),
      onDisconnected: (address, reason) =>
        emit({ type: 'peer-disconnected', address, ...(reason === undefined ? {} : { reason }) }),
    })
    this.#finder = new PeerFinder({
      infoHashes: swarmHashes(magnet),
      trackers,
      // Not known yet; a private torrent gets other peers than these.
      isPrivate: false,
      shared,
      client: {
        facts: () => ({ stats: { uploaded: 0, downloaded: 0, left: UNKNOWN_LEFT }, wantPeers: true }),
        onPeers: (origin, addresses) => this.#foundPeers(origin, addresses),
        emit,
        onFailed,
      },
    })
  }

  /** Connects to these peers, and looks for more. */
  start(peers: readonly Endpoint[]): void {
    this.addPeers(peers)
    this.#finder?.start()
  }

  /** Connects to peers that a person named. */
  addPeers(peers: readonly Endpoint[]): void {
    addNamedPeers(this.swarm.book, peers, this.#emit)
    this.swarm.dial()
  }

  /** Asks these trackers instead of those before. */
  setTrackers(tiers: readonly (readonly string[])[]): void {
    this.#finder?.setTrackers(tiers)
  }

  announceNow(): void {
    this.#finder?.announceNow()
  }

  trackers(): readonly TrackerSnapshot[] {
    return this.#finder?.trackers() ?? []
  }

  /** Where peers are found besides. */
  sources(): readonly SourceSnapshot[] {
    return this.#finder?.sources() ?? []
  }

  /** A v2 torrent with the hashes of its pieces; a hybrid one can do without. `undefined` = stopped meanwhile. */
  async withLayers(metainfo: Metainfo): Promise<Metainfo | undefined> {
    const pieceLayers = await this.swarm.fetchLayers(metainfo)
    if (pieceLayers === 'stopped') return undefined
    return pieceLayers === 'nobody-tells' ? metainfo : { ...metainfo, pieceLayers }
  }

  /** What the live torrent may take over. */
  inheritance(): Inheritance {
    const { swarm } = this
    return {
      book: swarm.book,
      takeConnections: () => swarm.takeConnections(),
      takeFinder: () => {
        const finder = this.#finder
        this.#finder = undefined
        return finder
      },
    }
  }

  /** Closes the connections that nobody has taken; resolves when trackers were told. */
  async stop(): Promise<void> {
    const finder = this.#finder
    this.#finder = undefined
    this.swarm.stop()
    await finder?.stop()
  }

  #foundPeers(origin: PeerOrigin, addresses: readonly Endpoint[]): void {
    for (const address of addresses) this.swarm.book.add(address, origin)
    this.swarm.dial()
  }
}
