import type { OpenPiece } from '../open-piece.ts'
import type { Peer } from '../peer-table.ts'

/** The order in which pieces of one priority are fetched. A higher priority always comes first. */
export interface PieceOrder {
  /** Whether a peer continues its own open piece before all others of that priority, so that fewer peers mix in one. */
  readonly staysWithPiece: boolean
  /** Whether pieces are fetched from the first to the last. */
  readonly goesByIndex: boolean
  /**
   * The piece of the frontier to open next for a peer, of at least this priority; -1 = none.
   * Raises `peer.floor` as far as the search has shown that nothing else is below: the piece is to be opened at once.
   */
  next(peer: Peer, minPriority: number): number
  /** The sort key of a piece of the frontier (see `keyAt`): pieces with lower keys are opened first. */
  keyOf(piece: number): number
  /** Whether `a` is to be continued rather than `b`; both are open and of the same priority. */
  prefers(a: OpenPiece, b: OpenPiece): boolean
}
