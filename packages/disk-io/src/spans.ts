// Cuts a range of a torrent at the borders of its files.

import type { FileRef, Span } from './jobs.ts'

/** A run of bytes of the whole. */
export interface Extent {
  readonly offset: number
  readonly length: number
}

/** Where a byte is stored; no file = padding. */
export interface Place {
  readonly file: FileRef | undefined
  readonly fileOffset: number
}

/** The spans of a range; `extents` are in order, without gaps and none of them is empty. `place` says where each one starts. */
export function spansBetween<T extends Extent>(
  extents: readonly T[],
  range: Extent,
  place: (extent: T, offset: number) => Place,
): Span[] {
  const spans: Span[] = []
  const end = range.offset + range.length
  for (let i = indexAt(extents, range.offset); i < extents.length; i++) {
    const extent = extents[i]!
    if (extent.offset >= end) break
    const from = Math.max(range.offset, extent.offset)
    const to = Math.min(end, extent.offset + extent.length)
    spans.push({ ...place(extent, from), length: to - from, at: from - range.offset })
  }
  return spans
}

/** The same spans, as parts of something that starts `by` bytes earlier. */
export function shifted(spans: readonly Span[], by: number): Span[] {
  return spans.map(({ file, fileOffset, length, at }) => ({ file, fileOffset, length, at: at + by }))
}

/** Index of the extent that holds the byte at `offset`. */
function indexAt(extents: readonly Extent[], offset: number): number {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const extent = extents[middle]!
    if (extent.offset + extent.length <= offset) low = middle + 1
    else high = middle
  }
  return low
}
