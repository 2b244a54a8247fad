// The picker as its torrent sees it: what peers have, what they were asked for and what came of it. What is known of pieces
// and peers is in piece-book.ts, which blocks a peer is asked for in choice.ts, the order of pieces in strategy/.

import { bug } from '@ccbt/primitives'
import type { Bitfield, BlockId, Clock, Layout, PeerSlot, PieceIndex, Random } from '@ccbt/primitives'
import { leastWorth } from './abandonment.ts'
import { beginBatch } from './batch.ts'
import type { Batch } from './batch.ts'
import { Choice } from './choice.ts'
import { checkInvariants } from './invariants.ts'
import { PieceSet } from './piece-set.ts'
import { PieceBook } from './piece-book.ts'
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
  readonly #options: Required<Pick<PickerOptions, 'randomFirst' | 'canOpen' | 'onRestarted' | 'endgameDuplicates'>>
  readonly #random: Random
  readonly #wants: Wants
  /** Only while there are peers, or pieces that they are to have a part in: a torrent at rest is no more than its wants. */
  #madeBook: PieceBook | undefined
  readonly #choice: Choice
  readonly #batch: Batch = { out: new Uint32Array(0), count: 0, want: 0 }
  #strategy: Strategy

  constructor(options: PickerOptions) {
    const { clock, layout, random } = options
    const copies = options.endgameDuplicates ?? ENDGAME_DUPLICATES
    if (!Number.isInteger(copies) || copies < 1) throw bug(`${copies} endgame duplicates`)
    this.#layout = layout
    this.#clock = clock
    this.#random = random
    this.#options = {
      randomFirst: RANDOM_FIRST,
      canOpen: () => true,
      onRestarted: () => {},
      ...options,
      endgameDuplicates: copies,
    }
    this.#wants = new Wants(layout.pieces)
    this.#choice = new Choice({ ...this.#options, layout, clock, random, wants: this.#wants, copies })
    this.#strategy = options.strategy ?? 'rarest'
  }

  get #book(): PieceBook {
    this.#madeBook ??= new PieceBook({
      ...this.#options,
      layout: this.#layout,
      wants: this.#wants,
      random: this.#random,
      strategy: this.#strategy,
    })
    return this.#madeBook
  }

  get have(): Bitfield {
    return this.#wants.have
  }

  get missing(): number {
    return this.#wants.missing.count
  }

  get missingBlocks(): number {
    return this.missing * this.#layout.blocksPerPiece - (this.#madeBook?.ledger.receivedOf(this.#wants.missing) ?? 0)
  }

  get isComplete(): boolean {
    return this.missing === 0
  }

  get openPieces(): number {
    return this.#madeBook?.ledger.all.length ?? 0
  }

  get inEndgame(): boolean {
    return this.#madeBook?.inEndgame ?? false
  }

  // Peers and their pieces ---------------------------------------------------------------------------------------

  peerAdded(slot: PeerSlot): void {
    this.#book.peers.add(slot)
  }

  peerRemoved(slot: PeerSlot): void {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined) return
    this.releasedAll(slot)
    for (const open of this.#book.ledger.all) if (open.received > 0) open.forgetDeliverer(slot)
    this.#book.replacePieces(peer, this.#book.peers.none)
    this.#book.peers.remove(peer)
    if (this.missing === 0 && this.#book.isIdle) this.#madeBook = undefined
  }

  peerHas(slot: PeerSlot, piece: PieceIndex): boolean {
    return this.#book.peerHas(this.#book.peers.require(slot), piece)
  }

  peerLost(slot: PeerSlot, piece: PieceIndex): void {
    this.#book.peerLost(this.#book.peers.require(slot), piece)
  }

  peerBitfield(slot: PeerSlot, bits: Bitfield): void {
    const peer = this.#book.peers.require(slot)
    if (bits.size !== this.#layout.pieces)
      throw bug(`bitfield of ${bits.size}, torrent of ${this.#layout.pieces} pieces`)
    this.#book.replacePieces(peer, bits.isFull ? this.#book.peers.full : PieceSet.fromBitfield(bits))
  }

  peerHasAll(slot: PeerSlot): void {
    this.#book.replacePieces(this.#book.peers.require(slot), this.#book.peers.full)
  }

  peerHasNone(slot: PeerSlot): void {
    this.#book.replacePieces(this.#book.peers.require(slot), this.#book.peers.none)
  }

  hasPiece(slot: PeerSlot, piece: PieceIndex): boolean {
    return this.#book.peers.get(slot)?.pieces.has(piece) ?? false
  }

  pieceCount(slot: PeerSlot): number {
    return this.#book.peers.get(slot)?.pieces.count ?? 0
  }

  isInteresting(slot: PeerSlot): boolean {
    const peer = this.#book.peers.get(slot)
    return peer !== undefined && peer.isInteresting(this.#wants)
  }

  // Requests -----------------------------------------------------------------------------------------------------

  pick(slot: PeerSlot, want: number, out: Uint32Array): number {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined || !peer.isInteresting(this.#wants)) return 0
    const batch = beginBatch(this.#batch, out, want)
    this.#choice.fill(this.#book, peer, batch)
    return batch.count
  }

  pickAmong(slot: PeerSlot, pieces: Iterable<PieceIndex>, want: number, out: Uint32Array): number {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined) return 0
    const batch = beginBatch(this.#batch, out, want)
    this.#choice.fillAmong(this.#book, pieces, peer, batch)
    return batch.count
  }

  pickRun(slot: PeerSlot, want: number, out: Uint32Array): number {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined) return 0
    const batch = beginBatch(this.#batch, out, want)
    this.#choice.fillRun(this.#book, peer, batch)
    return batch.count
  }

  received(slot: PeerSlot, block: BlockId): Receipt {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined) return 'unrequested'
    const piece = this.#layout.pieceOf(block)
    let open = this.#book.ledger.get(piece)
    if (open?.unask(block - open.firstBlock, slot) === true) peer.outstanding--
    else if (peer.late > 0) peer.late--
    else return 'unrequested'
    peer.answeredAtMs = this.#clock.now()
    open ??= this.#book.openIfAllowed(piece)
    if (open === undefined || !open.needs(block - open.firstBlock, slot)) return 'duplicate'
    open.deliver(block - open.firstBlock, slot)
    this.#book.ledger.refile(open)
    return open.isComplete ? 'piece-complete' : 'accepted'
  }

  accepts(slot: PeerSlot, block: BlockId): boolean {
    const peer = this.#book.peers.get(slot)
    if (peer === undefined) return false
    const piece = this.#layout.pieceOf(block)
    const open = this.#book.ledger.get(piece)
    if (open === undefined) return peer.late > 0 && this.#book.mayOpen(piece)
    const at = block - open.firstBlock
    return open.needs(at, slot) && (peer.late > 0 || open.isAskedOf(at, slot))
  }

  released(slot: PeerSlot, block: BlockId): void {
    const open = this.#book.openPieceOf(block)
    if (open?.unask(block - open.firstBlock, slot) !== true) return
    this.#book.peers.require(slot).giveUp()
    this.#book.settle(open)
  }

  releasedAll(slot: PeerSlot): void {
    const peer = this.#book.peers.get(slot)
    if (peer !== undefined) this.#book.releaseAll(peer)
  }

  isRequestedFrom(slot: PeerSlot, block: BlockId): boolean {
    const open = this.#book.openPieceOf(block)
    return open !== undefined && open.isAskedOf(block - open.firstBlock, slot)
  }

  outstanding(slot: PeerSlot): number {
    return this.#book.peers.get(slot)?.outstanding ?? 0
  }

  otherRequesters(block: BlockId, slot: PeerSlot, visit: (slot: PeerSlot) => void): void {
    this.#book.openPieceOf(block)?.visitAskers(block, slot, visit)
  }

  // Pieces -------------------------------------------------------------------------------------------------------

  contributors(piece: PieceIndex, out: Uint16Array): number {
    return this.#book.ledger.get(piece)?.deliverers(out) ?? 0
  }

  verified(piece: PieceIndex): void {
    this.#wants.gain(piece)
    this.#madeBook?.gained(piece)
  }

  restored(piece: PieceIndex, blocks: Bitfield): void {
    if (blocks.isEmpty || !this.#wants.missing.has(piece) || this.#book.ledger.get(piece) !== undefined) return
    const open = this.#book.open(piece)
    open.restore(blocks)
    this.#book.ledger.refile(open)
  }

  failed(piece: PieceIndex): void {
    this.#wants.lose(piece)
    this.#madeBook?.lost(piece)
  }

  setExclusive(piece: PieceIndex, slot: PeerSlot | undefined): void {
    if (slot === undefined) this.#book.share(piece)
    else this.#book.reserve(piece, slot)
  }

  setHeld(piece: PieceIndex, isHeld: boolean): void {
    this.#book.frontier.setHeld(piece, isHeld)
    if (!isHeld && this.#book.ledger.get(piece) === undefined) this.#book.enterFrontier(piece)
  }

  abandon(piece: PieceIndex): number {
    const open = this.#book.ledger.get(piece)
    if (open === undefined) return 0
    const lost = open.received
    this.#book.close(open)
    return lost
  }

  abandonable(): PieceIndex | undefined {
    return this.#layout.piece(leastWorth(this.#book.ledger.all, { wants: this.#wants, frontier: this.#book.frontier }))
  }

  setPatience(ms: number): void {
    this.#choice.endgame.patienceMs = ms
  }

  setUrgent(pieces: readonly PieceIndex[], patienceMs: number): void {
    const { urgent } = this.#choice
    urgent.pieces = pieces
    urgent.patienceMs = patienceMs
  }

  setLead(slot: PeerSlot, pieces: number): void {
    const peer = this.#book.peers.get(slot)
    if (peer !== undefined) peer.lead = pieces
  }

  setPriority(piece: PieceIndex, priority: Priority): void {
    if (this.#madeBook === undefined) this.#wants.setPriority(piece, priority)
    else this.#madeBook.setPriority(piece, priority)
  }

  priority(piece: PieceIndex): Priority {
    // Only a Priority is ever stored.
    return this.#wants.priorities[piece] as Priority
  }

  setStrategy(strategy: Strategy): void {
    this.#strategy = strategy
    this.#madeBook?.setStrategy(strategy)
  }

  availability(piece: PieceIndex): number {
    return this.#madeBook?.frontier.availability(piece) ?? 0
  }

  distributedCopies(): number {
    return this.#book.frontier.distributedCopies(this.#wants.have)
  }

  checkInvariants(): void {
    checkInvariants(this.#book)
  }
}
