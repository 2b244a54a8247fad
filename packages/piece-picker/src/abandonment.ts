// Which open piece to give up when there is no memory for another.

import type { Frontier } from './frontier.ts'
import type { OpenPiece } from './open-piece.ts'
import type { Wants } from './wants.ts'

/** What a piece is worth by. */
export interface WorthContext {
  readonly wants: Wants
  readonly frontier: Frontier
}

/** The open piece that it costs least to give up; -1 = none. */
export function leastWorth(pieces: readonly OpenPiece[], context: WorthContext): number {
  let best: OpenPiece | undefined
  for (const open of pieces) {
    if (open.asks > 0 || open.isComplete) continue
    if (best === undefined || worthOf(open, context) < worthOf(best, context)) best = open
  }
  return best?.piece ?? -1
}

function worthOf(open: OpenPiece, { wants, frontier }: WorthContext): number {
  if (wants.priorities[open.piece] === 0) return -2
  return frontier.availability(open.piece) === 0 ? -1 : open.received
}
