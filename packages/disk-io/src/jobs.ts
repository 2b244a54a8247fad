// What the main thread asks of the workers, as plain data. Every job carries all it needs (paths, offsets), so that a worker
// that was restarted after a crash has nothing to be told first. Types only: part of the workers' import graph.

import type { Job } from '@ccbt/worker-pool/serve'

/** A file that jobs read or write. */
export interface FileRef {
  /** Unique in the process while its store is open; names the cached descriptor. */
  readonly id: number
  /** Absolute path of the folder that must not be left; `null` = `relative` is a path that the user named: links are followed. */
  readonly root: string | null
  /** Path below `root`, components separated by `/`. */
  readonly relative: string
  /** Size to give the file when it is first written; 0 = it grows as it is written. */
  readonly reserveBytes: number
  /** Whether this process made the file: only then it may have more than one hard link. */
  isOurs: boolean
}

/** A run of bytes of a piece, segment or unit, and the place where it is stored. */
export interface Span {
  /** `undefined` = padding: zeros that are in no file (BEP 47). */
  readonly file: FileRef | undefined
  readonly fileOffset: number
  readonly length: number
  /** Where the run starts, in bytes from the start of the whole. */
  readonly at: number
}

/** What the bytes of a piece must hash to: a hybrid torrent has both. */
export interface PieceTarget {
  /** SHA-1 of the piece with so many zero bytes behind what is transferred of it. */
  readonly sha1?: { readonly digest: Uint8Array; readonly padding: number }
  readonly tree?: PieceTree
}

/** The part of a file's Merkle tree that is over one piece (BEP 52). */
export interface PieceTree {
  /** 32 bytes. */
  readonly root: Uint8Array
  /** Bytes of the file in the piece: what is behind them is not hashed. */
  readonly length: number
  /** Layers from the blocks to the root. */
  readonly layers: number
}

/** One full segment: hash it, write it, and say what has become of the piece. */
export interface SegmentJob {
  /** Names this attempt at the piece. */
  readonly pieceKey: number
  readonly buffer: ArrayBuffer
  /** Bytes of `buffer` that belong to the segment. */
  readonly length: number
  readonly spans: readonly Span[]
  /** Number of the segment in the piece, and how many there are. */
  readonly index: number
  readonly count: number
  readonly target: PieceTarget
  /** Whether a stored piece also gives its block digests. */
  readonly wantsDigests: boolean
}

export interface SegmentResult {
  readonly buffer: ArrayBuffer
  /** `partial`: written, but other segments of the piece are missing. */
  readonly outcome: 'partial' | 'stored' | 'corrupt' | 'inconsistent'
  /** Hash of each 16 KiB block of the piece, one after the other: SHA-256 where the piece has a tree, else SHA-1. */
  readonly blocks: Uint8Array | undefined
  /** Ids of the files that did not exist before. */
  readonly created: readonly number[]
  /** Milliseconds that hashing took; what was read back for it is included. */
  readonly hashMs: number
}

/** A full segment that an earlier run has written. */
export interface AdoptJob {
  readonly pieceKey: number
  readonly target: PieceTarget
  readonly index: number
  readonly length: number
  readonly spans: readonly Span[]
}

/** Hash consecutive pieces. */
export interface CheckJob {
  readonly spans: readonly Span[]
  readonly length: number
  readonly pieceLength: number
  /** What each piece must hash to. Absent: their SHA-1 is wanted. */
  readonly targets?: readonly PieceTarget[]
  /** `unreadable`: pieces in missing or short files count as wrong. `throw`: that is an error. */
  readonly onMissing: 'unreadable' | 'throw'
}

export interface CheckResult {
  /** SHA-1 of each piece; meaningless where not readable. Empty where there were targets. */
  readonly digests: Uint8Array
  /** 1 for each piece that could be read in full, and that is right where there were targets. */
  readonly good: Uint8Array
}

/** Whole pieces of a file of a v2 or hybrid torrent, or what is left of its last one. */
export interface FilePart {
  readonly file: FileRef
  readonly fileOffset: number
  readonly length: number
  /** Zeros behind it that its last v1 piece ends with. */
  readonly padding: number
}

/** Hash the blocks of files that begin with a piece. */
export interface LeafJob {
  readonly parts: readonly FilePart[]
  readonly pieceLength: number
  readonly wantsPieces: boolean
}

export interface LeafResult {
  /** SHA-256 of each 16 KiB block of the parts, 32 bytes each. */
  readonly leaves: Uint8Array
  /** SHA-1 of each piece; empty when they are not wanted. */
  readonly digests: Uint8Array
}

