import type { Bitfield, BlockId, Clock, Layout, PeerSlot, PieceIndex, Random } from '@ccbt/primitives'

/**
 * How much a piece is wanted: 0 = not at all, 4 = normal, 7 = most. Pieces of a higher priority are always fetched first.
 * @example picker.setPriority(piece, 7)
 */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

/**
 * The order of pieces of one priority: those that the fewest peers have first; by index; each in its turn, from the one
 * that was begun last to the next one, whoever asks.
 * @example picker.setStrategy('sequential')
 */
export type Strategy = 'rarest' | 'sequential' | 'round-robin'

/**
 * What became of a block: stored; stored and the last of its piece; had already or refused, though this peer had been
 * asked for something; never asked of this peer.
 * @example if (picker.received(slot, block) === 'piece-complete') store.commit(buffer)
 */
export type Receipt = 'accepted' | 'piece-complete' | 'duplicate' | 'unrequested'

/** What {@link createPicker} takes. */
export interface PickerOptions {
  readonly layout: Layout
  readonly random: Random
  /** Tells how long a block has been waited for. */
  readonly clock: Pick<Clock, 'now'>
  /** Default: rarest first. */
  readonly strategy?: Strategy
  /** While there are fewer verified and open pieces than this, a random one is opened (BEP 3 practice). Default 4. */
  readonly randomFirst?: number
  /** How many peers one block may be asked of in endgame; default 3. */
  readonly endgameDuplicates?: number
  /** False while no new piece may be opened, for want of memory for instance. Default: always true. */
  readonly canOpen?: () => boolean
  /**
   * A piece that one peer alone was to send goes to another, which sends it from its first block on: what came of it is
   * of no use. Called while the picker changes: it must not be called from here.
   */
  readonly onRestarted?: (piece: PieceIndex) => void
}

/**
 * Chooses which block to request from which peer and keeps account of every request.
 *
 * Peers are known by slot from `peerAdded` to `peerRemoved`; to tell of a peer that was not added is a bug and throws.
 * Releasing requests of a peer that has gone, or that were not made, does nothing.
 * @example
 * picker.peerAdded(slot)
 * picker.peerBitfield(slot, bits)
 * const count = picker.pick(slot, 16, blocks)
 * for (let i = 0; i < count; i++) request(layout.blockSpan(blocks[i], span))
 */
export interface PiecePicker {
  /** A peer without any pieces is connected. */
  peerAdded(slot: PeerSlot): void
  /** The peer is gone: its requests are released and its pieces no longer counted. */
  peerRemoved(slot: PeerSlot): void
  /** The peer announced a piece; true when that piece is missing here. O(1). */
  peerHas(slot: PeerSlot, piece: PieceIndex): boolean
  /** The peer has this piece no longer (BEP 54). */
  peerLost(slot: PeerSlot, piece: PieceIndex): void
  /** Replaces all that is known of the peer's pieces; `bits` is copied. */
  peerBitfield(slot: PeerSlot, bits: Bitfield): void
  /** The same as a full bitfield (BEP 6); O(1). */
  peerHasAll(slot: PeerSlot): void
  /** The same as an empty bitfield (BEP 6). */
  peerHasNone(slot: PeerSlot): void
  /** Whether the peer has this piece, as far as is known. */
  hasPiece(slot: PeerSlot, piece: PieceIndex): boolean
  /** How many pieces the peer has. */
  pieceCount(slot: PeerSlot): number
  /** Whether the peer has a piece that is missing here. O(1) on average. */
  isInteresting(slot: PeerSlot): boolean

