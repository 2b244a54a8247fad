// The open pieces: found by piece, listed, and listed apart while they have free blocks and are wanted.

import type { Layout, PieceIndex } from '@ccbt/primitives'
import { HIGHEST_PRIORITY } from './frontier.ts'
import { OpenPiece } from './open-piece.ts'
import type { PieceSet } from './piece-set.ts'

/** Closed records kept for the next pieces; more are left to the garbage collector. */
const MAX_POOLED = 128

export class Ledger {
  /** Every open piece, in no order. Closing one moves the last to its place. */
  readonly all: OpenPiece[] = []
  /** The wanted ones with free blocks, in no order. */
  readonly withFree: OpenPiece[] = []
  readonly #byPiece = new Map<number, OpenPiece>()
  readonly #freeByPriority = new Int32Array(HIGHEST_PRIORITY + 1)
  readonly #pool: OpenPiece[] = []
  readonly #layout: Layout
  readonly #priorities: Uint8Array
  readonly #copies: number

  constructor(layout: Layout, priorities: Uint8Array, copies: number) {
    this.#layout = layout
    this.#priorities = priorities
    this.#copies = copies
  }

  get(piece: number): OpenPiece | undefined {
    return this.#byPiece.get(piece)
  }

  /** Received blocks of those open pieces that are among `pieces`. */
  receivedOf(pieces: PieceSet): number {
    return this.all.reduce((sum, open) => sum + (pieces.has(open.piece) ? open.received : 0), 0)
  }

  /** The highest priority of a piece with free blocks, 0 when there is none. */
  get topFreePriority(): number {
    if (this.withFree.length === 0) return 0
    let priority = HIGHEST_PRIORITY
    while (this.#freeByPriority[priority] === 0) priority--
    return priority
  }

  open(piece: PieceIndex): OpenPiece {
    const open = this.#pool.pop() ?? new OpenPiece(this.#layout.blocksPerPiece, this.#copies)
    open.reset(piece, this.#layout.firstBlock(piece), this.#layout.blocksIn(piece))
    open.openIndex = this.all.length
    this.all.push(open)
    this.#byPiece.set(piece, open)
    this.refile(open)
    return open
  }

  close(open: OpenPiece): void {
    this.#unfile(open)
    const last = this.all.pop()!
    if (last !== open) {
      this.all[open.openIndex] = last
      last.openIndex = open.openIndex
    }
    open.openIndex = -1
    this.#byPiece.delete(open.piece)
    if (this.#pool.length < MAX_POOLED) this.#pool.push(open)
  }

  /** To be called when a piece got or lost its last free block. */
  refile(open: OpenPiece): void {
    const priority = this.#priorities[open.piece]!
    const isListed = open.freeIndex !== -1
    const belongs = open.free > 0 && priority > 0
    if (belongs === isListed) return
    if (!belongs) return this.#unfile(open)
    open.freeIndex = this.withFree.length
    this.withFree.push(open)
    this.#freeByPriority[priority]!++
  }

  /** Runs a change of the priority of an open piece. */
  reprioritise(open: OpenPiece, change: () => void): void {
    this.#unfile(open)
    change()
    this.refile(open)
  }

  #unfile(open: OpenPiece): void {
    if (open.freeIndex === -1) return
    this.#freeByPriority[this.#priorities[open.piece]!]!--
    const last = this.withFree.pop()!
    if (last !== open) {
      this.withFree[open.freeIndex] = last
      last.freeIndex = open.freeIndex
    }
    open.freeIndex = -1
  }
}
