// The shape of a parsed torrent. Everything in it is checked; views refer to the bytes it was parsed from.

/** One file of a torrent. Lengths and offsets in bytes. */
export interface MetainfoFile {
  /** Safe, portable components below the download folder; in a multi-file torrent the first is the torrent's name. */
  readonly path: readonly string[]
  /** The path as in the torrent, for display only and through `displayText`. */
  readonly rawPath: string
  readonly length: number
  /** Where the file starts in the torrent's byte space. */
  readonly offset: number
  /** Padding (BEP 47): zero bytes, never written. */
  readonly isPad: boolean
  readonly isExecutable: boolean
  /** Where a symbolic link leads (BEP 47), a path like `path`: always a real file or folder of this torrent. */
  readonly symlinkTarget?: readonly string[]
  /** Root of the file's Merkle tree (BEP 52): 32 bytes. */
  readonly piecesRoot?: Uint8Array
}

import type { HostPort } from './host.ts'
import type { XetHashes } from './xet-hashes.ts'

/** A valid torrent. */
export interface Metainfo {
  readonly kind: 'v1' | 'v2' | 'hybrid'
  /** The torrent's name made portable. */
  readonly name: string
  /** 20 bytes, as used on the wire: the v1 hash, without one the start of the v2 hash. */
  readonly infoHash: Uint8Array
  /** SHA-1 of the info dictionary: 20 bytes. */
  readonly infoHashV1?: Uint8Array
  /** SHA-256 of the info dictionary (BEP 52): 32 bytes. */
  readonly infoHashV2?: Uint8Array
  /** The info dictionary as it was written. */
  readonly infoBytes: Uint8Array
  /** Bytes; a multiple of 16 KiB unless there is only one piece. */
  readonly pieceLength: number
  /** Bytes, padding included. */
  readonly totalLength: number
  /** 20 bytes for each piece; empty when `kind` is v2. */
  readonly pieceHashes: Uint8Array
  /**
   * By hexadecimal `piecesRoot`, the SHA-256 hashes (32 bytes each) of the pieces of every file longer than a piece,
   * proven against the root (BEP 52). Empty for v1, and as long as only the info dictionary is known.
   */
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>
  /** In the order of the byte space. A v2 torrent's gaps between files are filled with pad files, as a hybrid has them. */
  readonly files: readonly MetainfoFile[]
  readonly isMultiFile: boolean
  /** No DHT, no peer exchange, no local discovery (BEP 27). */
  readonly isPrivate: boolean
  /** Tiers of http, https, udp, ws and wss URLs without repetition, at most 100 (BEP 12). Whether to use a local address is not decided here. */
  readonly trackers: readonly (readonly string[])[]
  /** http and https URLs (BEP 19). */
  readonly webSeeds: readonly string[]
  /** http and https URLs (BEP 17). */
  readonly httpSeeds: readonly string[]
  /** Nodes to reach the DHT by (BEP 5). Empty for a private torrent. */
  readonly nodes: readonly HostPort[]
  /** Info-hashes, 20 bytes each, of torrents that may have files in common with this one, at most 100 (BEP 38). */
  readonly similar: readonly Uint8Array[]
  /** Names of groups of torrents that may have files in common, at most 100 (BEP 38); to show through `displayText`. */
  readonly collections: readonly string[]
  readonly comment?: string
  readonly createdBy?: string
  /** Unix seconds. */
  readonly creationDate?: number
  readonly source?: string
  /** Hashes of the files as Xet makes them: hints. Only from a torrent file. */
  readonly xet?: XetHashes
  /** What was wrong but let pass, in words for the user. */
  readonly warnings: readonly string[]
}

/** What a torrent may ask for. */
export interface MetainfoLimits {
  /** Default 200 000. */
  readonly maxFiles?: number
  /** Default 2^21, as in libtorrent: 40 MB of hashes. */
  readonly maxPieces?: number
}
