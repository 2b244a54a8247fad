// When no block is left that nobody was asked for, the last ones are asked of further peers, so that one slow peer
// does not hold up the whole torrent (BEP 3, "endgame").

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import type { Batch } from './batch.ts'
import { NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import type { Peer } from './peer-table.ts'
import type { Wants } from './wants.ts'

/**
 * A peer that has as many requests under way is asked for no block that another was asked for: it is busy enough, and
 * what it would bring twice is waste. In a swarm of eight on one machine this halves the waste.
 */
const BUSY_REQUESTS = 4

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

  /** Asks `peer` for blocks that are asked of others, those asked of the fewest first. */
  duplicate(peer: Peer, open: readonly OpenPiece[], batch: Batch): void {
    batch.want = Math.min(batch.want, batch.count + Math.max(0, BUSY_REQUESTS - peer.outstanding))
    for (let copies = 1; copies < this.#options.copies && batch.count < batch.want; copies++) {
      // From a random piece on, so that several peers do not all double the same block.
      let at = randomBelow(this.#options.random, open.length)
      for (let left = open.length; left > 0 && batch.count < batch.want; left--) {
        const piece = open[at]!
        if (this.#mayDouble(piece, peer)) doublePiece(piece, peer, copies, batch)
        if (++at === open.length) at = 0
      }
    }
  }

  #mayDouble(piece: OpenPiece, peer: Peer): boolean {
    if (piece.duplicable === 0 || piece.exclusive !== NO_SLOT) return false
    return peer.pieces.has(piece.piece) && this.#options.wants.missing.has(piece.piece)
  }
}

/** Asks `peer` for the blocks of a piece that are asked of exactly `copies` others. */
function doublePiece(piece: OpenPiece, peer: Peer, copies: number, batch: Batch): void {
  for (let block = 0; block < piece.blocks && batch.count < batch.want; block++) {
    if (piece.askCount(block) !== copies || piece.isReceived(block)) continue
    if (piece.isAskedOf(block, peer.slot)) continue
    piece.ask(block, peer.slot)
    peer.outstanding++
    batch.out[batch.count++] = piece.firstBlock + block
  }
}
