// Plain, JSON-able data about a session: what faces (terminal, RPC, page) draw. Rates are bytes per second of payload.

import type { DiskStats } from '@ccbt/disk-io'
import type { DhtStats } from '@ccbt/discovery'
import type { Transport } from '@ccbt/transport'

import type { PeerOrigin } from './peer/peer-book.ts'
import type { QualityCounts } from './peer/peer-scores.ts'
import type { QueuePlace } from './queue/torrent-queue.ts'
import type { PeerCount, Traffic } from './stats/traffic.ts'

/** Where a torrent is in its life. */
export type TorrentPhase =
  | 'metadata'
  | 'checking'
  | 'downloading'
  | 'seeding'
  | 'finished'
  /** It waits for others to end or to stall. */
  | 'queued'
  | 'paused'
  | 'failed'

/** One connection. */
export interface PeerSnapshot {
  readonly address: string
  readonly client: string
  readonly direction: 'in' | 'out'
  /** Who told its address. */
  readonly origin: PeerOrigin
  readonly transport: Transport
  readonly isEncrypted: boolean
  readonly progress: number
  readonly downloadBps: number
  readonly uploadBps: number
  readonly downloaded: number
  readonly uploaded: number
  /** Requests waiting for an answer, and how many this connection may have. */
  readonly requests: number
  readonly requestWindow: number
  readonly amInterested: boolean
  readonly amChoking: boolean
  readonly peerInterested: boolean
  readonly peerChoking: boolean
  readonly isSnubbed: boolean
  /** What the last request that was timed took; absent before the first. */
  readonly latencyMs?: number
  /** What moves now, and whether the peer did what it said: 0 to 1 each (see peer-scores.ts). */
  readonly quality: number
  readonly reliability: number
}

/** One tracker of a torrent. */
export interface TrackerSnapshot {
  readonly url: string
  readonly tier: number
  readonly state: 'idle' | 'announcing' | 'working' | 'failed'
  readonly error?: string
  readonly nextAnnounceInMs?: number
  /** Since the latest try; absent before the first. */
  readonly lastAnnounceAgoMs?: number
  /** Addresses that it gave so far, repeats included. */
  readonly peersReceived: number
  readonly seeders?: number
  readonly leechers?: number
  /** Completed downloads, as it says. */
  readonly downloaded?: number
}

/** Where a public torrent finds peers besides its trackers. */
export interface SourceSnapshot {
  readonly kind: 'dht' | 'lsd' | 'pex'
  readonly state: 'asking' | 'idle'
  /** Addresses that it gave so far, repeats included. */
  readonly peersReceived: number
  /** Absent while it is asked, and where others decide when. */
  readonly nextAnnounceInMs?: number
}

/** One web seed of a torrent. */
export interface WebSeedSnapshot {
  /** Without user name, password and query. */
  readonly url: string
  /** `waiting`: it failed and is tried again. `failed`, `banned`: it is not. */
  readonly state: 'idle' | 'fetching' | 'waiting' | 'failed' | 'banned'
  readonly downloadBps: number
  readonly downloaded: number
  readonly error?: string
  readonly nextTryInMs?: number
}

/** How far the metadata of a magnet link is. */
export interface MetadataSnapshot {
  /** Of 16 KiB; 0 as long as no peer has told. */
  readonly pieces: number
  readonly piecesDone: number
  /** Peers that say that they have it. */
  readonly peers: number
}

/** Bytes that were received and are of no use, by reason. */
export interface WastedBytes {
  readonly hashFailed: number
  readonly duplicate: number
  readonly unrequested: number
}

/** What was found on this machine. */
export interface ReuseSnapshot {
  /** Verified bytes of all files. */
  readonly bytes: number
  /** By file that they were read from; at most 32. */
  readonly from: readonly { readonly path: string; readonly bytes: number }[]
  /** Where it is looked for: the files and chunks of the index, and its bytes on disk. */
  readonly index: { readonly files: number; readonly chunks: number; readonly bytes: number }
}

