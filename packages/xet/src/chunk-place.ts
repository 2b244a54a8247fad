/** A file whose chunks are known, as it was when they were made. */
export interface IndexedFile {
  /** Absolute. */
  readonly path: string
  readonly size: number
  /** Time of its last change, in milliseconds since 1970; with the size it tells whether the chunks still hold. */
  readonly mtimeMs: number
  /** Infohash of the torrent that it belongs to, as hexadecimal; none for a file of no torrent. */
  readonly torrent?: string
  /** Root of its tree in v2 torrents (BEP 52), as hexadecimal. */
  readonly root?: string
  /** Its Xet hash, as hexadecimal. */
  readonly fileHash?: string
}

/** What a file that is looked for is known by. */
export interface FileQuery {
  readonly size: number
  /** Its own name, without folders. */
  readonly name: string
  readonly root?: string
  readonly fileHash?: string
}

/** Indexed files that may help with one that is looked for. None of it is proven. */
export interface FoundFiles {
  /** They should have the same bytes: the same root, file hash, or else size and name. The best first, at most four. */
  readonly twins: readonly IndexedFile[]
  /** One of the same name and another size, or content: an older version, perhaps. */
  readonly namesake?: IndexedFile
}

/** Where the bytes of a chunk lie. A hint: the file may have changed since, so its bytes count only after hashing. */
export interface ChunkPlace {
  readonly file: IndexedFile
  readonly offset: number
  readonly length: number
}
