// When no block is left that nobody was asked for, the last ones are asked of further peers, so that one slow peer
// does not hold up the whole torrent (BEP 3, "endgame").

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import { NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import type { Peer } from './peer-table.ts'
import type { Wants } from './wants.ts'

export interface EndgameOptions {
  readonly random: Random
  readonly wants: Wants
  /** How many peers a block may be asked of. */
  readonly copies: number
}

export class Endgame {
  readonly #options: EndgameOptions

  constructor(options: EndgameOptions) {
    this.#options = options
  }

  /**
   * Asks `peer` for blocks that are asked of others, those asked of the fewest first, and writes them to `out` from
   * index `count` up to `want`. Returns the new count.
   */
  duplicate(peer: Peer, open: readonly OpenPiece[], out: Uint32Array, range: { count: number; want: number }): number {
    const { want } = range
    let { count } = range
    for (let copies = 1; copies < this.#options.copies && count < want; copies++) {
      // From a random piece on, so that several peers do not all double the same block.
      let at = randomBelow(this.#options.random, open.length)
      for (let left = open.length; left > 0 && count < want; left--) {
        const piece = open[at]!
        if (this.#mayDouble(piece, peer)) count = doublePiece(piece, peer, out, { copies, count, want })
        if (++at === open.length) at = 0
      }
    }
    return count
  }

  #mayDouble(piece: OpenPiece, peer: Peer): boolean {
    if (piece.duplicable === 0 || piece.exclusive !== NO_SLOT) return false
    return peer.pieces.has(piece.piece) && this.#options.wants.missing.has(piece.piece)
  }
}

/** Asks `peer` for the blocks of a piece that are asked of exactly `copies` others. */
function doublePiece(
  piece: OpenPiece,
  peer: Peer,
  out: Uint32Array,
  range: { copies: number; count: number; want: number },
): number {
  let { count } = range
  for (let block = 0; block < piece.blocks && count < range.want; block++) {
    if (piece.askCount(block) !== range.copies || piece.isReceived(block)) continue
    if (piece.isAskedOf(block, peer.slot)) continue
    piece.ask(block, peer.slot)
    peer.outstanding++
    out[count++] = piece.firstBlock + block
  }
  return count
}
