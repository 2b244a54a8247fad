// What the caller of the library may decide. Every number carries its unit in its name; defaults are beside the key.

import type { BindAddresses, Endpoint } from '@ccbt/address'
import type { DiskIo } from '@ccbt/disk-io'
import type { Clock, Random } from '@ccbt/primitives'
import type { Magnet, Metainfo, MetainfoFile } from '@ccbt/metainfo'
import type { SocketFactory } from '@ccbt/transport'

import type { AlternativeLimitsOptions } from './limit/alternative-limits.ts'
import type { CountedBytes } from './limit/peer-limits.ts'
import type { RatePair } from './limit/session-limits.ts'
import type { QueueLimits } from './queue/torrent-queue.ts'
import type { ProxyOptions } from './proxying.ts'
import type { ChokingPolicy } from './upload/choking-policy.ts'
import type { PieceStrategy } from './torrent/strategy.ts'
import type { SeedingGoalAction } from './torrent/seeding-goal.ts'
import type { PeerTracer } from './peer/message-trace.ts'
import type { SessionObserver } from './stats/observer.ts'
import type { EncryptionPolicy } from './peer/encryption-policy.ts'
import type { TransportChoice } from './peer/session-sockets.ts'

/** Settings of a session. */
export interface SessionOptions {
  /** Where resume records and locks live; made when missing. */
  readonly stateDir: string
  /** Port for incoming connections on TCP and UDP; 0 = any free one. Default 0. */
  readonly port?: number
  /**
   * Local address of every socket, or one for each address family: a family without one is not used. Default: all
   * interfaces.
   */
  readonly bind?: string | BindAddresses
  /**
   * Carries traffic out of this machine. What goes through it never goes straight, also not while it is down. With a proxy
   * for peers nothing is listened on, nobody is looked for on the local network and no gateway is asked, and `port`, `lsd`
   * and `portMapping` have no effect; uTP and the DHT are used if it carries UDP. Default: none.
   */
  readonly proxy?: ProxyOptions
  /** What carries connections to peers. Default: TCP, and uTP where that does not get through. */
  readonly transports?: TransportChoice
  /** Whether connections to peers are encrypted. Default 'allowed'. */
  readonly encryption?: EncryptionPolicy
  /**
   * Looks for the peers of public torrents in the DHT (BEP 5) and answers other nodes. Absent = not used. Hosts in
   * `bootstrap` are asked when no node is known from an earlier run.
   */
  readonly dht?: { readonly bootstrap: readonly Endpoint[] }
  /** Whether peers of public torrents are looked for on the local network (BEP 14). Default false. */
  readonly lsd?: boolean
  /** Whether addresses are exchanged with the peers of public torrents (BEP 11). Default true. */
  readonly pex?: boolean
  /** Whether the gateway is asked to let peers in (PCP, NAT-PMP, UPnP). Default false. */
  readonly portMapping?: boolean
  /**
   * Files of addresses that no peer may have: eMule's `.dat`, PeerGuardian's `.p2p` or networks in CIDR form, compressed
   * with gzip or not. Read again when they change. Holds for peers of every origin, not for trackers, web seeds and nodes
   * of the DHT.
   */
  readonly ipFilter?: readonly string[]
  /** Connections per torrent. Default 80. */
  readonly maxPeers?: number
  /** How many torrents run at a time; the others wait in the order in which they were added. Default: all run. */
  readonly queue?: QueueLimits
  /** Peers of a torrent that may download from us at a time; 0 = nobody. Default: as many as suit the upload rate. */
  readonly uploadSlots?: number
  /** Payload limit over all torrents, bytes per second; 0 = none. Default 0. */
  readonly downloadLimitBps?: number
  /** Payload limit over all torrents, bytes per second; 0 = none. Default 0. */
  readonly uploadLimitBps?: number
  /** Limits over all torrents with a label, by label. */
  readonly labelLimits?: Readonly<Record<string, RatePair>>
  /**
   * Peers of the local network keep to these limits and to no others, 0 = none; in a direction that is absent they are
   * limited as all peers are.
   */
  readonly localLimits?: RatePair
  /** Hold instead of `downloadLimitBps` and `uploadLimitBps` at the hours of their schedule, or on command. */
  readonly alternativeLimits?: AlternativeLimitsOptions
  /** What all limits are about. Default 'payload'. */
  readonly limitsCount?: CountedBytes
  /** Memory for pieces being received or written. Default 128 MiB. */
  readonly writeBudgetBytes?: number
  /** Memory for pieces being served. Default 32 MiB. */
  readonly readCacheBytes?: number
  /** Threads that hash and write. Default: one per core, 2 to 4. */
  readonly hashWorkers?: number
  /** Largest metadata that is fetched for a magnet link, at most 64 MiB. Default 16 MiB. */
  readonly maxMetadataBytes?: number
  /** Finds data of new torrents in files that are on this machine already. Absent = everything is downloaded. */
  readonly xet?: XetOptions
  /** Client name and version as peers and trackers see it. Default `ccbt/<version>`. */
  readonly userAgent?: string
}

/** How content-defined chunks are used. */
export interface XetOptions {
  /** The index of the chunks of local files, made when missing; see `createChunkIndex`. Complete torrents are added. */
  readonly index: string
  /**
   * Whether anybody may fetch content of public torrents by its hash, without the torrent. Who asks learns what is here.
   * Default false.
   */
  readonly share?: boolean
  /**
   * Keys of shared content that are announced at most, in the DHT and on each of `trackers`, so that its hash alone leads here;
   * 1200 are the most that ever are. Nothing without `share`. Default 0.
   */
  readonly announce?: number
  /** Announce URLs of trackers that take keys of content. Default none. */
  readonly trackers?: readonly string[]
}

