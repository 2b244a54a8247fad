// Each piece in its turn, whoever asks: the next one is looked for from where the last one was opened, and after the end
// from the beginning again. Peers that come one after the other are spread over the whole torrent.

import { HIGHEST_PRIORITY, keyAt, TIER_KEYS } from '../frontier.ts'
import type { Frontier } from '../frontier.ts'
import type { OpenPiece } from '../open-piece.ts'
import type { Peer } from '../peer-table.ts'
import { nextCommon } from '../piece-set.ts'
import type { Wants } from '../wants.ts'
import type { PieceOrder } from './order.ts'

export class RoundRobin implements PieceOrder {
  readonly staysWithPiece = true
  readonly goesByIndex = false
  readonly #frontier: Frontier
  readonly #wants: Wants
  #turn = 0

  constructor(frontier: Frontier, wants: Wants) {
    this.#frontier = frontier
    this.#wants = wants
  }

  next(peer: Peer, minPriority: number): number {
    let priority = HIGHEST_PRIORITY - Math.floor(peer.floor / TIER_KEYS)
    for (; priority >= minPriority; priority--) {
      const piece = this.#frontier.sizeAt(priority) === 0 ? -1 : this.#inTurn(peer, priority)
      peer.floor = keyAt(piece === -1 ? priority - 1 : priority, 0)
      if (piece === -1) continue
      this.#turn = piece + 1
      return piece
    }
    return -1
  }

  keyOf(piece: number): number {
    return keyAt(this.#wants.priorities[piece]!, 0)
  }

  prefers(a: OpenPiece, b: OpenPiece): boolean {
    return a.free < b.free
  }

  #inTurn(peer: Peer, priority: number): number {
    const piece = this.#find(peer, priority, this.#turn)
    return piece === -1 ? this.#find(peer, priority, 0) : piece
  }

  #find(peer: Peer, priority: number, from: number): number {
    const mine = this.#frontier.pieces
    let piece = nextCommon(mine, peer.pieces, from)
    while (piece !== -1 && this.#wants.priorities[piece] !== priority) piece = nextCommon(mine, peer.pieces, piece + 1)
    return piece
  }
}
