// What the peer finder asks of every kind of source.

import type { Endpoint } from '@ccbt/address'
import type { AnnounceStats } from '@ccbt/discovery'

import type { SourceSnapshot } from '../snapshot.ts'

/** What sources are told about the torrent's state. */
export interface FinderFacts {
  readonly stats: AnnounceStats
  /** Whether addresses of peers are of any use now. */
  readonly wantPeers: boolean
}

/** One kind of source, for one torrent. */
export interface PeerSource {
  start(): void
  /** Asks again as soon as the source allows it. */
  announceNow(): void
  /** The download is complete. */
  completed(): void
  /** Ends all asking, within 3 s. */
  stop(): Promise<void>
}

/** A source that everybody can listen to. */
export interface OpenSource extends PeerSource {
  describe(): SourceSnapshot
}

/** Takes the addresses that a source has found. */
export type TakePeers = (addresses: readonly Endpoint[]) => void
