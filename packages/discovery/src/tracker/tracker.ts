// The contract between those who announce and those who speak to trackers (BEP 3, 7, 15, 23, 24, 31, 41, 48).

import type { IpFamily } from '@ccbt/address'

import type { PeerAddress } from '../peer-address.ts'

/** What happened to the torrent; `update` is the regular announce. */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'update'

/** Payload bytes of this session as trackers count them. */
export interface AnnounceStats {
  readonly uploaded: number
  readonly downloaded: number
  /** Bytes still missing; 0 for a seed. */
  readonly left: number
}

/** One announce. */
export interface TrackerRequest {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Port that peers can connect to. */
  readonly port: number
  readonly event: AnnounceEvent
  readonly stats: AnnounceStats
  /** Peers wanted; more than 200 are never asked for. */
  readonly numWant: number
  /** u32, random per session: lets a tracker know us after a change of address. */
  readonly key: number
  /** What this tracker gave as its id in an earlier answer (HTTP only). */
  readonly trackerId?: Uint8Array
  /** Announces from an address of this family only (BEP 7). Absent: of whichever the tracker's name gives first. */
  readonly family?: IpFamily
}

/** What a tracker answered, with every number in bounds. */
export interface TrackerResponse {
  /** Seconds until the next regular announce: 60 to 86,400, from 1 on for a tracker named by a local address. */
  readonly intervalS: number
  /** No announce earlier than this, unless something happens; at most `intervalS`. */
  readonly minIntervalS?: number
  /** At most 2000, without repeats; none that cannot be connected to. */
  readonly peers: readonly PeerAddress[]
  readonly seeders?: number
  readonly leechers?: number
  /** Completed downloads. */
  readonly downloaded?: number
  /** Text for a person, at most 512 characters. */
  readonly warning?: string
  readonly trackerId?: Uint8Array
  /** Our address as the tracker sees it (BEP 24). */
  readonly externalIp?: string
}

/** What a tracker knows about one torrent (BEP 48). */
export interface ScrapeCounts {
  readonly seeders: number
  readonly leechers: number
  /** Completed downloads. */
  readonly downloaded: number
}

/** Speaks to trackers. */
export interface TrackerClient {
  /** The address families that announces may use; the other one is closed to them, by a bind address. */
  readonly families: readonly IpFamily[]
  /**
   * Announces once, when it is this announce's turn: then it calls `onTurn`; at once when the tracker is not answering
   * others, for then nobody should count on it. Rejects with a CcbtError TRACKER_*, or ABORTED.
   */
  announce(url: string, request: TrackerRequest, signal: AbortSignal, onTurn?: () => void): Promise<TrackerResponse>
  /**
   * Asks about torrents given by their 20-byte hashes, some dozens in a request. The result is in their order, with
   * `undefined` for those that the tracker does not know. Rejects with a CcbtError TRACKER_*, or ABORTED.
   */
  scrape(
    url: string,
    infoHashes: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<readonly (ScrapeCounts | undefined)[]>
}
