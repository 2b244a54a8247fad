// What users of this package see of a torrent's data on disk.

import type { Bitfield, CcbtError, Layout, PieceIndex } from '@ccbt/primitives'

import type { FileState, PieceTree } from './jobs.ts'

/** Takes a listener away again; calling it twice does nothing. */
export type Unsubscribe = () => void

/** One file of a torrent, in the order of the torrent. */
export interface StoreFile {
  /** Components below the store's directory, already made safe and unique for the file system. */
  readonly path: readonly string[]
  /** Bytes. */
  readonly length: number
  /** Where it starts in the torrent, bytes. */
  readonly offset: number
  /** Padding (BEP 47): zeros that are hashed and never stored. */
  readonly isPad: boolean
  readonly isExecutable?: boolean
  /** A symbolic link (BEP 47) to this file or folder of the torrent, which is none itself. It has no bytes. */
  readonly symlinkTarget?: readonly string[]
}

/** What a store is for. */
export interface StoreOptions {
  /** Folder that the files are below; made when it is first written to. */
  readonly directory: string
  /** All files, without gaps. */
  readonly files: readonly StoreFile[]
  readonly layout: Layout
  /** SHA-1 of every piece, 20 bytes each; empty for a v2 torrent. */
  readonly pieceHashes: Uint8Array
  /** The v2 hashes of a piece, in v2 and hybrid torrents; `undefined` = only its SHA-1 counts. */
  readonly treeOf?: (piece: PieceIndex) => PieceTree | undefined
  /**
   * `none`: files grow as they are written. `sparse`: they get their size at the first write, space as it is used.
   * `full`: zeros are written first, so that the space is certain; this takes as long as writing the file.
   */
  readonly preallocate: 'none' | 'sparse' | 'full'
  /** Which files to download; default all. The others are never made. */
  readonly wanted?: (fileIndex: number) => boolean
  /** Sparse file for bytes of pieces that lie in files that are not wanted. */
  readonly partFilePath: string
}

/** Where the files of a store are. */
export interface StorePlace {
  /** Folder that they are below. */
  readonly directory: string
  /** Of each file, in the order of the torrent. */
  readonly paths: readonly (readonly string[])[]
  readonly partFilePath: string
}

/** A file on this machine. */
export interface CloneSource {
  /** Absolute path. */
  readonly from: string
  /** It is left alone when these are others by now: bytes, milliseconds since 1970. */
  readonly size: number
  readonly mtimeMs: number
}

/** What became of a complete piece. */
export type PieceVerdict =
  /** Right and written. `blocks`: as those of a corrupt one, when {@link PieceStore.withDigests} asked for them. */
  | { readonly kind: 'stored'; readonly blocks?: Uint8Array }
  /**
   * Wrong. `blocks`: the hash of each 16 KiB block as received, to find out who sent a bad one: SHA-256 where the piece
   * has a tree, else SHA-1. With a tree the bytes are on disk: good blocks can be restored.
   */
  | { readonly kind: 'corrupt'; readonly blocks: Uint8Array }
  /** Right by one of its two hashes and wrong by the other: the torrent contradicts itself. */
  | { readonly kind: 'inconsistent' }
  /** It could not be written, whether right or wrong. */
  | { readonly kind: 'disk-failed'; readonly error: CcbtError }

/** What is on disk of a piece that is not complete. */
export interface PartialPiece {
  readonly piece: PieceIndex
  /** Its blocks on disk, in wire bit order: the first is the high bit of byte 0. */
  readonly blocks: Uint8Array
}

/** What to check again. */
export interface RecheckOptions {
  /** Called once for each piece, in any order. */
  onPiece(piece: PieceIndex, ok: boolean): void
  readonly signal: AbortSignal
  /** Only these; default all. */
  readonly pieces?: Bitfield
}

