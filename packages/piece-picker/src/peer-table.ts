// What is known of each connected peer: its pieces, whether one is missing here, what it was asked for.

import { bug } from '@ccbt/primitives'
import { TIER_KEYS } from './frontier.ts'
import { MAX_SLOT } from './open-piece.ts'
import { nextCommon, PieceSet } from './piece-set.ts'
import type { Wants } from './wants.ts'

/** Requests that were given up and may still be answered, per peer; more are forgotten and their answers refused. */
const MAX_LATE = 512

export class Peer {
  readonly slot: number
  /** Read only: may be shared with other peers. Written through {@link Peer.ownPieces}. */
  pieces: PieceSet
  /** Counted as a seed, not piece by piece. */
  isSeed = false
  /** Requests under way. */
  outstanding = 0
  /** When it sent a block last, or was asked for one with nothing else under way; milliseconds. */
  answeredAtMs = 0
  /** Requests given up (cancelled, timed out, choked) that the peer may have answered all the same. */
  late = 0
  /** The piece that this peer was last given blocks of; -1 = none. */
  current = -1
  /** So many of the first urgent pieces are left to faster peers. */
  lead = 0
  /** No piece of the frontier that this peer has sorts before this key: where a search starts. */
  floor = 0
  #ownsPieces = false
  /** A missing piece that this peer has, as last seen; -1 = none. */
  #witness = -1
  /** The growth of the wants at which the peer was found to have no missing piece. */
  #boringAt = -1

  constructor(slot: number, pieces: PieceSet) {
    this.slot = slot
    this.pieces = pieces
  }

  /**
   * Whether this peer has a missing piece. One such piece is remembered and only when it is missing no longer another
   * one is looked for, from there on: nothing has to be done for each peer whenever a piece is verified.
   */
  isInteresting(wants: Wants): boolean {
    const { missing } = wants
    const witness = this.#witness
    if (witness !== -1 && missing.has(witness) && this.pieces.has(witness)) return true
    if (this.#boringAt === wants.growth) return false
    this.#witness = nextCommon(this.pieces, missing, Math.max(witness, 0))
    if (this.#witness === -1) this.#witness = nextCommon(this.pieces, missing, 0)
    if (this.#witness === -1) this.#boringAt = wants.growth
    return this.#witness !== -1
  }

  /** The peer got a piece that is missing here. */
  gainMissing(piece: number): void {
    this.#witness = piece
    this.#boringAt = -1
  }

  /** Sets the pieces, shared with other peers or not. */
  replacePieces(pieces: PieceSet, isShared: boolean): void {
    this.pieces = pieces
    this.#ownsPieces = !isShared
    this.floor = 0
    this.#boringAt = -1
  }

  /** The pieces for writing: a copy of its own at the first write. */
  ownPieces(): PieceSet {
    if (!this.#ownsPieces) this.pieces = this.pieces.clone()
    this.#ownsPieces = true
    return this.pieces
  }

  /** It was asked for blocks. */
  asked(count: number, nowMs: number): void {
    if (this.outstanding === 0) this.answeredAtMs = nowMs
    this.outstanding += count
  }

  /** A request ended without a block. */
  giveUp(): void {
    this.outstanding--
    if (this.late < MAX_LATE) this.late++
  }

  lowerFloor(key: number): void {
    if (key < this.floor) this.floor = key
  }

  /** Every piece may have moved down by one place. */
  lowerFloorByOne(): void {
    if (this.floor % TIER_KEYS !== 0) this.floor--
  }
}

export class PeerTable {
  /** Every connected peer, in no order. */
  readonly all: Peer[] = []
  readonly #bySlot: (Peer | undefined)[] = []
  /** The set of a peer with nothing, and the set of a peer with everything: shared by all of them. */
  readonly none: PieceSet
  readonly full: PieceSet

  constructor(pieces: number) {
    this.none = new PieceSet(pieces)
    this.full = PieceSet.full(pieces)
  }

  get(slot: number): Peer | undefined {
    return this.#bySlot[slot]
  }

  /** The peer of a slot that must be taken. */
  require(slot: number): Peer {
    const peer = this.#bySlot[slot]
    if (peer === undefined) throw bug(`no peer in slot ${slot}`)
    return peer
  }

  add(slot: number): void {
    if (!Number.isInteger(slot) || slot < 0 || slot > MAX_SLOT) throw bug(`peer slot ${slot}`)
    if (this.#bySlot[slot] !== undefined) throw bug(`slot ${slot} is taken`)
    while (this.#bySlot.length <= slot) this.#bySlot.push(undefined)
    const peer = new Peer(slot, this.none)
    this.#bySlot[slot] = peer
    this.all.push(peer)
  }

  remove(peer: Peer): void {
    this.#bySlot[peer.slot] = undefined
    const last = this.all.pop()
    if (last !== undefined && last !== peer) this.all[this.all.indexOf(peer)] = last
  }

  /** A peer with some pieces has gone: each piece may have moved down by one place. */
  lowerFloorsByOne(): void {
    for (const peer of this.all) peer.lowerFloorByOne()
  }

  /** Any piece may stand anywhere now. */
  resetFloors(): void {
    for (const peer of this.all) peer.floor = 0
  }

  /** A piece with this key has joined the frontier. */
  lowerFloors(key: number): void {
    for (const peer of this.all) peer.lowerFloor(key)
  }
}
