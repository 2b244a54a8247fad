// Which of the open pieces a peer goes on with.

import type { OpenPiece } from './open-piece.ts'
import type { Peer } from './peer-table.ts'
import type { PieceOrder } from './strategy/order.ts'

/** What the pieces are compared by. */
export interface ContinuationOrder {
  readonly priorities: Uint8Array
  readonly order: PieceOrder
}

/** Whether a piece with free blocks may be continued by this peer. */
export function mayContinue(open: OpenPiece, peer: Peer): boolean {
  return open.free > 0 && peer.pieces.has(open.piece) && open.allows(peer.slot)
}

/** The best of those that this peer may continue: of the highest priority, then by the strategy. */
export function bestToContinue(
  candidates: readonly OpenPiece[],
  peer: Peer,
  { priorities, order }: ContinuationOrder,
): OpenPiece | undefined {
  let best: OpenPiece | undefined
  let bestPriority = 0
  for (const open of candidates) {
    const priority = priorities[open.piece]!
    if (priority < bestPriority || !mayContinue(open, peer)) continue
    if (best !== undefined && priority === bestPriority && !order.prefers(open, best)) continue
    best = open
    bestPriority = priority
  }
  return best
}
