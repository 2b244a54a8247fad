// The way of an arriving block into a verified piece, the same for peers and web seeds: where its bytes land, whether it
// counts, what a finished piece means. Everything between two reads is synchronous; the one promise is per piece.
//
// Invariant: a byte is written into a segment only by the one sender in `#receivers` for that block, and never into a
// block that is complete: a second sender of the same block (endgame) writes into its own scratch buffer.

import { Bitfield, BLOCK_LENGTH } from '@ccbt/primitives'
import type { BlockId, CcbtError, Layout, PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { PieceStore, PieceVerdict } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'

import { hashesDisagree } from '../errors.ts'
import type { Blame } from './blame.ts'

/** Received bytes that were of no use. */
export interface Waste {
  hashFailed: number
  duplicate: number
  unrequested: number
}

/** One that sends blocks, one after the other. */
export interface BlockSender {
  readonly slot: PeerSlot
  /** The block being received, or -1; and whether its bytes go to a place of its own first. */
  receiving: BlockId | -1
  receivingInto: 'segment' | 'scratch' | 'nowhere'
  scratch: Uint8Array | undefined
  /** The place of the block that is arriving is gone: the rest of it goes nowhere. */
  divert(): void
}

/** What became of a block: it counts; it is of no use; it was never asked for. */
export type Arrival = 'taken' | 'useless' | 'unrequested'

/** What an intake works with and tells. */
export interface BlockIntakeParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: Pick<PieceStore, 'reserve' | 'blockTarget' | 'blockFilled' | 'abandon'>
  readonly blame: Pick<Blame, 'stored' | 'corrupt'>
  /** A block has come that another was asked for as well. */
  readonly cancel: (slot: PeerSlot, block: BlockId) => void
  readonly onVerified: (piece: PieceIndex) => void
  readonly onCorrupt: (piece: PieceIndex) => void
  readonly onDiskFailed: (error: CcbtError) => void
  readonly onPayload: (bytes: number) => void
}

/** Takes the blocks of a live torrent. */
export class BlockIntake {
  readonly waste: Waste = { hashFailed: 0, duplicate: 0, unrequested: 0 }
  /** Room was refused since this was last set to false. */
  isStarved = false
  readonly #parts: BlockIntakeParts
  readonly #receivers = new Map<BlockId, BlockSender>()
  /** Pieces with memory that have no verdict yet. */
  readonly #reserved = new Set<PieceIndex>()
  #isStopped = false

  constructor(parts: BlockIntakeParts) {
    this.#parts = parts
  }

  /** Pieces with memory that have no verdict yet. */
  get reserved(): ReadonlySet<PieceIndex> {
    return this.#reserved
  }

  /** Takes no more blocks; pieces that are being written finish by themselves. */
  stop(): void {
    this.#isStopped = true
  }

  /** Makes room for a block; false while there is no memory. */
  reserve(piece: PieceIndex, begin: number): boolean {
    if (this.#parts.store.reserve(piece, begin)) {
      this.#reserved.add(piece)
      return true
    }
    this.isStarved = true
    return false
  }

