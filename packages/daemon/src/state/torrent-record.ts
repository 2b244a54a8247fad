// What the daemon remembers of a torrent over restarts. Progress is not in here: the resume record beside the data's lock
// has it.

/** What the user decided about a torrent. */
export interface TorrentSettings {
  /** Folder that the torrent's file or folder goes into. */
  readonly directory: string
  /** The user stopped it. */
  readonly isPaused: boolean
  readonly labels: readonly string[]
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  readonly sequential?: boolean
  /** Overrides the session's; 0 = no limit. */
  readonly seedRatio?: number
  readonly maxPeers?: number
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
