// Where a chunk may end: the numbers that all who chunk must share, and the places from which chunking again gives the same.

/** No cut before a chunk has this many bytes; only the last chunk of a file is shorter. */
export const MIN_CHUNK_BYTES = 8192

/** A chunk that has this many bytes ends there. */
export const MAX_CHUNK_BYTES = 131_072

/** Bytes that the hash remembers: the contribution of an older one has been shifted out of its 64 bits. */
export const WINDOW_BYTES = 64

/**
 * The first bytes of a chunk have no say in where it ends: the first cut is tested at {@link MIN_CHUNK_BYTES}, and
 * depends on the {@link WINDOW_BYTES} before it.
 */
export const SKIPPED_BYTES: number = MIN_CHUNK_BYTES - WINDOW_BYTES

/** Two chunks in a row of at least this, and less than the next, end where chunking from anywhere before them does. */
const STABLE_FROM_BYTES = 2 * MIN_CHUNK_BYTES
const STABLE_BELOW_BYTES = MAX_CHUNK_BYTES - MIN_CHUNK_BYTES

/**
 * How many of these chunks end before chunking is back in step. Whoever starts to chunk in the middle of a file, as if a
 * chunk began there, first gets cuts of his own; from the end of the last of these chunks on, his cuts are those of the
 * whole file. `undefined` as long as that is not certain.
 *
 * Why: let the chunks end at a and b. No place between a and b is fit for a cut but those in the first 8 KiB after a. If a
 * is no cut of the whole file, then because one is less than 8 KiB before it; the file's next cut is in the 8 KiB after a,
 * and b follows, or it is b itself: both are more than the least and at most the most bytes away.
 * @example countUntilStable([9000, 40_000, 60_000, 8500]) // 3
 */
export function countUntilStable(lengths: readonly number[]): number | undefined {
  const index = lengths.findIndex((length, i) => i > 0 && isMiddling(length) && isMiddling(lengths[i - 1]!))
  return index < 0 ? undefined : index + 1
}

function isMiddling(length: number): boolean {
  return length >= STABLE_FROM_BYTES && length < STABLE_BELOW_BYTES
}
