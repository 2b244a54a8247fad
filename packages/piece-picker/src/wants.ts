// What is wanted and what is there: priorities, verified pieces, and the difference of the two.

import { Bitfield } from '@ccbt/primitives'
import { PieceSet } from './piece-set.ts'

const NORMAL_PRIORITY = 4

export class Wants {
  /** 0 = not wanted ... 7. */
  readonly priorities: Uint8Array
  /** Verified pieces. */
  readonly have: Bitfield
  /** Pieces with a priority that are not verified. */
  readonly missing: PieceSet
  /** Counts the times that `missing` grew: that there was nothing of interest in it may be true no longer. */
  growth = 0

  constructor(pieces: number) {
    this.priorities = new Uint8Array(pieces).fill(NORMAL_PRIORITY)
    this.have = new Bitfield(pieces)
    this.missing = PieceSet.full(pieces)
  }

  gain(piece: number): void {
    this.have.set(piece)
    this.missing.delete(piece)
  }

  /** A verified piece is not there after all. */
  lose(piece: number): void {
    if (this.have.clear(piece)) this.#refresh(piece)
  }

  setPriority(piece: number, priority: number): void {
    this.priorities[piece] = priority
    this.#refresh(piece)
  }

  #refresh(piece: number): void {
    const isMissing = this.priorities[piece] !== 0 && !this.have.has(piece)
    if (!isMissing) this.missing.delete(piece)
    else if (this.missing.add(piece)) this.growth++
  }
}