/** The data of one torrent: takes blocks, hashes and writes pieces, serves what is there. */
export interface PieceStore extends AsyncDisposable {
  /**
   * Makes room for a block before it is requested. `false` = the memory budget is spent, or writing is behind: do not request,
   * and try again when `onWritable` fires. Room stays taken until the piece has its verdict or is abandoned.
   */
  reserve(piece: PieceIndex, begin: number): boolean
  /**
   * Where the bytes of a reserved block go; `undefined` = not reserved, already there, or the piece is complete.
   * One writer per block: whoever else was receiving it has to stop writing. A view of a segment that has left is empty.
   */
  blockTarget(piece: PieceIndex, begin: number, length: number): Uint8Array | undefined
  /** All bytes of a block are in its target. The verdict, when this was the last block of its piece. */
  blockFilled(piece: PieceIndex, begin: number): Promise<PieceVerdict> | undefined
  /** Forgets a partial piece. A piece whose last block was filled still gets its verdict. */
  abandon(piece: PieceIndex): void
  /**
   * Writes what was received of open pieces since the last checkpoint, unhashed, and says which blocks of them are on disk.
   * Segments of which nothing was there at the last checkpoint are left out, so that a fast download copies nothing; `all`
   * takes them too. At most 2 MiB are copied at a time. Rejects like a write that fails,
   * and with ABORTED when the store is closed meanwhile.
   */
  checkpoint(options?: { readonly all?: boolean }): Promise<PartialPiece[]>
  /**
   * Opens a piece with blocks that an earlier run left on disk, and gives those that could be read and had room; `undefined` =
   * none, or the piece is open already. They are not trusted: the verdict of the piece covers them. Rejects with ABORTED.
   */
  restore(partial: PartialPiece, signal: AbortSignal): Promise<Bitfield | undefined>
  /** Whether peers ask for what is stored: then new pieces stay in the read cache. Default false. */
  isServing: boolean
  /** The next verdict of this piece carries block digests even when it is `stored`. */
  withDigests(piece: PieceIndex): void
  /**
   * Bytes of a piece that is known to be stored: at once from the cache, else as a promise. A view of a buffer that other
   * readers share: whoever needs it beyond this turn of the event loop retains the buffer, and releases it when the socket
   * has sent it. Rejects with DISK_READ_FAILED, DISK_FILE_TRUNCATED and the like.
   */
  read(piece: PieceIndex, begin: number, length: number): Uint8Array | Promise<Uint8Array>
  /** The buffer of a view that `read` gave stays as it is until it is released as often as it was retained. */
  retain(buffer: ArrayBufferLike): void
  release(buffer: ArrayBufferLike): void
  /**
   * SHA-256 of each block of a piece with a tree, as it is on disk. Rejects with DISK_READ_FAILED, DISK_FILE_TRUNCATED
   * and the like.
   */
  leaves(piece: PieceIndex, signal: AbortSignal): Promise<Uint8Array>
  /** Hashes what is on disk, on all cores. Missing and short files make pieces wrong; other trouble rejects. */
  recheck(options: RecheckOptions): Promise<void>
  /** Each file as it is now, in the order of the torrent. One that is kept in the part-file has the state of that. */
  fileStates(): Promise<FileState[]>
  /**
   * Makes a file that does not exist share its blocks with another one, before a recheck; what it is worth is found out by
   * that. False when it is not done: most file systems cannot. Rejects with DISK_UNSAFE_PATH.
   */
  clone(fileIndex: number, source: CloneSource): Promise<boolean>
  /** Selects or deselects a file; selecting moves what is there from the part-file into the file. */
  setWanted(fileIndex: number, wanted: boolean): Promise<void>
  /**
   * Moves the files to another place while the store is in use; what touches files waits. Not during a recheck. Rejects with
   * DISK_FILE_EXISTS when another file is in the way, ABORTED, DISK_NO_SPACE, DISK_WRITE_FAILED and the like; then everything
   * is where it was. When the process is killed, {@link DiskIo.moveFiles} goes on.
   */
  relocate(place: StorePlace, signal: AbortSignal): Promise<void>
  /** Waits until every complete piece is written; `sync`: and survives a power loss. Rejects when that failed. */
  flush(options?: { readonly sync?: boolean }): Promise<void>
  /** Calls `fn` when `reserve` may succeed again after it was false. */
  onWritable(fn: () => void): Unsubscribe
  /** All wanted pieces are there: makes empty files, sets exact sizes and executable bits. */
  finish(): Promise<void>
  /** Absolute paths of the files, padding left out, whether they exist or not. */
  paths(): string[]
  /**
   * Deletes all files but those that `isKept` is true for (absolute paths), folders of the torrent that are empty then, and
   * the part-file. To be called when the store is disposed. Rejects with DISK_WRITE_FAILED, DISK_UNSAFE_PATH.
   */
  deleteFiles(isKept: (path: string) => boolean): Promise<void>
}