  /** Where an arriving block goes; undefined = it is skipped. */
  begin(sender: BlockSender, block: BlockId, begin: number, length: number): Uint8Array | undefined {
    const { layout, picker, store } = this.#parts
    sender.receiving = block
    sender.receivingInto = 'nowhere'
    if (this.#isStopped || !picker.accepts(sender.slot, block)) return undefined
    const target = store.blockTarget(layout.pieceOf(block), begin, length)
    if (target === undefined) return undefined
    if (!this.#receivers.has(block)) {
      this.#receivers.set(block, sender)
      sender.receivingInto = 'segment'
      return target
    }
    sender.receivingInto = 'scratch'
    sender.scratch ??= new Uint8Array(BLOCK_LENGTH)
    return sender.scratch.subarray(0, length)
  }

  /** All bytes of the block that began have arrived. */
  end(sender: BlockSender, begin: number, length: number): Arrival {
    const { layout, picker, store } = this.#parts
    const block = sender.receiving as BlockId
    const into = sender.receivingInto
    this.gone(sender)
    if (this.#isStopped) return 'useless'
    const piece = layout.pieceOf(block)
    const hasNoPlace = into === 'scratch' && store.blockTarget(piece, begin, length) === undefined
    if ((into === 'nowhere' || hasNoPlace) && picker.accepts(sender.slot, block)) {
      // Its bytes are lost although the block is still needed: there was no room for it when it began, or its piece was
      // given up since.
      picker.released(sender.slot, block)
      this.waste.duplicate += length
      return 'useless'
    }
    const outcome = picker.received(sender.slot, block)
    if (outcome === 'unrequested') {
      this.waste.unrequested += length
      return 'unrequested'
    }
    if (outcome === 'duplicate') {
      this.waste.duplicate += length
      return 'useless'
    }
    if (into === 'scratch') this.#adoptScratch(sender, block, begin, length)
    this.#take(sender, block, begin, length)
    return 'taken'
  }

  /**
   * Takes blocks of a piece that nobody has begun from this machine: nobody is blamed when they are wrong. `no-room`: there
   * is no memory now, and nothing was taken. `useless`: the piece is there, or was begun by others.
   */
  supply(piece: PieceIndex, blocks: ReadonlyMap<number, Uint8Array>): 'taken' | 'no-room' | 'useless' {
    const { layout, picker, store } = this.#parts
    if (this.#isStopped || picker.have.has(piece) || this.#reserved.has(piece)) return 'useless'
    const taken = new Bitfield(layout.blocksIn(piece))
    for (const block of blocks.keys()) {
      taken.set(block)
      if (this.reserve(piece, block * BLOCK_LENGTH)) continue
      this.abandon(piece)
      return 'no-room'
    }
    picker.restored(piece, taken)
    for (const [block, bytes] of blocks) {
      store.blockTarget(piece, block * BLOCK_LENGTH, bytes.length)?.set(bytes)
      const verdict = store.blockFilled(piece, block * BLOCK_LENGTH)
      if (verdict !== undefined) void this.#finish(piece, verdict)
    }
    return 'taken'
  }

  /** The sender has ended in the middle of a block. */
  gone(sender: BlockSender): void {
    if (sender.receiving === -1) return
    if (this.#receivers.get(sender.receiving) === sender) this.#receivers.delete(sender.receiving)
    sender.receiving = -1
  }

  /** Gives up the memory of a piece and what is in it. */
  abandon(piece: PieceIndex): void {
    // What is just arriving for it has no place any more.
    for (const [block, receiver] of this.#receivers) {
      if (this.#parts.layout.pieceOf(block) !== piece) continue
      receiver.divert()
      this.#receivers.delete(block)
    }
    this.#parts.store.abandon(piece)
    this.#reserved.delete(piece)
  }

  #take(sender: BlockSender, block: BlockId, begin: number, length: number): void {
    const { layout, picker, store, cancel } = this.#parts
    this.#parts.onPayload(length)
    picker.otherRequesters(block, sender.slot, (slot) => cancel(slot, block))
    const piece = layout.pieceOf(block)
    const verdict = store.blockFilled(piece, begin)
    if (verdict !== undefined) void this.#finish(piece, verdict)
  }

  /** A block came whole through a scratch buffer while a slower sender still fills the segment: the whole one counts. */
  #adoptScratch(sender: BlockSender, block: BlockId, begin: number, length: number): void {
    const target = this.#parts.store.blockTarget(this.#parts.layout.pieceOf(block), begin, length)
    if (target === undefined || sender.scratch === undefined) return
    const slower = this.#receivers.get(block)
    if (slower !== undefined) {
      slower.divert()
      this.#receivers.delete(block)
    }
    target.set(sender.scratch.subarray(0, length))
  }

  async #finish(piece: PieceIndex, pending: Promise<PieceVerdict>): Promise<void> {
    const { picker, blame } = this.#parts
    const verdict = await pending
    this.#reserved.delete(piece)
    if (this.#isStopped) {
      // The record that is written after the stop claims it.
      if (verdict.kind === 'stored') picker.verified(piece)
      return
    }
    switch (verdict.kind) {
      case 'stored':
        blame.stored(piece, verdict.blocks)
        picker.verified(piece)
        this.#parts.onVerified(piece)
        return
      case 'corrupt':
        blame.corrupt(piece, verdict.blocks)
        this.#parts.onCorrupt(piece)
        return
      case 'inconsistent':
        picker.failed(piece)
        this.#parts.onDiskFailed(hashesDisagree(piece))
        return
      case 'disk-failed':
        picker.failed(piece)
        this.#parts.onDiskFailed(verdict.error)
    }
  }
}
