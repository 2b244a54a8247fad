// When no block is left that nobody was asked for, the last ones are asked of further peers, so that one slow peer
// does not hold up the whole torrent (BEP 3, "endgame").

import { randomBelow } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'
import type { Batch } from './batch.ts'
import { NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import type { Peer } from './peer-table.ts'
import type { Wants } from './wants.ts'

/** A peer that has answered nothing for so long is not busy. */
const STUCK_MS = 5000

export interface EndgameOptions {
  readonly random: Random
  readonly clock: Pick<Clock, 'now'>
  readonly wants: Wants
  /** How many peers a block may be asked of. */
  readonly copies: number
}

export class Endgame {
  /** See {@link PiecePicker.setPatience}. */
  patienceMs = 0
  readonly #options: EndgameOptions

  constructor(options: EndgameOptions) {
    this.#options = options
  }

  /** Asks `peer` for blocks that are asked of others, those asked of the fewest first. */
  duplicate(peer: Peer, open: readonly OpenPiece[], batch: Batch): void {
    // What a busy peer would bring twice is waste, and so is a second block before the first one has come.
    const isBusy = peer.outstanding > 0 && this.#options.clock.now() - peer.answeredAtMs < STUCK_MS
    batch.want = Math.min(batch.want, isBusy ? batch.count : batch.count + 1)
    const askedBeforeMs = this.#options.clock.now() - this.patienceMs
    for (let copies = 1; copies < this.#options.copies && batch.count < batch.want; copies++) {
      // From a random piece on, so that several peers do not all double the same block.
      let at = randomBelow(this.#options.random, open.length)
      for (let left = open.length; left > 0 && batch.count < batch.want; left--) {
        const piece = open[at]!
        if (piece.askedAtMs <= askedBeforeMs && this.#mayDouble(piece, peer)) doublePiece(piece, peer, copies, batch)
        if (++at === open.length) at = 0
      }
    }
  }

  /** Asks `peer` for the blocks of a piece that are late, and gives it time to answer. */
  rescue(piece: OpenPiece, peer: Peer, batch: Batch): void {
    if (!this.#mayDouble(piece, peer)) return
    const before = batch.count
    for (let copies = 1; copies < this.#options.copies && batch.count < batch.want; copies++)
      doublePiece(piece, peer, copies, batch)
    if (batch.count > before) piece.askedAtMs = this.#options.clock.now()
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
