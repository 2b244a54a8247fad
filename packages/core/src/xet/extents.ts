// Which bytes of a torrent can be had on this machine, and where: runs that do not overlap, sorted. A run that is a guess
// fills a gap between others with what lies in the same place of an older version; only the hashes of its blocks tell.

import type { IndexedFile } from '@ccbt/xet'

/** A run of a torrent's bytes that may lie in a file on this machine. */
export interface Extent {
  /** First byte in the torrent, and the one after the last. */
  readonly start: number
  readonly end: number
  /** Where to read; `undefined` = it is padding, all zeros. */
  readonly file: IndexedFile | undefined
  /** Where `start` lies in it. */
  readonly at: number
  readonly isGuess: boolean
}

/** All runs of a torrent. */
export class ExtentMap {
  #extents: Extent[] = []

  get isEmpty(): boolean {
    return this.#extents.length === 0
  }

  /** Adds runs that do not overlap with one another, nor with what is there. */
  add(extents: readonly Extent[]): void {
    this.#extents = [...this.#extents, ...extents].sort((a, b) => a.start - b.start)
  }

  /** Forgets the runs for which this is false. */
  keep(isKept: (extent: Extent) => boolean): void {
    this.#extents = this.#extents.filter(isKept)
  }

  /** Takes the runs from `start` to `end` for guesses; false when there are none that were not. */
  doubt(start: number, end: number): boolean {
    const meant = this.#extents.filter(
      (extent) => extent.start < end && extent.end > start && extent.file !== undefined && !extent.isGuess,
    )
    const parts = meant.flatMap((extent) => {
      const from = Math.max(start, extent.start)
      const to = Math.min(end, extent.end)
      const inside = { ...cut(extent, from, to), isGuess: true }
      return [cut(extent, extent.start, from), inside, cut(extent, to, extent.end)]
    })
    const doubted = new Set(meant)
    this.keep((extent) => !doubted.has(extent))
    this.add(parts.filter((part) => part.start < part.end))
    return meant.length > 0
  }

  /** The runs that together make up all bytes from `start` to `end`, cut to them; `undefined` when some are missing. */
  covering(start: number, end: number, withGuesses: boolean): Extent[] | undefined {
    const out: Extent[] = []
    let at = start
    for (let i = this.#lastAtOrBefore(start); at < end; i++) {
      const extent = this.#extents[i]
      if (extent === undefined || extent.start > at || (extent.isGuess && !withGuesses)) return undefined
      if (extent.end <= at) return undefined
      const to = Math.min(end, extent.end)
      out.push(cut(extent, at, to))
      at = to
    }
    return out
  }

  /** Whether any byte from `start` to `end` may be had from a file. */
  touches(start: number, end: number): boolean {
    for (let i = this.#lastAtOrBefore(end - 1); i >= 0; i--) {
      const extent = this.#extents[i]
      if (extent === undefined || extent.end <= start) return false
      if (extent.file !== undefined && extent.start < end) return true
    }
    return false
  }

  /** Index of the last run that starts at or before `offset`; 0 when there is none. */
  #lastAtOrBefore(offset: number): number {
    let low = 0
    let high = this.#extents.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#extents[middle]!.start <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** The part of a run from `start` to `end`. */
function cut(extent: Extent, start: number, end: number): Extent {
  return { ...extent, start, end, at: extent.at + (start - extent.start) }
}

/** Joins runs that follow one another here and there, so that a long match is one run. */
export function joinExtents(extents: readonly Extent[]): Extent[] {
  const out: Extent[] = []
  for (const extent of extents) {
    const last = out.at(-1)
    const follows =
      last?.end === extent.start &&
      last.file?.path === extent.file?.path &&
      last.isGuess === extent.isGuess &&
      last.at + (last.end - last.start) === extent.at
    if (last !== undefined && follows) out[out.length - 1] = { ...last, end: extent.end }
    else out.push(extent)
  }
  return out
}

/**
 * The gaps between the runs of one file, `start` to `end` in the torrent, filled with guesses: an edit leaves what is before
 * it, or behind it, in step with a neighbour. `older` is the version to guess from where there is no neighbour.
 */
export function guessGaps(
  extents: readonly Extent[],
  span: { readonly start: number; readonly end: number },
  older: IndexedFile | undefined,
): Extent[] {
  const out: Extent[] = []
  let at = span.start
  for (let i = 0; i <= extents.length; i++) {
    const next = extents[i]
    const gapEnd = next?.start ?? span.end
    if (gapEnd > at) out.push(...guess({ start: at, end: gapEnd }, neighbour(extents[i - 1], next, older, span.start)))
    at = next?.end ?? at
  }
  return out
}

/** A place in a file that corresponds to a place in the torrent. */
interface Anchor {
  readonly file: IndexedFile
  /** Offset in the file less offset in the torrent. */
  readonly shift: number
}

function neighbour(
  before: Extent | undefined,
  behind: Extent | undefined,
  older: IndexedFile | undefined,
  fileStart: number,
): Anchor | undefined {
  const near = before ?? behind
  if (near?.file !== undefined) return { file: near.file, shift: near.at - near.start }
  return older === undefined ? undefined : { file: older, shift: -fileStart }
}

/** The part of a gap that lies within the file. */
function guess({ start, end }: { readonly start: number; readonly end: number }, anchor: Anchor | undefined): Extent[] {
  if (anchor === undefined) return []
  const { file, shift } = anchor
  const from = Math.max(start, -shift)
  const to = Math.min(end, file.size - shift)
  return from < to ? [{ start: from, end: to, file, at: from + shift, isGuess: true }] : []
}
