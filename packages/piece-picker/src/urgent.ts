// Pieces that somebody waits for, in the order in which they are needed. They are fetched before all others, and what is
// late of them is asked of a second peer.

import type { PieceIndex } from '@ccbt/primitives'

/** So many pieces further back a block may take twice as long: about as far as a swarm gets in that time. */
const PLACES_PER_PATIENCE = 8

export class Urgent {
  pieces: readonly PieceIndex[] = []
  /** See {@link PiecePicker.setUrgent}. */
  patienceMs: number = Number.POSITIVE_INFINITY

  /** Whether blocks of the piece at this place that were asked for at that time are late: what is needed later has more time. */
  isLate(place: number, askedAtMs: number, nowMs: number): boolean {
    return nowMs - askedAtMs >= this.patienceMs * (1 + place / PLACES_PER_PATIENCE)
  }
}
