/** The blocks chosen in one call, written to `out` up to `want`. One object is used again for every call. */
export interface Batch {
  out: Uint32Array
  count: number
  want: number
}
