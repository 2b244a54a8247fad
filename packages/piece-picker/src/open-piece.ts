// The blocks of one open piece: which are free, whom each was asked of, who delivered it. Records are pooled; all
// numbers of blocks here count within the piece.
//
// A block is received (it has a deliverer), requested (asked of 1 to `copies` peers) or free. A received block may
// still be asked of other peers: those answers are on their way.

import type { Bitfield, PeerSlot } from '@ccbt/primitives'

/** Stands for no peer in lists of slots: nobody, or a peer that has gone. */
export const NO_SLOT = 0xffff

/** The highest usable peer slot. */
export const MAX_SLOT = 0xfffd

/** Internal: a block whose deliverer has gone or was there in an earlier run, or a piece that waits for its exclusive peer. */
export const GONE = 0xfffe

export class OpenPiece {
  piece = -1
  firstBlock = 0
  blocks = 0
  /** Blocks neither received nor asked of anyone. */
  free = 0
  received = 0
  /** Pairs of a block and a peer that it is asked of. */
  asks = 0
  /** Requested blocks that one more peer may be asked for. */
  duplicable = 0
  /** When a block of it was asked of a first peer last; milliseconds. */
  askedAtMs = 0
  /** The only peer that may deliver this piece; NO_SLOT = everyone may, GONE = the next one that picks it. */
  exclusive: number = NO_SLOT
  /** Index in the ledger's list of open pieces, and in that of pieces with free blocks; -1 = not listed. */
  openIndex = -1
  freeIndex = -1
  /** How many peers one block may be asked of. */
  readonly copies: number
  readonly #deliverer: Uint16Array
  readonly #askCount: Uint8Array
  readonly #asked: Uint16Array
  /** No free block is below this one. */
  #lowestFree = 0

  constructor(blocks: number, copies: number) {
    this.copies = copies
    this.#deliverer = new Uint16Array(blocks)
    this.#askCount = new Uint8Array(blocks)
    this.#asked = new Uint16Array(blocks * copies)
  }

  /** Makes the record stand for a piece of which nothing is received or asked. */
  reset(piece: number, firstBlock: number, blocks: number): void {
    this.piece = piece
    this.firstBlock = firstBlock
    this.blocks = blocks
    this.exclusive = NO_SLOT
    this.clear()
  }

  /** Forgets all blocks and requests. */
  clear(): void {
    this.free = this.blocks
    this.received = 0
    this.asks = 0
    this.duplicable = 0
    this.#lowestFree = 0
    this.#deliverer.fill(NO_SLOT)
    this.#askCount.fill(0)
  }

  get isComplete(): boolean {
    return this.received === this.blocks
  }

  get isIdle(): boolean {
    return this.received === 0 && this.asks === 0
  }

  isFree(block: number): boolean {
    return this.askCount(block) === 0 && !this.isReceived(block)
  }

  isReceived(block: number): boolean {
    return this.#deliverer[block]! !== NO_SLOT
  }

  askCount(block: number): number {
    return this.#askCount[block]!
  }

  /** The peers that a block is asked of: `n` is below `askCount(block)`. */
  askedOf(block: number, n: number): number {
    return this.#asked[block * this.copies + n]!
  }

  /** Calls `visit` for each request: with the slot of the peer. */
  visitAsked(visit: (slot: number) => void): void {
    for (let block = 0; this.asks > 0 && block < this.blocks; block++) {
      for (let n = 0; n < this.askCount(block); n++) visit(this.askedOf(block, n))
    }
  }

  /** Calls `visit` for each peer but `slot` that a block, by its number in the torrent, is asked of. */
  visitAskers(id: number, slot: PeerSlot, visit: (slot: PeerSlot) => void): void {
    const block = id - this.firstBlock
    // Backwards: `visit` may release the request that it is told of.
    for (let n = this.askCount(block) - 1; n >= 0; n--) {
      const other = this.askedOf(block, n)
      // Every number in here came in as a PeerSlot.
      if (other !== slot) visit(other as PeerSlot)
    }
  }

  /** Who delivered a block: NO_SLOT when nobody did, or a peer that has gone. */
  delivererOf(block: number): number {
    const slot = this.#deliverer[block]!
    return slot === GONE ? NO_SLOT : slot
  }

  /** The same for all blocks; returns their number. */
  deliverers(out: Uint16Array): number {
    for (let block = 0; block < this.blocks; block++) out[block] = this.delivererOf(block)
    return this.blocks
  }

  /** Whether this peer may be given blocks of this piece. */
  allows(slot: number): boolean {
    return this.exclusive === NO_SLOT || this.exclusive === slot || this.exclusive === GONE
  }

  /** Whether a block that this peer sends is of use. */
  needs(block: number, slot: number): boolean {
    return !this.isReceived(block) && (this.exclusive === NO_SLOT || this.exclusive === slot)
  }

  isAskedOf(block: number, slot: number): boolean {
    return this.#findAsk(block, slot) !== -1
  }

  /** The lowest free block; there must be one. */
  nextFree(): number {
    let block = this.#lowestFree
    while (!this.isFree(block)) block++
    this.#lowestFree = block
    return block
  }

  /** Notes a request; the block is asked of fewer than `copies` peers, and not of this one. */
  ask(block: number, slot: number): void {
    const count = this.#askCount[block]!
    this.#asked[block * this.copies + count] = slot
    this.#setAskCount(block, count + 1)
  }

  /** Takes a request back; false when there was none. */
  unask(block: number, slot: number): boolean {
    const at = this.#findAsk(block, slot)
    if (at === -1) return false
    const left = this.#askCount[block]! - 1
    this.#asked[at] = this.#asked[block * this.copies + left]!
    this.#setAskCount(block, left)
    return true
  }

  /** Notes the arrival of a block that was not received before. */
  deliver(block: number, slot: number): void {
    const count = this.#askCount[block]!
    if (count === 0) this.free--
    else if (count < this.copies) this.duplicable--
    this.#deliverer[block] = slot
    this.received++
  }

  /** Notes blocks that were there before any peer was. */
  restore(blocks: Bitfield): void {
    for (let block = 0; block < this.blocks; block++) if (blocks.has(block)) this.deliver(block, GONE)
  }

  /** A peer has gone: its slot may soon stand for another peer. */
  forgetDeliverer(slot: number): void {
    for (let block = 0; block < this.blocks; block++) if (this.#deliverer[block] === slot) this.#deliverer[block] = GONE
  }

  #findAsk(block: number, slot: number): number {
    const base = block * this.copies
    const end = base + this.#askCount[block]!
    for (let at = base; at < end; at++) if (this.#asked[at] === slot) return at
    return -1
  }

  #setAskCount(block: number, count: number): void {
    const was = this.#askCount[block]!
    this.#askCount[block] = count
    this.asks += count - was
    if (this.isReceived(block)) return
    if (was === 0) this.free--
    else if (was < this.copies) this.duplicable--
    if (count === 0) {
      this.free++
      if (block < this.#lowestFree) this.#lowestFree = block
    } else if (count < this.copies) this.duplicable++
  }
}
