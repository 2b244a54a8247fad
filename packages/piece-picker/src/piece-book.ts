// Joins what is wanted (wants), what may be opened next (frontier), what is open (ledger) and who has what (peers), and
// keeps the four in step: a missing piece is either in the frontier, held out of it, or open.

import type { BlockId, Layout, PeerSlot, PieceIndex, Random } from '@ccbt/primitives'
import { Frontier } from './frontier.ts'
import { Ledger } from './ledger.ts'
import { GONE, NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import { PeerTable } from './peer-table.ts'
import type { Peer } from './peer-table.ts'
import type { PieceSet } from './piece-set.ts'
import type { PieceOrder } from './strategy/order.ts'
import { createOrder } from './strategy/orders.ts'
import type { Strategy } from './types.ts'
import type { Wants } from './wants.ts'

/** What a {@link PieceBook} is about. */
export interface PieceBookOptions {
  readonly layout: Layout
  readonly wants: Wants
  readonly random: Random
  readonly strategy: Strategy
  /** So many pieces are opened at random before the order counts. */
  readonly randomFirst: number
  /** How many peers one block may be asked of. */
  readonly endgameDuplicates: number
  /** See {@link PickerOptions.canOpen}. */
  readonly canOpen: () => boolean
  /** See {@link PickerOptions.onRestarted}. */
  readonly onRestarted: (piece: PieceIndex) => void
}

export class PieceBook {
  readonly wants: Wants
  readonly frontier: Frontier
  readonly ledger: Ledger
  readonly peers: PeerTable
  order: PieceOrder
  readonly #options: PieceBookOptions

  constructor(options: PieceBookOptions) {
    const { layout, wants, endgameDuplicates } = options
    this.#options = options
    this.wants = wants
    this.frontier = new Frontier(wants)
    this.ledger = new Ledger(layout, wants.priorities, endgameDuplicates)
    this.peers = new PeerTable(layout.pieces)
    for (let piece = 0; piece < layout.pieces; piece++) if (wants.missing.has(piece)) this.frontier.add(piece)
    this.order = this.#createOrder(options.strategy)
  }

  /** Nobody is there, and nothing is known but what the wants say. */
  get isIdle(): boolean {
    return this.peers.all.length === 0 && this.ledger.all.length === 0 && this.frontier.held.count === 0
  }

  setStrategy(strategy: Strategy): void {
    this.order = this.#createOrder(strategy)
    this.peers.resetFloors()
  }

  #createOrder(strategy: Strategy): PieceOrder {
    const { random, randomFirst } = this.#options
    return createOrder(strategy, {
      frontier: this.frontier,
      wants: this.wants,
      random,
      startsAtRandom: () => this.wants.have.count + this.ledger.all.length < randomFirst,
    })
  }

  openPieceOf(block: BlockId): OpenPiece | undefined {
    return this.ledger.get(this.#options.layout.pieceOf(block))
  }

  /** Whether nothing that is missing can be asked for but what peers have been asked for. */
  get inEndgame(): boolean {
    if (this.wants.missing.count === 0 || this.ledger.all.length === 0 || this.frontier.hasMore) return false
    for (const open of this.ledger.withFree) if (this.frontier.availability(open.piece) > 0) return false
    return true
  }

  /** Whether the piece can be opened now. */
  mayOpen(piece: PieceIndex): boolean {
    return this.frontier.pieces.has(piece) && this.#options.canOpen()
  }

  /** The piece when it is open, or opened if it may be. */
  openIfAllowed(piece: PieceIndex): OpenPiece | undefined {
    return this.ledger.get(piece) ?? (this.mayOpen(piece) ? this.open(piece) : undefined)
  }

  open(piece: PieceIndex): OpenPiece {
    this.frontier.remove(piece)
    return this.ledger.open(piece)
  }

  /** The piece was verified. */
  gained(piece: PieceIndex): void {
    const open = this.ledger.get(piece)
    if (open === undefined) this.frontier.remove(piece)
    else this.close(open)
  }

  /** The piece is not there, or not any more. */
  lost(piece: PieceIndex): void {
    const open = this.ledger.get(piece)
    if (open === undefined) this.enterFrontier(piece)
    else this.close(open)
  }

  /** Drops what an open piece has and closes it. */
  close(open: OpenPiece): void {
    this.#giveUpRequests(open)
    this.ledger.close(open)
    this.enterFrontier(open.piece)
  }

  enterFrontier(piece: number): void {
    if (!this.wants.missing.has(piece)) return
    this.frontier.add(piece)
    this.peers.lowerFloors(this.order.keyOf(piece))
  }

  /** After requests were taken back: closes a piece of which nothing is there and nothing will come. */
  settle(open: OpenPiece): void {
    if (open.isIdle && open.exclusive === NO_SLOT) this.close(open)
    else this.ledger.refile(open)
  }

  /** Takes back all that this peer was asked for. */
  releaseAll(peer: Peer): void {
    const { all } = this.ledger
    // Backwards: closing a piece moves the last one, which has been seen, to its place.
    for (let i = all.length - 1; i >= 0; i--) {
      const open = all[i]!
      if (open.exclusive === peer.slot) this.handOver(open)
      else if (open.asks > 0 && peer.outstanding > 0) this.#releasePiece(open, peer)
    }
  }

  setPriority(piece: PieceIndex, priority: number): void {
    if (this.wants.priorities[piece] === priority) return
    const open = this.ledger.get(piece)
    if (open === undefined) {
      this.frontier.remove(piece)
      this.wants.setPriority(piece, priority)
      this.enterFrontier(piece)
    } else {
      this.ledger.reprioritise(open, () => this.wants.setPriority(piece, priority))
    }
  }

  /** Starts a piece anew for the next peer that picks it, and that one alone. */
  handOver(open: OpenPiece): void {
    this.#giveUpRequests(open)
    if (open.received > 0) this.#options.onRestarted(this.#options.layout.pieceOf(open.firstBlock as BlockId))
    open.clear()
    open.exclusive = GONE
    this.ledger.refile(open)
  }

  /** Has one peer alone deliver a piece, from its first block on. */
  reserve(piece: PieceIndex, slot: PeerSlot): void {
    if (!this.wants.missing.has(piece)) return
    const open = this.ledger.get(piece) ?? this.open(piece)
    if (open.exclusive === slot) return
    this.handOver(open)
    if (this.peers.get(slot)?.pieces.has(piece) === true) open.exclusive = slot
  }

  /** Lets everyone deliver a piece again. */
  share(piece: PieceIndex): void {
    const open = this.ledger.get(piece)
    if (open === undefined) return
    open.exclusive = NO_SLOT
    this.settle(open)
  }

  /** True when the piece that the peer has now is missing here. */
  peerHas(peer: Peer, piece: PieceIndex): boolean {
    const isMissing = this.wants.missing.has(piece)
    if (peer.pieces.has(piece)) return isMissing
    peer.ownPieces().add(piece)
    this.frontier.raise(piece)
    if (isMissing) peer.gainMissing(piece)
    if (this.frontier.pieces.has(piece)) peer.lowerFloor(this.order.keyOf(piece))
    return isMissing
  }

  peerLost(peer: Peer, piece: PieceIndex): void {
    if (!peer.pieces.has(piece)) return
    // From here on the peer is counted piece by piece, so that a flood of these messages costs O(peers) each.
    if (peer.isSeed) this.replacePieces(peer, this.peers.full.clone())
    peer.ownPieces().delete(piece)
    this.frontier.lower(piece)
    this.peers.lowerFloorsByOne()
    this.handOverLacking(peer)
  }

  replacePieces(peer: Peer, pieces: PieceSet): void {
    if (peer.isSeed) this.frontier.seeds--
    else if (peer.pieces.count > 0) {
      this.frontier.lowerAll(peer.pieces)
      this.peers.lowerFloorsByOne()
    }
    peer.isSeed = pieces === this.peers.full
    peer.replacePieces(pieces, peer.isSeed || pieces === this.peers.none)
    if (peer.isSeed) this.frontier.seeds++
    else this.frontier.raiseAll(pieces)
    this.handOverLacking(peer)
  }

  /** A peer cannot be the only one to deliver a piece that it does not have. */
  handOverLacking(peer: Peer): void {
    for (const open of this.ledger.all) {
      if (open.exclusive === peer.slot && !peer.pieces.has(open.piece)) this.handOver(open)
    }
  }

  /** Takes back what this peer was asked for of a piece. */
  #releasePiece(open: OpenPiece, peer: Peer): void {
    for (let block = 0; block < open.blocks; block++) if (open.unask(block, peer.slot)) peer.giveUp()
    this.settle(open)
  }

  #giveUpRequests(open: OpenPiece): void {
    open.visitAsked((slot) => this.peers.get(slot)?.giveUp())
  }
}
