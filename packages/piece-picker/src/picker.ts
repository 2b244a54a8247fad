// The picker: joins what is wanted (wants), what may be opened next (frontier), what is open (ledger) and who has what
// (peers), and keeps the four in step. A missing piece is either in the frontier or open.

import { bug } from '@ccbt/primitives'
import type { Bitfield, BlockId, Clock, Layout, PeerSlot, PieceIndex, Random } from '@ccbt/primitives'
import { leastWorth } from './abandonment.ts'
import { beginBatch } from './batch.ts'
import type { Batch } from './batch.ts'
import { bestToContinue, mayContinue } from './continuation.ts'
import { Endgame } from './endgame.ts'
import { Frontier } from './frontier.ts'
import { checkInvariants } from './invariants.ts'
import { Ledger } from './ledger.ts'
import { GONE, NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import { PeerTable } from './peer-table.ts'
import type { Peer } from './peer-table.ts'
import { PieceSet } from './piece-set.ts'
import { findRun } from './run.ts'
import type { PieceOrder } from './strategy/order.ts'
import { RarestFirst } from './strategy/rarest.ts'
import { Sequential } from './strategy/sequential.ts'
import type { PickerOptions, PiecePicker, Priority, Receipt, Strategy } from './types.ts'
import { Wants } from './wants.ts'

const RANDOM_FIRST = 4
/** With three, a slow peer and one that has just died do not hold up a block together. */
const ENDGAME_DUPLICATES = 3

/**
 * Makes a picker for one torrent: everything is wanted, nothing is there, no peer is connected.
 * @example const picker = createPicker({ layout, clock, random: seededRandom(7) })
 */
export function createPicker(options: PickerOptions): PiecePicker {
  return new Picker(options)
}

class Picker implements PiecePicker {
  readonly #layout: Layout
  readonly #clock: Pick<Clock, 'now'>
  readonly #random: Random
  readonly #options: Required<Pick<PickerOptions, 'randomFirst' | 'canOpen' | 'onRestarted'>>
  readonly #wants: Wants
  readonly #frontier: Frontier
  readonly #ledger: Ledger
  readonly #peers: PeerTable
  readonly #endgame: Endgame
  readonly #batch: Batch = { out: new Uint32Array(0), count: 0, want: 0 }
  #order: PieceOrder

  constructor(options: PickerOptions) {
    const { clock, layout, random } = options
    const copies = options.endgameDuplicates ?? ENDGAME_DUPLICATES
    if (!Number.isInteger(copies) || copies < 1) throw bug(`${copies} endgame duplicates`)
    this.#layout = layout
    this.#clock = clock
    this.#random = random
    this.#options = { randomFirst: RANDOM_FIRST, canOpen: () => true, onRestarted: () => {}, ...options }
    this.#wants = new Wants(layout.pieces)
    this.#frontier = new Frontier(this.#wants)
    this.#ledger = new Ledger(layout, this.#wants.priorities, copies)
    this.#peers = new PeerTable(layout.pieces)
    this.#endgame = new Endgame({ random, clock, wants: this.#wants, copies })
    this.#order = this.#createOrder(options.strategy ?? 'rarest')
    for (let piece = 0; piece < layout.pieces; piece++) this.#frontier.add(piece)
  }

  get have(): Bitfield {
    return this.#wants.have
  }

  get missing(): number {
    return this.#wants.missing.count
  }

  get missingBlocks(): number {
    return this.missing * this.#layout.blocksPerPiece - this.#ledger.receivedOf(this.#wants.missing)
  }

  get isComplete(): boolean {
    return this.missing === 0
  }

  get openPieces(): number {
    return this.#ledger.all.length
  }

  get inEndgame(): boolean {
    if (this.missing === 0 || this.openPieces === 0 || this.#frontier.hasMore) return false
    for (const open of this.#ledger.withFree) if (this.#frontier.availability(open.piece) > 0) return false
    return true
  }

  // Peers and their pieces ---------------------------------------------------------------------------------------

  peerAdded(slot: PeerSlot): void {
    this.#peers.add(slot)
  }

  peerRemoved(slot: PeerSlot): void {
    const peer = this.#peers.get(slot)
    if (peer === undefined) return
    this.releasedAll(slot)
    for (const open of this.#ledger.all) if (open.received > 0) open.forgetDeliverer(slot)
    this.#replacePieces(peer, this.#peers.none)
    this.#peers.remove(peer)
  }

  peerHas(slot: PeerSlot, piece: PieceIndex): boolean {
    const peer = this.#peers.require(slot)
    const isMissing = this.#wants.missing.has(piece)
    if (peer.pieces.has(piece)) return isMissing
    peer.ownPieces().add(piece)
    this.#frontier.raise(piece)
    if (isMissing) peer.gainMissing(piece)
    if (this.#frontier.pieces.has(piece)) peer.lowerFloor(this.#order.keyOf(piece))
    return isMissing
  }

  peerLost(slot: PeerSlot, piece: PieceIndex): void {
    const peer = this.#peers.require(slot)
    if (!peer.pieces.has(piece)) return
    // From here on the peer is counted piece by piece, so that a flood of these messages costs O(peers) each.
    if (peer.isSeed) this.#replacePieces(peer, this.#peers.full.clone())
    peer.ownPieces().delete(piece)
    this.#frontier.lower(piece)
    this.#peers.lowerFloorsByOne()
    this.#handOverLacking(peer)
  }

  peerBitfield(slot: PeerSlot, bits: Bitfield): void {
    const peer = this.#peers.require(slot)
    if (bits.size !== this.#layout.pieces)
      throw bug(`bitfield of ${bits.size}, torrent of ${this.#layout.pieces} pieces`)
    this.#replacePieces(peer, bits.isFull ? this.#peers.full : PieceSet.fromBitfield(bits))
  }

  peerHasAll(slot: PeerSlot): void {
    this.#replacePieces(this.#peers.require(slot), this.#peers.full)
  }

  peerHasNone(slot: PeerSlot): void {
    this.#replacePieces(this.#peers.require(slot), this.#peers.none)
  }

  hasPiece(slot: PeerSlot, piece: PieceIndex): boolean {
    return this.#peers.get(slot)?.pieces.has(piece) ?? false
  }

  pieceCount(slot: PeerSlot): number {
    return this.#peers.get(slot)?.pieces.count ?? 0
  }

  isInteresting(slot: PeerSlot): boolean {
    const peer = this.#peers.get(slot)
    return peer !== undefined && peer.isInteresting(this.#wants)
  }

  // Requests -----------------------------------------------------------------------------------------------------

  pick(slot: PeerSlot, want: number, out: Uint32Array): number {
    const peer = this.#peers.get(slot)
    if (peer === undefined || !peer.isInteresting(this.#wants)) return 0
    const batch = beginBatch(this.#batch, out, want)
    while (batch.count < want) {
      const open = this.#choose(peer)
      if (open === undefined) break
      this.#take(open, peer, batch)
    }
    if (batch.count < want && this.inEndgame) this.#endgame.duplicate(peer, this.#ledger.all, batch)
    return batch.count
  }

  pickAmong(slot: PeerSlot, pieces: Iterable<PieceIndex>, want: number, out: Uint32Array): number {
    const peer = this.#peers.get(slot)
    if (peer === undefined) return 0
    const batch = beginBatch(this.#batch, out, want)
    for (const piece of pieces) {
      if (batch.count === want) break
      if (!peer.pieces.has(piece) || !this.#wants.missing.has(piece)) continue
      const open = this.#ledger.get(piece) ?? (this.#mayOpen(piece) ? this.#open(piece) : undefined)
      if (open?.allows(slot) === true) this.#take(open, peer, batch)
    }
    return batch.count
  }

  pickRun(slot: PeerSlot, want: number, out: Uint32Array): number {
    const peer = this.#peers.get(slot)
    const most = Math.floor(want / this.#layout.blocksPerPiece)
    if (peer === undefined || most === 0 || this.#frontier.topPriority < this.#ledger.topFreePriority) return 0
    const batch = beginBatch(this.#batch, out, want)
    const candidates = { frontier: this.#frontier, theirs: peer.pieces, priorities: this.#wants.priorities }
    const run = findRun(candidates, { most, isFirst: this.#order.goesByIndex })
    for (let piece = run.first; piece < run.first + run.count && this.#options.canOpen(); piece++)
      this.#take(this.#open(piece as PieceIndex), peer, batch)
    return batch.count
  }

  received(slot: PeerSlot, block: BlockId): Receipt {
    const peer = this.#peers.get(slot)
    if (peer === undefined) return 'unrequested'
    const piece = this.#layout.pieceOf(block)
    let open = this.#ledger.get(piece)
    if (open?.unask(block - open.firstBlock, slot) === true) peer.outstanding--
    else if (peer.late > 0) peer.late--
    else return 'unrequested'
    peer.answeredAtMs = this.#clock.now()
    if (open === undefined && this.#mayOpen(piece)) open = this.#open(piece)
    if (open === undefined || !open.needs(block - open.firstBlock, slot)) return 'duplicate'
    open.deliver(block - open.firstBlock, slot)
    this.#ledger.refile(open)
    return open.isComplete ? 'piece-complete' : 'accepted'
  }

  accepts(slot: PeerSlot, block: BlockId): boolean {
    const peer = this.#peers.get(slot)
    if (peer === undefined) return false
    const piece = this.#layout.pieceOf(block)
    const open = this.#ledger.get(piece)
    if (open === undefined) return peer.late > 0 && this.#mayOpen(piece)
    const at = block - open.firstBlock
    return open.needs(at, slot) && (peer.late > 0 || open.isAskedOf(at, slot))
  }

  released(slot: PeerSlot, block: BlockId): void {
    const open = this.#openPieceOf(block)
    if (open?.unask(block - open.firstBlock, slot) !== true) return
    this.#peers.require(slot).giveUp()
    this.#settle(open)
  }

  releasedAll(slot: PeerSlot): void {
    const peer = this.#peers.get(slot)
    if (peer === undefined) return
    const { all } = this.#ledger
    // Backwards: closing a piece moves the last one, which has been seen, to its place.
    for (let i = all.length - 1; i >= 0; i--) {
      const open = all[i]!
      if (open.exclusive === slot) this.#handOver(open)
      else if (open.asks > 0 && peer.outstanding > 0) this.#releasePiece(open, peer)
    }
  }

  isRequestedFrom(slot: PeerSlot, block: BlockId): boolean {
    const open = this.#openPieceOf(block)
    return open !== undefined && open.isAskedOf(block - open.firstBlock, slot)
  }

  outstanding(slot: PeerSlot): number {
    return this.#peers.get(slot)?.outstanding ?? 0
  }

  otherRequesters(block: BlockId, slot: PeerSlot, visit: (slot: PeerSlot) => void): void {
    const open = this.#openPieceOf(block)
    if (open === undefined) return
    const at = block - open.firstBlock
    // Backwards: `visit` may release the request that it is told of.
    for (let n = open.askCount(at) - 1; n >= 0; n--) {
      const other = open.askedOf(at, n)
      // Every number in the ledger came in as a PeerSlot.
      if (other !== slot) visit(other as PeerSlot)
    }
  }

  // Pieces -------------------------------------------------------------------------------------------------------

  contributors(piece: PieceIndex, out: Uint16Array): number {
    return this.#ledger.get(piece)?.deliverers(out) ?? 0
  }

  verified(piece: PieceIndex): void {
    this.#wants.gain(piece)
    const open = this.#ledger.get(piece)
    if (open === undefined) this.#frontier.remove(piece)
    else this.#close(open)
  }

  restored(piece: PieceIndex, blocks: Bitfield): void {
    if (blocks.isEmpty || !this.#wants.missing.has(piece) || this.#ledger.get(piece) !== undefined) return
    const open = this.#open(piece)
    open.restore(blocks)
    this.#ledger.refile(open)
  }

  failed(piece: PieceIndex): void {
    this.#wants.lose(piece)
    const open = this.#ledger.get(piece)
    if (open === undefined) this.#enterFrontier(piece)
    else this.#close(open)
  }

  setExclusive(piece: PieceIndex, slot: PeerSlot | undefined): void {
    let open = this.#ledger.get(piece)
    if (slot === undefined) {
      if (open === undefined) return
      open.exclusive = NO_SLOT
      this.#settle(open)
    } else {
      if (!this.#wants.missing.has(piece)) return
      open ??= this.#open(piece)
      if (open.exclusive === slot) return
      this.#handOver(open)
      if (this.hasPiece(slot, piece)) open.exclusive = slot
    }
  }

  setHeld(piece: PieceIndex, isHeld: boolean): void {
    this.#frontier.setHeld(piece, isHeld)
    if (!isHeld && this.#ledger.get(piece) === undefined) this.#enterFrontier(piece)
  }

  abandon(piece: PieceIndex): number {
    const open = this.#ledger.get(piece)
    if (open === undefined) return 0
    const lost = open.received
    this.#close(open)
    return lost
  }

  abandonable(): PieceIndex | undefined {
    return this.#layout.piece(leastWorth(this.#ledger.all, { wants: this.#wants, frontier: this.#frontier }))
  }

  setPatience(ms: number): void {
    this.#endgame.patienceMs = ms
  }

  setPriority(piece: PieceIndex, priority: Priority): void {
    if (this.#wants.priorities[piece] === priority) return
    const open = this.#ledger.get(piece)
    if (open === undefined) {
      this.#frontier.remove(piece)
      this.#wants.setPriority(piece, priority)
      this.#enterFrontier(piece)
    } else {
      this.#ledger.reprioritise(open, () => this.#wants.setPriority(piece, priority))
    }
  }

  priority(piece: PieceIndex): Priority {
    // Only a Priority is ever stored.
    return this.#wants.priorities[piece] as Priority
  }

  setStrategy(strategy: Strategy): void {
    this.#order = this.#createOrder(strategy)
    this.#peers.resetFloors()
  }

  availability(piece: PieceIndex): number {
    return this.#frontier.availability(piece)
  }

  distributedCopies(): number {
    return this.#frontier.distributedCopies(this.#wants.have)
  }

  checkInvariants(): void {
    checkInvariants({
      wants: this.#wants,
      frontier: this.#frontier,
      ledger: this.#ledger,
      peers: this.#peers,
      order: this.#order,
    })
  }

  // Inside -------------------------------------------------------------------------------------------------------

  #createOrder(strategy: Strategy): PieceOrder {
    if (strategy === 'sequential') return new Sequential(this.#frontier, this.#wants)
    return new RarestFirst({
      frontier: this.#frontier,
      wants: this.#wants,
      random: this.#random,
      startsAtRandom: () => this.have.count + this.openPieces < this.#options.randomFirst,
    })
  }

  /** The piece to give a peer blocks of: the highest priority first, then an open one, else a new one is opened. */
  #choose(peer: Peer): OpenPiece | undefined {
    const { priorities } = this.#wants
    const topFree = this.#ledger.topFreePriority
    if (topFree > 0 && topFree >= this.#frontier.topPriority && this.#order.staysWithPiece) {
      const own = this.#ledger.get(peer.current)
      if (own !== undefined && priorities[own.piece] === topFree && mayContinue(own, peer)) return own
    }
    const open =
      topFree === 0 ? undefined : bestToContinue(this.#ledger.withFree, peer, { priorities, order: this.#order })
    if (!this.#options.canOpen()) return open
    const minPriority = open === undefined ? 1 : priorities[open.piece]! + 1
    const next = this.#layout.piece(this.#order.next(peer, minPriority))
    return next === undefined ? open : this.#open(next)
  }

  /** Requests free blocks of a piece. */
  #take(open: OpenPiece, peer: Peer, batch: Batch): void {
    const before = batch.count
    for (; batch.count < batch.want && open.free > 0; batch.count++) {
      const block = open.nextFree()
      open.ask(block, peer.slot)
      batch.out[batch.count] = open.firstBlock + block
    }
    const taken = batch.count - before
    if (taken === 0) return
    open.askedAtMs = this.#clock.now()
    if (open.exclusive === GONE) open.exclusive = peer.slot
    peer.asked(taken, open.askedAtMs)
    peer.current = open.piece
    this.#ledger.refile(open)
  }

  #mayOpen(piece: PieceIndex): boolean {
    return this.#frontier.pieces.has(piece) && this.#options.canOpen()
  }

  #open(piece: PieceIndex): OpenPiece {
    this.#frontier.remove(piece)
    return this.#ledger.open(piece)
  }

  /** Drops what an open piece has and closes it. */
  #close(open: OpenPiece): void {
    this.#giveUpRequests(open)
    this.#ledger.close(open)
    this.#enterFrontier(open.piece)
  }

  #enterFrontier(piece: number): void {
    if (!this.#wants.missing.has(piece)) return
    this.#frontier.add(piece)
    this.#peers.lowerFloors(this.#order.keyOf(piece))
  }

  /** After requests were taken back: closes a piece of which nothing is there and nothing will come. */
  #settle(open: OpenPiece): void {
    if (open.isIdle && open.exclusive === NO_SLOT) this.#close(open)
    else this.#ledger.refile(open)
  }

  #giveUpRequests(open: OpenPiece): void {
    open.visitAsked((slot) => this.#peers.get(slot)?.giveUp())
  }

  #releasePiece(open: OpenPiece, peer: Peer): void {
    for (let block = 0; block < open.blocks; block++) if (open.unask(block, peer.slot)) peer.giveUp()
    this.#settle(open)
  }

  /** Starts a piece anew for the next peer that picks it, and that one alone. */
  #handOver(open: OpenPiece): void {
    this.#giveUpRequests(open)
    if (open.received > 0) this.#options.onRestarted(this.#layout.pieceOf(open.firstBlock as BlockId))
    open.clear()
    open.exclusive = GONE
    this.#ledger.refile(open)
  }

  #replacePieces(peer: Peer, pieces: PieceSet): void {
    if (peer.isSeed) this.#frontier.seeds--
    else if (peer.pieces.count > 0) {
      this.#frontier.lowerAll(peer.pieces)
      this.#peers.lowerFloorsByOne()
    }
    peer.isSeed = pieces === this.#peers.full
    peer.replacePieces(pieces, peer.isSeed || pieces === this.#peers.none)
    if (peer.isSeed) this.#frontier.seeds++
    else this.#frontier.raiseAll(pieces)
    this.#handOverLacking(peer)
  }

  /** A peer cannot be the only one to deliver a piece that it does not have. */
  #handOverLacking(peer: Peer): void {
    for (const open of this.#ledger.all) {
      if (open.exclusive === peer.slot && !peer.pieces.has(open.piece)) this.#handOver(open)
    }
  }

  #openPieceOf(block: BlockId): OpenPiece | undefined {
    return this.#ledger.get(this.#layout.pieceOf(block))
  }
}