/** One file of a torrent. */
export interface FileSnapshot {
  /** Where it is below the torrent's folder on disk: the last part is its name. */
  readonly path: readonly string[]
  readonly length: number
  /** Zeros between two files, never stored. */
  readonly isPad: boolean
  /** 0 = not wanted, 4 = normal, 7 = most. */
  readonly priority: number
}

/** One torrent in numbers: what lists of thousands show, cheap to make. */
export interface TorrentSummary {
  /** Lower-case hexadecimal v1 infohash (or truncated v2). */
  readonly infoHash: string
  /** Safe to print and provisional while the phase is `metadata`. */
  readonly name: string
  readonly directory: string
  readonly phase: TorrentPhase
  readonly label?: string
  /** Limits of this torrent alone; absent = none. */
  readonly downloadLimitBps?: number
  readonly uploadLimitBps?: number
  readonly queue?: QueuePlace
  /** Why, in one line, when the phase is `failed`. */
  readonly error?: string
  /** There while the phase is `metadata`; then nothing is known of files and pieces. */
  readonly metadata?: MetadataSnapshot
  readonly pieces: number
  readonly piecesDone: number
  /** Bytes of the selected files, of them verified, and all bytes of the torrent. */
  readonly wantedLength: number
  readonly wantedDone: number
  readonly totalLength: number
  /** Pieces hashed so far while `checking`. */
  readonly checked: number
  readonly downloadBps: number
  readonly uploadBps: number
  /** Payload bytes since the torrent was added, over all runs. */
  readonly downloaded: number
  readonly uploaded: number
  readonly connections: number
  /** Connections that data is coming in by, and that it is going out by. */
  readonly sending: number
  readonly receiving: number
  /** Seconds to go at the present rate; absent when unknown. */
  readonly etaS?: number
  readonly isPrivate: boolean
}

/** One torrent with everybody it deals with. */
export interface TorrentSnapshot extends TorrentSummary {
  readonly wasted: WastedBytes
  /** Blocks are not asked for because what has come still waits to be hashed and written. */
  readonly lacksMemory: boolean
  readonly knownPeers: number
  readonly bannedPeers: number
  readonly peers: readonly PeerSnapshot[]
  readonly trackers: readonly TrackerSnapshot[]
  /** One of each kind that is in use. */
  readonly sources: readonly SourceSnapshot[]
  readonly webSeeds: readonly WebSeedSnapshot[]
  /**
   * For each of so many equal parts of the torrent as were asked for: how many connections have the rarest of its missing
   * pieces, or of all when none is missing; 255 = so many or more. Empty while it does not run.
   */
  readonly availability: readonly number[]
  /** While the torrent runs in a session that uses chunks. */
  readonly reused?: ReuseSnapshot
}

/** What a session has counted since it began, for metrics: numbers that only grow but for `peers`, `dht` and memory. */
export interface SessionStatistics {
  readonly traffic: Readonly<Traffic>
  readonly peers: readonly PeerCount[]
  /** The same connections by their quality. */
  readonly qualities: Readonly<QualityCounts>
  readonly disk: DiskStats
  /** Absent while there is no node. */
  readonly dht?: DhtStats
}

/** The session without its torrents: cheap to make, however many they are. */
export interface SessionSummary {
  readonly port: number
  /** Our addresses as peers, trackers, the DHT and the gateway see them; absent while too few agree. */
  readonly externalIps: { readonly v4?: string; readonly v6?: string }
  /** The limits that hold now, bytes per second; 0 = none. */
  readonly downloadLimitBps: number
  readonly uploadLimitBps: number
  /** Whether these are the alternative ones. */
  readonly usesAlternativeLimits: boolean
  /** In the table of our DHT node; 0 without one. */
  readonly dhtNodes: number
  readonly disk: DiskStats
}

/** The whole session. */
export interface SessionSnapshot extends SessionSummary {
  readonly downloadBps: number
  readonly uploadBps: number
  readonly connections: number
  readonly torrents: readonly TorrentSnapshot[]
}
