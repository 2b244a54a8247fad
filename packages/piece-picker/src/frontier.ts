// The pieces that may be opened next (wanted, not verified, not open), ordered by priority and availability, and the
// availability of every piece. Peers with all pieces are one counter, so that a seed comes and goes in O(1).

import type { Bitfield } from '@ccbt/primitives'
import type { Wants } from './wants.ts'
import { lowestBit, PieceSet } from './piece-set.ts'
import { Tier } from './tier.ts'

/** Keys of one priority are below this; higher priorities have lower keys. */
export const TIER_KEYS: number = 2 ** 32

/** The sort key of a place within a priority: lower is picked earlier. */
export function keyAt(priority: number, place: number): number {
  return (HIGHEST_PRIORITY - priority) * TIER_KEYS + place
}

export const HIGHEST_PRIORITY = 7

export class Frontier {
  /** How many peers without all pieces have each piece. */
  readonly counts: Uint16Array
  /** The members of the frontier. */
  readonly pieces: PieceSet
  /** Pieces that are kept out of it. */
  readonly held: PieceSet
  /** By priority; made when the first piece of that priority arrives. */
  readonly tiers: (Tier | undefined)[] = Array.from({ length: HIGHEST_PRIORITY + 1 })
  seeds = 0
  /** Levels are below this. */
  levels = 16
  readonly #position: Int32Array
  readonly #wants: Wants

  constructor(wants: Wants) {
    const pieces = wants.priorities.length
    this.#wants = wants
    this.counts = new Uint16Array(pieces)
    this.pieces = new PieceSet(pieces)
    this.held = new PieceSet(pieces)
    this.#position = new Int32Array(pieces).fill(-1)
  }

  get size(): number {
    return this.pieces.count
  }

  availability(piece: number): number {
    return this.counts[piece]! + this.seeds
  }

  /** Copies of the rarest piece among the peers and `have`, plus the share of the pieces of which there are more. */
  distributedCopies(have: Bitfield): number {
    const { counts } = this
    if (counts.length === 0) return 0
    let least = Number.MAX_SAFE_INTEGER
    let withLeast = 0
    for (let piece = 0; piece < counts.length; piece++) {
      const copies = counts[piece]! + (have.has(piece) ? 1 : 0)
      if (copies < least) {
        least = copies
        withLeast = 0
      }
      if (copies === least) withLeast++
    }
    return this.seeds + least + (counts.length - withLeast) / counts.length
  }

  /** How many members some connected peer has. */
  get reachable(): number {
    if (this.seeds > 0) return this.size
    let count = this.size
    for (const tier of this.tiers) if (tier !== undefined) count -= tier.end(0) - tier.start(0)
    return count
  }

  /** Whether there are pieces to be opened, now or later. */
  get hasMore(): boolean {
    return this.reachable > 0 || this.held.count > 0
  }

  /** The highest priority of a member, 0 when empty. */
  get topPriority(): number {
    if (this.size === 0) return 0
    let priority = HIGHEST_PRIORITY
    while (this.sizeAt(priority) === 0) priority--
    return priority
  }

  sizeAt(priority: number): number {
    return this.tiers[priority]?.size ?? 0
  }

  add(piece: number): void {
    if (this.held.has(piece) || !this.pieces.add(piece)) return
    const priority = this.#wants.priorities[piece]!
    const tier = (this.tiers[priority] ??= new Tier(this.#position, this.levels))
    tier.insert(piece, this.counts[piece]!)
  }

  remove(piece: number): void {
    if (!this.pieces.delete(piece)) return
    this.#tierOf(piece).remove(piece, this.counts[piece]!)
  }

  /** Keeps a piece out, or lets it in when it is added. */
  setHeld(piece: number, isHeld: boolean): void {
    if (!isHeld) this.held.delete(piece)
    else if (this.held.add(piece)) this.remove(piece)
  }

  /** One more peer has this piece. */
  raise(piece: number): void {
    const level = this.counts[piece]!++
    if (level + 1 >= this.levels) this.#grow()
    if (this.#position[piece] !== -1) this.#tierOf(piece).raise(piece, level)
  }

  /** One peer less has this piece. */
  lower(piece: number): void {
    const level = this.counts[piece]!--
    if (this.#position[piece] !== -1) this.#tierOf(piece).lower(piece, level)
  }

  raiseAll(pieces: PieceSet): void {
    for (let i = 0; i < pieces.words.length; i++) {
      for (let word = pieces.words[i]!; word !== 0; word &= word - 1) this.raise((i << 5) + lowestBit(word))
    }
  }

  lowerAll(pieces: PieceSet): void {
    for (let i = 0; i < pieces.words.length; i++) {
      for (let word = pieces.words[i]!; word !== 0; word &= word - 1) this.lower((i << 5) + lowestBit(word))
    }
  }

  #tierOf(piece: number): Tier {
    return this.tiers[this.#wants.priorities[piece]!]!
  }

  #grow(): void {
    this.levels *= 2
    for (const tier of this.tiers) tier?.grow(this.levels)
  }
}