/** Parts that may be given instead of the default ones. */
export interface SessionParts {
  readonly clock: Clock
  readonly random: Random
  /** Makes every connection to a peer; `bind` of the session has no effect on it. */
  readonly sockets: SocketFactory
  /** Who may download from us. */
  readonly choking: ChokingPolicy
  /** The time of day, for schedules. */
  readonly wallClock: () => Date
  /** Disk access that several sessions share, or that was started earlier; whoever made it disposes it. */
  readonly disk: DiskIo
  /** Hears how long things take: for metrics. A `disk` that is given has an observer of its own. */
  readonly observer: SessionObserver
  /** Hears what is said between peers and us, of those that it wants to hear of. */
  readonly tracer: PeerTracer
}

/** How much of a disk a file takes before it is written. */
export type Preallocation = 'none' | 'sparse' | 'full'

/** What is done with data that is already on disk when a torrent is added. */
export type CheckMode =
  /** Trust a matching resume record, hash what is there when there is none. */
  | 'auto'
  /** Hash everything that is there. */
  | 'full'
  /** Believe that complete files are right: for seeding data known to be good. */
  | 'skip'

/** Settings of one torrent. */
export interface AddOptions {
  /** Folder that the torrent's file or folder goes into. */
  readonly directory: string
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  /** How much each file is wanted, 0 = not at all, 4 = normal, 7 = most; goes before `select`. */
  readonly priorities?: readonly number[]
  /**
   * Glob patterns of files that are not wanted, and of those that are wanted and no others; when files are chosen in none
   * of the other ways. Upper and lower case are the same. For magnet links too.
   */
  readonly exclude?: readonly string[]
  readonly allowOnly?: readonly string[]
  /** The same for files that come before all others, and for those that come after; when there are no `priorities`. */
  readonly high?: readonly string[]
  readonly low?: readonly string[]
  /** Whether the first and last pieces of each file come before all others, as players look at them first. Default false. */
  readonly firstLastFirst?: boolean
  /**
   * Chooses the files as soon as they are known, when `select` is absent: for magnet links. What it throws fails the
   * torrent. A link may choose as well (BEP 53); this goes before.
   */
  readonly chooseFiles?: (files: readonly MetainfoFile[]) => readonly number[]
  /** Fetch and save the metadata of a magnet link, then finish. Default false. */
  readonly metadataOnly?: boolean
  /** The order of the pieces. Default 'rarest'. */
  readonly strategy?: PieceStrategy
  /** The same as the strategy `sequential`, when there is no `strategy`. Default false. */
  readonly sequential?: boolean
  /**
   * When the user has added it, milliseconds since 1970: a move of it from before then, which a torrent that is gone has left
   * behind, is not followed. Default 0.
   */
  readonly addedAtMs?: number
  /** Peers to connect to at once, `host:port` or `[v6]:port`. */
  readonly peers?: readonly string[]
  /** Web seeds (BEP 19) besides those in the torrent: http and https URLs. */
  readonly webSeeds?: readonly string[]
  /** Look at what is on disk, then wait for the command to resume. Default false. */
  readonly paused?: boolean
  /** Default 'auto'. */
  readonly check?: CheckMode
  /**
   * What another session knows of the data, as its `TorrentHandle.record()` gave it: taken when this one knows nothing yet,
   * for the same folder, and believed as far as the files are as they were.
   */
  readonly record?: string
  /**
   * When none of the files is there any more, such as when their disk is not mounted, the torrent fails with
   * TORRENT_FILES_MISSING instead of being fetched again; the command to verify fetches it again. Default false.
   */
  readonly expectsFiles?: boolean
  /** Default 'sparse'. */
  readonly preallocate?: Preallocation
  /** Whether to ask the torrent's trackers. Default true. */
  readonly trackers?: boolean
  /** Asked instead of those in the torrent or link: those of the first tier come first. */
  readonly trackerTiers?: readonly (readonly string[])[]
  /**
   * For the only one who has the data: shows each peer one piece after the other, so that little is uploaded twice
   * (BEP 16). Has no effect when something is missing at the start. Default false.
   */
  readonly superSeed?: boolean
  /** Payload limits of this torrent, bytes per second; 0 = none. Default 0. */
  readonly downloadLimitBps?: number
  readonly uploadLimitBps?: number
  /** As in the session's options, which hold when these are absent. */
  readonly maxPeers?: number
  readonly uploadSlots?: number
  /** False = this torrent goes without, whatever the session does; a session without them has them for no torrent. */
  readonly dht?: boolean
  readonly lsd?: boolean
  readonly pex?: boolean
  /** As in the session's options, which say how the listening port answers encrypted handshakes. */
  readonly encryption?: EncryptionPolicy
  /** A name that torrents may have in common; limits can be set for all of them together. */
  readonly label?: string
  /** Stop seeding when uploaded / size reaches this. */
  readonly seedRatio?: number
  /** Stop seeding after this long. */
  readonly seedTimeMs?: number
  /** Stop seeding when nobody has downloaded anything for so long. */
  readonly seedIdleMs?: number
  /** What happens when one of these is reached. Default 'stop'. */
  readonly seedGoalAction?: SeedingGoalAction
  /** Runs whatever the queue says, and takes no place in it. Default false. */
  readonly forceStart?: boolean
  /** Disconnect and finish when complete instead of seeding. Default false. */
  readonly stopWhenComplete?: boolean
}

/** A torrent to add: the bytes of a torrent file, a magnet link, or what `parseTorrent` or `parseMagnet` made of them. */
export type TorrentSource = Uint8Array | Metainfo | string | Magnet
