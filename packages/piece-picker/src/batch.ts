/** The blocks chosen in one call, written to `out` up to `want`. One object is used again for every call. */
export interface Batch {
  out: Uint32Array
  count: number
  want: number
}

/** Makes the one record that is used again and again stand for a new call. */
export function beginBatch(batch: Batch, out: Uint32Array, want: number): Batch {
  batch.out = out
  batch.count = 0
  batch.want = want
  return batch
}
