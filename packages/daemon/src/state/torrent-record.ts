// What the daemon remembers of a torrent over restarts. Progress is not in here: the resume record beside the data's lock
// has it.

import type { TorrentFacts } from '@ccbt/metainfo'

/** A limit that keeps its value while it is off. */
export interface OwnLimit {
  readonly isOn: boolean
  /** Bytes per second. */
  readonly bps: number
}

/** A seeding goal of one torrent: that of the session, one of its own, or none. */
export interface OwnGoal {
  readonly mode: 'session' | 'own' | 'none'
  /** Its own; kept while it does not hold. */
  readonly limit: number
}

/** How a torrent came that nobody has handed over. */
export type TorrentOrigin = Pick<TorrentFacts, 'file' | 'watchFolder'>

/** What the user decided about a torrent. */
export interface TorrentSettings {
  /** Folder that the torrent's file or folder goes into. */
  readonly directory: string
  /** Folder that it is in until it is complete; absent = it is where it belongs. */
  readonly incompleteDirectory?: string | undefined
  /** The user stopped it. */
  readonly isPaused: boolean
  readonly labels: readonly string[]
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  /** Of each file, 1 to 7, 4 is normal; absent = all are normal. A file that is not selected keeps its own. */
  readonly priorities?: readonly number[]
  readonly sequential?: boolean
  /** The first and last pieces of each file come first. */
  readonly firstLastFirst?: boolean
  /** Shows each peer one piece after the other while it seeds. */
  readonly superSeed?: boolean
  readonly downloadLimit?: OwnLimit
  readonly uploadLimit?: OwnLimit
  /** Bytes up per byte of the torrent. */
  readonly ratioGoal?: OwnGoal
  /** Minutes without upload. */
  readonly idleGoal?: OwnGoal
  /** Minutes of seeding; `session` = none. */
  readonly timeGoal?: OwnGoal
  /** Connections; absent = as many as the session's torrents have. */
  readonly maxPeers?: number
  /** Tiers of URLs instead of those in the torrent. */
  readonly trackers?: readonly (readonly string[])[]
  /** Runs whatever the queue says. */
  readonly isForced?: boolean
  /** A magnet link that is stopped when its metadata is known. */
  readonly stopsWithMetadata?: boolean
  /** What the user calls it; its files keep their names. */
  readonly shownName?: string
  readonly origin?: TorrentOrigin
}

/** What a torrent has lived through. Times are milliseconds since 1970; 0 = never. */
export interface TorrentHistory {
  readonly addedAtMs: number
  readonly completedAtMs: number
  readonly activeAtMs: number
  readonly downloadingS: number
  readonly seedingS: number
}

/** One row. */
export interface TorrentRecord {
  /** Small number by which remote clients name it; never used again. */
  readonly id: number
  readonly infoHash: string
  readonly name: string
  /** Bytes of the torrent; 0 while a magnet link's metadata is not known. */
  readonly totalLength: number
  readonly settings: TorrentSettings
  readonly history: TorrentHistory
}

/** What a torrent is made of. */
export type StoredSource =
  | { readonly kind: 'torrent-file'; readonly bytes: Uint8Array }
  | { readonly kind: 'magnet'; readonly link: string }
