/** A file whose chunks are known, as it was when they were made. */
export interface IndexedFile {
  /** Absolute. */
  readonly path: string
  readonly size: number
  /** Time of its last change, in milliseconds since 1970; with the size it tells whether the chunks still hold. */
  readonly mtimeMs: number
  /** Infohash of the torrent that it belongs to, as hexadecimal; none for a file of no torrent. */
  readonly torrent?: string
}

/** Where the bytes of a chunk lie. A hint: the file may have changed since, so its bytes count only after hashing. */
export interface ChunkPlace {
  readonly file: IndexedFile
  readonly offset: number
  readonly length: number
}
