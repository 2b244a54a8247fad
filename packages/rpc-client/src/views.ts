// What the daemon tells its faces, as plain JSON. Rates are bytes per second of payload, lengths bytes, times milliseconds
// since 1970 (0 = never), shares 0 to 1. Texts that came from strangers are as they came: whoever shows them escapes them.

/** Where a torrent is in its life. */
export type Phase =
  | 'starting'
  | 'metadata'
  | 'checking'
  | 'queued'
  | 'downloading'
  | 'seeding'
  | 'finished'
  | 'paused'
  | 'failed'

/** One torrent in the list: everything that a row shows. */
export interface TorrentRow {
  readonly id: number
  /** Lower-case hexadecimal, 40 digits. */
  readonly infoHash: string
  readonly name: string
  readonly phase: Phase
  /** Why, in one line, when the phase is `failed`, or `paused` by nobody's wish; else ''. */
  readonly error: string
  readonly labels: readonly string[]
  readonly directory: string
  /** 0 while a magnet link's metadata is not known. */
  readonly totalLength: number
  readonly wantedLength: number
  readonly wantedDone: number
  /** Of the check while `checking`, of the metadata while `metadata`, else of the wanted data. */
  readonly progress: number
  readonly downloadBps: number
  readonly uploadBps: number
  readonly downloaded: number
  readonly uploaded: number
  /** Seconds; -1 = unknown or never. */
  readonly etaS: number
  readonly connections: number
  /** As the best tracker says; -1 = unknown. */
  readonly seeders: number
  readonly leechers: number
  /** Host of its first tracker, or ''. */
  readonly trackerHost: string
  readonly isPrivate: boolean
  /** Whether its pieces are fetched in order. Absent = the daemon is older. */
  readonly isSequential?: boolean
  /** From 1; 0 = not in the queue. */
  readonly queuePosition: number
  readonly downloadLimitBps: number
  readonly uploadLimitBps: number
  readonly addedAtMs: number
  readonly completedAtMs: number
  readonly activeAtMs: number
}

/** The whole session in numbers. */
export interface SessionView {
  readonly version: string
  readonly startedAtMs: number
  readonly port: number
  readonly externalIps: readonly string[]
  readonly downloadBps: number
  readonly uploadBps: number
  readonly downloaded: number
  readonly uploaded: number
  /** 0 = none. */
  readonly downloadLimitBps: number
  readonly uploadLimitBps: number
  readonly connections: number
  readonly dhtNodes: number
  /** Of the download folder's disk; -1 = unknown. */
  readonly freeBytes: number
}

/** What changed since `since`: apply in order. A full one (`isFull`) replaces everything that was known. */
export interface StateDelta {
  readonly revision: number
  readonly isFull: boolean
  readonly session: SessionView
  /** Whole rows of torrents that are new or changed. */
  readonly torrents: readonly TorrentRow[]
  /** Ids of torrents that are gone. */
  readonly removed: readonly number[]
}

/** What changed in a row: its id, and the fields that are other than before. */
export type RowChange = Pick<TorrentRow, 'id'> & Partial<TorrentRow>

/** What changed, for a receiver that keeps the rows: `torrents` are those that it does not have. */
export interface StateChanges extends StateDelta {
  /** In rows that the receiver has. Absent = the daemon is older, and all that changed are in `torrents`. */
  readonly changed?: readonly RowChange[]
}

/** One file of a torrent. */
export interface FileView {
  readonly index: number
  /** Components joined by `/`. */
  readonly path: string
  readonly length: number
  readonly done: number
  /** 0 = not downloaded, 1 to 7; 4 is normal. */
  readonly priority: number
}

/** One connection of a torrent. */
export interface PeerView {
  readonly address: string
  readonly client: string
  readonly direction: 'in' | 'out'
  readonly transport: 'tcp' | 'utp'
  readonly isEncrypted: boolean
  readonly progress: number
  readonly downloadBps: number
  readonly uploadBps: number
  readonly downloaded: number
  readonly uploaded: number
  readonly requests: number
  readonly requestWindow: number
  readonly amInterested: boolean
  readonly amChoking: boolean
  readonly peerInterested: boolean
  readonly peerChoking: boolean
  readonly isSnubbed: boolean
  /** What moves now, and whether the peer did what it said: 0 to 1 each. Absent = the daemon is older. */
  readonly quality?: number
  readonly reliability?: number
  /** What the last request that was timed took; absent before the first. */
  readonly latencyMs?: number
}

