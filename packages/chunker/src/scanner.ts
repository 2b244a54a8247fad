/** What is known of a chunk that has not ended: its hash as two signed halves, and its bytes so far. */
export interface OpenChunk {
  low: number
  high: number
  size: number
}

/** Looks for cuts. Two scanners give the same for the same bytes. */
export interface Scanner {
  /** Moves `open` over all of `data`; gives the offset in `data` after the last byte of each chunk that ended. */
  scan(open: OpenChunk, data: Uint8Array): number[]
}
