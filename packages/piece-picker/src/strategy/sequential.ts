// Lowest index first. Finds pieces 32 at a time in the words of the peer's set and the frontier.

import { HIGHEST_PRIORITY, keyAt, TIER_KEYS } from '../frontier.ts'
import type { Frontier } from '../frontier.ts'
import type { OpenPiece } from '../open-piece.ts'
import type { Peer } from '../peer-table.ts'
import { nextCommon } from '../piece-set.ts'
import type { Wants } from '../wants.ts'
import type { PieceOrder } from './order.ts'

export class Sequential implements PieceOrder {
  readonly staysWithPiece = false
  readonly goesByIndex = true
  readonly #frontier: Frontier
  readonly #wants: Wants

  constructor(frontier: Frontier, wants: Wants) {
    this.#frontier = frontier
    this.#wants = wants
  }

  next(peer: Peer, minPriority: number): number {
    let priority = HIGHEST_PRIORITY - Math.floor(peer.floor / TIER_KEYS)
    let from = peer.floor % TIER_KEYS
    for (; priority >= minPriority; priority--) {
      const piece = this.#frontier.sizeAt(priority) === 0 ? -1 : this.#find(peer, priority, from)
      peer.floor = piece === -1 ? keyAt(priority - 1, 0) : keyAt(priority, piece)
      if (piece !== -1) return piece
      from = 0
    }
    return -1
  }

  keyOf(piece: number): number {
    return keyAt(this.#wants.priorities[piece]!, piece)
  }

  prefers(a: OpenPiece, b: OpenPiece): boolean {
    return a.piece < b.piece
  }

  #find(peer: Peer, priority: number, from: number): number {
    const mine = this.#frontier.pieces
    let piece = nextCommon(mine, peer.pieces, from)
    while (piece !== -1 && this.#wants.priorities[piece] !== priority) piece = nextCommon(mine, peer.pieces, piece + 1)
    return piece
  }
}
