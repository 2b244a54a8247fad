// The contract between those who announce and those who speak to trackers (BEP 3, 7, 15, 23, 24, 31, 41).

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

/** Speaks to trackers. */
export interface TrackerClient {
  /** Announces once. Rejects with a CcbtError TRACKER_*, or ABORTED. */
  announce(url: string, request: TrackerRequest, signal: AbortSignal): Promise<TrackerResponse>
}