/** Size and time of a file, as a fast resume compares them. */
export interface FileState {
  readonly exists: boolean
  /** Bytes. */
  readonly size: number
  /** Time of the last change, nanoseconds since 1970; as a double it steps by 256 ns. */
  readonly mtimeNs: number
}

export interface FillResult {
  /** Bytes that the file still lacks. */
  readonly missing: number
  readonly created: readonly number[]
}

/** How a complete file has to be. */
export interface FinalFile {
  readonly file: FileRef
  readonly length: number
  readonly isExecutable: boolean
}

/** A symbolic link to a file or folder of the same torrent. */
export interface FileLink {
  readonly file: FileRef
  /** What it says: a path from the folder that it is in. */
  readonly text: string
}

/** A file that is to have the bytes of one elsewhere. */
export interface CloneJob {
  readonly file: FileRef
  /** Absolute. */
  readonly from: string
  /** What it is believed to have. */
  readonly size: number
  readonly mtimeMs: number
}

/** One file that gets another place. */
export interface FileMove {
  readonly from: FileRef
  readonly to: FileRef
}

/** What is at both places of a file, and the bytes of what is at the old one. */
export interface FoundMove {
  readonly state: MoveState
  readonly length: number
}

/**
 * `absent`: there is nothing to move. `moved`: only the new place has it. `linked`: both places are names of one file.
 * `same-name`: both are one name, on a file system that does not tell upper from lower case. `occupied`: both places have
 * a file, or something that is none. `apart`: only the old place has it.
 */
export type MoveState = 'absent' | 'moved' | 'linked' | 'same-name' | 'occupied' | 'apart'

/** `other-device`: it cannot have a name there. `occupied`: something else has it. */
export type Placing = 'placed' | 'occupied' | 'other-device'

/** All jobs of the disk workers. */
export interface DiskJobs {
  segment: Job<SegmentJob, SegmentResult>
  /** Drops the hash state of a piece that is given up. */
  forget: Job<{ readonly pieceKey: number }, void>
  /** Takes a segment as written; fails when it cannot be read. */
  adopt: Job<AdoptJob, void>
  /** Writes without hashing; gives the ids of the files that did not exist before. */
  write: Job<{ readonly spans: readonly Span[]; readonly buffer: ArrayBuffer }, { readonly created: readonly number[] }>
  read: Job<{ readonly spans: readonly Span[]; readonly buffer: ArrayBuffer }, { readonly buffer: ArrayBuffer }>
  check: Job<CheckJob, CheckResult>
  leaves: Job<LeafJob, LeafResult>
  /** Writes zeros from the end of the file on, at most `maxBytes`. */
  fill: Job<{ readonly file: FileRef; readonly length: number; readonly maxBytes: number }, FillResult>
  states: Job<{ readonly files: readonly FileRef[] }, FileState[]>
  /** Gives complete files their exact size and mode; makes empty ones. */
  finish: Job<{ readonly files: readonly FinalFile[] }, void>
  /** Makes symbolic links where nothing is yet. */
  link: Job<{ readonly links: readonly FileLink[] }, void>
  /** Takes away what such jobs have made. */
  unlink: Job<{ readonly links: readonly FileLink[] }, void>
  /** Makes a file that shares its blocks with another one; false when that cannot be, or it is there already. */
  clone: Job<CloneJob, boolean>
  /** Copies what is not zero; missing source bytes count as zeros. True: there was something. */
  copy: Job<{ readonly from: Span; readonly to: Span }, boolean>
  /** Deletes files, and folders that are empty then; the deepest folder comes first. */
  remove: Job<{ readonly files: readonly FileRef[]; readonly folders: readonly FileRef[] }, void>
  /** Looks where files are and where they are to be. */
  survey: Job<{ readonly moves: readonly FileMove[] }, { readonly found: readonly FoundMove[] }>
  /** Gives a file one more name, or a new one where it cannot have two. Never replaces anything else. */
  place: Job<FileMove, Placing>
  /** Whether both hold the same bytes; a missing byte is no zero. */
  compare: Job<{ readonly a: Span; readonly b: Span }, boolean>
  /** Gives `to` the mode and the time of the last change of `from`. */
  imitate: Job<FileMove, void>
  /** Closes the descriptors of files with `firstId <= id < endId`. */
  close: Job<{ readonly firstId: number; readonly endId: number }, void>
}

/** What every worker knows from its start. */
export interface WorkerSettings {
  /** Descriptors that one worker keeps open between jobs; at least one. */
  readonly maxOpenFiles: number
  /** Name of the channel on which the workers of one disk side ask each other for descriptors. */
  readonly channel: string
}
