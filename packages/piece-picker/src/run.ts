// Pieces one after the other that nobody has begun: what a server of files can send in one answer.

import type { Frontier } from './frontier.ts'
import { nextCommon } from './piece-set.ts'
import type { PieceSet } from './piece-set.ts'

/** What a run may consist of. */
export interface RunCandidates {
  readonly frontier: Frontier
  /** Pieces that the peer has. */
  readonly theirs: PieceSet
  readonly priorities: Uint8Array
}

/** How a run is chosen. */
export interface RunChoice {
  /** Pieces. */
  readonly most: number
  /** Take the first one, however short it is. */
  readonly isFirst: boolean
}

/** Pieces `first`, `first + 1` and so on; none when `count` is 0. */
export interface Run {
  first: number
  count: number
}

/** The empty run. */
export const NO_RUN: Readonly<Run> = { first: -1, count: 0 }

/** The pieces from `first` on that follow one another, at most `most`. */
export function runFrom({ frontier, theirs }: RunCandidates, first: number, most: number): Run {
  let count = 0
  while (count < most && frontier.pieces.has(first + count) && theirs.has(first + count)) count++
  return { first, count }
}

/**
 * Of the frontier's pieces of the highest priority the first run of `most`, without one the longest; of equals the first.
 * Looks at each piece once.
 */
export function findRun(candidates: RunCandidates, { most, isFirst }: RunChoice): Run {
  const { frontier, theirs, priorities } = candidates
  const { pieces, topPriority } = frontier
  const best: Run = { first: -1, count: 0 }
  let first = 0
  let end = -1
  for (let piece = nextCommon(pieces, theirs, 0); piece !== -1; piece = nextCommon(pieces, theirs, piece + 1)) {
    if (priorities[piece] !== topPriority) continue
    if (piece !== end) {
      if (isFirst && best.count > 0) return best
      first = piece
    }
    end = piece + 1
    if (end - first <= best.count) continue
    best.first = first
    best.count = end - first
    if (best.count === most) return best
  }
  return best
}
