// Picked blocks as parts of the torrent's byte space.

/** Blocks `first`, `first + 1` and so on, by their numbers in the torrent. */
export interface BlockRange {
  first: number
  count: number
}

/**
 * The blocks in order, those that follow one another together. The last block of a piece and the first of the next one
 * have consecutive numbers.
 * @example blockRanges([5, 6, 9]) // [{ first: 5, count: 2 }, { first: 9, count: 1 }]
 */
export function blockRanges(blocks: Iterable<number>): BlockRange[] {
  const ranges: BlockRange[] = []
  let last: BlockRange | undefined
  for (const block of [...blocks].sort((a, b) => a - b)) {
    if (last !== undefined && block === last.first + last.count) last.count++
    else ranges.push((last = { first: block, count: 1 }))
  }
  return ranges
}