/** One tracker of a torrent. */
export interface TrackerView {
  readonly url: string
  readonly tier: number
  readonly state: 'idle' | 'announcing' | 'working' | 'failed'
  readonly error: string
  /** Milliseconds until the next announce; -1 = none planned. */
  readonly nextAnnounceInMs: number
  /** Addresses that it gave so far, repeats included. Absent = the daemon is older. */
  readonly peersReceived?: number
  readonly seeders: number
  readonly leechers: number
}

/** Where peers are found besides trackers. */
export interface SourceView {
  readonly kind: 'dht' | 'lsd' | 'pex'
  readonly state: 'asking' | 'idle'
  /** Addresses that it gave so far, repeats included. */
  readonly peersReceived: number
  /** Milliseconds; -1 = while it is asked, and where others decide when. */
  readonly nextAnnounceInMs: number
}

/** Everything about one torrent that is not in its row. */
export interface TorrentDetail {
  readonly row: TorrentRow
  readonly pieceLength: number
  readonly pieces: number
  /** A bit per piece in wire order, base64. */
  readonly have: string
  readonly comment: string
  readonly creator: string
  readonly createdAtMs: number
  readonly magnet: string
  readonly files: readonly FileView[]
  readonly peers: readonly PeerView[]
  readonly trackers: readonly TrackerView[]
  readonly webSeeds: readonly { readonly url: string; readonly state: string; readonly downloadBps: number }[]
  readonly wasted: { readonly hashFailed: number; readonly duplicate: number; readonly unrequested: number }
  readonly knownPeers: number
  readonly bannedPeers: number
  // What follows is absent where the daemon is older.
  /**
   * A byte per equal part of the torrent, base64, at most 1024: how many connections have the rarest of its missing pieces,
   * or of all when none is missing; 255 = so many or more. '' while it does not run.
   */
  readonly availability?: string
  readonly sources?: readonly SourceView[]
  /** Nothing more is asked for: what has come waits to be hashed and written. */
  readonly lacksMemory?: boolean
  /** How it came, when nobody has handed it over. */
  readonly origin?: { readonly file?: string; readonly watchFolder?: string }
  /** What was found on this machine by its chunks, by the file it was in (at most 32); absent where chunks are not used. */
  readonly reused?: {
    readonly bytes: number
    readonly from: readonly { readonly path: string; readonly bytes: number }[]
    /** What the index of chunks holds, and its bytes on disk; absent where the daemon is older. */
    readonly index?: { readonly files: number; readonly chunks: number; readonly bytes: number }
  }
}

/** What is inside a torrent that is not added yet. */
export interface Preview {
  readonly infoHash: string
  readonly name: string
  readonly totalLength: number
  readonly isPrivate: boolean
  /** Empty for a magnet link. */
  readonly files: readonly { readonly index: number; readonly path: string; readonly length: number }[]
}

/** Process and machine. */
export interface SystemView {
  readonly rssBytes: number
  readonly heapBytes: number
  /** Share of one core over the last second. */
  readonly cpu: number
  /** How busy each core of the machine was over the last second, 0 to 1 each. Absent = the daemon is older. */
  readonly cores?: readonly number[]
  /** Open TCP and UDP sockets. Absent = the daemon is older. */
  readonly sockets?: number
  /** Milliseconds over the last ten seconds. */
  readonly loopDelayP99Ms: number
  readonly disk: {
    readonly queuedBytes: number
    readonly openBytes: number
    readonly cacheBytes: number
    readonly cacheHits: number
    readonly cacheMisses: number
    readonly writtenBytes: number
    readonly readBytes: number
  }
}

/** One line of the log. */
export interface LogLine {
  readonly atMs: number
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly area: string
  /** '' = of no torrent. */
  readonly infoHash: string
  readonly text: string
}