  /**
   * Chooses up to `want` blocks to request from this peer, writes them to `out` and marks them as requested.
   * Returns how many. Open pieces are continued before a new one of the same priority is opened.
   */
  pick(slot: PeerSlot, want: number, out: Uint32Array): number
  /** The same, only of these pieces, in this order: what a peer allows while it chokes us (BEP 6). */
  pickAmong(slot: PeerSlot, pieces: Iterable<PieceIndex>, want: number, out: Uint32Array): number
  /**
   * Chooses pieces that nobody has begun and that follow one another, up to `want` blocks together, for a peer that sends
   * long ranges best: the first so many that there are, without them the longest run, however rare its pieces are; in a
   * sequential download the first run. Returns 0 when there is none or `want` is less than a piece, and while there is
   * something to continue that is wanted more. Where somebody waits for a piece it begins with that one.
   */
  pickRun(slot: PeerSlot, want: number, out: Uint32Array): number
  /**
   * A block has arrived. An answer to a request that was released meanwhile is accepted if the block is still needed;
   * as many such answers are taken from a peer as requests to it were released. Once a piece is verified or fails its
   * requests count as released.
   */
  received(slot: PeerSlot, block: BlockId): Receipt
  /** Whether `received` would accept this block now: for finding out before its bytes are read. */
  accepts(slot: PeerSlot, block: BlockId): boolean
  /** A request ended without a block: rejected, cancelled, timed out. */
  released(slot: PeerSlot, block: BlockId): void
  /** All requests of the peer ended: it choked us. */
  releasedAll(slot: PeerSlot): void
  isRequestedFrom(slot: PeerSlot, block: BlockId): boolean
  /** Requests to this peer under way. */
  outstanding(slot: PeerSlot): number
  /** Calls `visit` for each peer but `slot` that this block is requested from: they are sent a cancel. */
  otherRequesters(block: BlockId, slot: PeerSlot, visit: (slot: PeerSlot) => void): void

  /**
   * Writes the peer that delivered each block of an open piece to `out`, {@link NO_SLOT} where there is none or it has
   * gone. Returns the number of blocks, 0 when the piece is not open. To be asked before `verified` or `failed`.
   */
  contributors(piece: PieceIndex, out: Uint16Array): number
  /** The piece is there and its hash is right; also for what was there from the start. */
  verified(piece: PieceIndex): void
  /**
   * Opens a piece of which an earlier run left blocks, in wire bit order; nobody delivered them. Does nothing when the piece is
   * open, or not missing, or when `blocks` is empty.
   */
  restored(piece: PieceIndex, blocks: Bitfield): void
  /** All blocks of the piece are needed again: its hash was wrong, or a verified piece was lost. */
  failed(piece: PieceIndex): void
  /**
   * Has a piece fetched from one peer alone, from its first block on, so that a wrong hash proves who sent wrong data.
   * If that peer lacks the piece, chokes us or goes, the next one that picks the piece takes its place and starts anew.
   * `undefined` = from everyone again. Lasts until the piece is verified, fails or is abandoned.
   */
  setExclusive(piece: PieceIndex, slot: PeerSlot | undefined): void
  /**
   * A held piece is opened for no peer, because its blocks come another way; once open it is one like the others. It stays
   * held until this says otherwise, and there is no endgame while any is.
   */
  setHeld(piece: PieceIndex, isHeld: boolean): void
  /** Gives up the received blocks and requests of an open piece. Returns how many blocks are lost. */
  abandon(piece: PieceIndex): number
  /**
   * The open piece that it costs least to abandon: no longer wanted, else had by no peer, else with the fewest blocks.
   * Only pieces without requests under way.
   */
  abandonable(): PieceIndex | undefined

  /**
   * How long a piece is left to those that were asked for it before its blocks are asked of others in endgame: most answer,
   * and a cancel comes too late for what is on its way. Default 0.
   */
  setPatience(ms: number): void
  /**
   * Names pieces that somebody waits for, the first one most: those of them that are wanted are fetched before all others,
   * whatever their priority and the strategy. What was asked of others is asked of one more peer when it has not come
   * after `patienceMs`, and an eighth more for each piece before it. `pieces` is kept and not to be changed.
   */
  setUrgent(pieces: readonly PieceIndex[], patienceMs: number): void
  /** A peer that is slow leaves so many of the first urgent pieces to others, and takes over nothing that is late. Default 0. */
  setLead(slot: PeerSlot, pieces: number): void
  setPriority(piece: PieceIndex, priority: Priority): void
  priority(piece: PieceIndex): Priority
  setStrategy(strategy: Strategy): void

  /** The verified pieces. Read only. */
  readonly have: Bitfield
  /** Wanted pieces that are not verified. */
  readonly missing: number
  /** Blocks of them that are not received, every piece counted as of full length. O(open pieces). */
  readonly missingBlocks: number
  readonly isComplete: boolean
  /** Whether no missing block is left that could be asked of a connected peer and is not yet requested. */
  readonly inEndgame: boolean
  readonly openPieces: number
  /** How many connected peers have this piece. */
  availability(piece: PieceIndex): number
  /** Copies of the rarest piece here and at the peers, plus the share of pieces of which there are more. O(pieces). */
  distributedCopies(): number
  /** Throws when the state contradicts itself. For tests: O(pieces x peers). */
  checkInvariants(): void
}
