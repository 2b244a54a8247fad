// How much of what is wanted is there.

import type { PiecePicker } from '@ccbt/piece-picker'
import type { Bitfield, Layout, PieceIndex } from '@ccbt/primitives'

import type { Selection } from './selection.ts'

/** Counts the bytes of wanted pieces that are verified. */
export class Progress {
  readonly layout: Layout
  readonly #selection: Selection
  #done = 0

  constructor(layout: Layout, selection: Selection) {
    this.layout = layout
    this.#selection = selection
  }

  /** Bytes of all wanted pieces. */
  get wanted(): number {
    return this.#selection.length
  }

  get done(): number {
    return this.#done
  }

  get left(): number {
    return this.#selection.length - this.#done
  }

  verified(piece: PieceIndex): void {
    if (this.#selection.isWanted(piece)) this.#done += this.layout.pieceLength(piece)
  }

  /** A check has found the piece on disk. */
  found(piece: PieceIndex, picker: Pick<PiecePicker, 'verified'>): void {
    picker.verified(piece)
    this.verified(piece)
  }

  /** Something else is wanted now. */
  recount(have: Bitfield): void {
    this.#done = 0
    for (let piece = 0; piece < have.size; piece++) if (have.has(piece)) this.verified(piece as PieceIndex)
  }

  /** Nothing is known to be there. */
  reset(): void {
    this.#done = 0
  }
}
