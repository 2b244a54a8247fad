// One piece that is being received: its segments, which blocks are there, and what is still with a worker.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { CcbtError, PieceIndex } from '@ccbt/primitives'

import type { PieceVerdict } from './store-types.ts'

/** A part of a piece that has memory. */
export interface Segment {
  readonly index: number
  /** Where it starts in the piece. */
  readonly begin: number
  readonly length: number
  /** Bytes taken from the budget: every segment of a store takes the same. */
  readonly capacity: number
  /** Made when its first block arrives, so that requests under way cost no memory. */
  bytes: Uint8Array | undefined
  missingBlocks: number
  isSent: boolean
}

export class OpenPiece {
  readonly index: PieceIndex
  /** Names this attempt at the piece in the workers. */
  readonly key: number
  readonly length: number
  readonly segmentLength: number
  readonly segmentCount: number
  readonly segments: (Segment | undefined)[]
  /** Segments that have not come back from a worker. */
  pending: number
  /** What went wrong with one of its segments. */
  error: CcbtError | undefined
  outcome: Exclude<PieceVerdict, { kind: 'disk-failed' }> | undefined
  isAbandoned = false
  /** Set when the last block is there. */
  verdict: PromiseWithResolvers<PieceVerdict> | undefined
  readonly #filled: Uint8Array

  constructor(index: PieceIndex, key: number, length: number, segmentLength: number) {
    this.index = index
    this.key = key
    this.length = length
    this.segmentLength = segmentLength
    this.segmentCount = Math.ceil(length / segmentLength)
    this.segments = Array.from({ length: this.segmentCount }, () => undefined)
    this.pending = this.segmentCount
    this.#filled = new Uint8Array(Math.ceil(length / BLOCK_LENGTH))
  }

  /** The segment that a block lies in, when it has memory. */
  segmentOf(begin: number): Segment | undefined {
    return this.segments[Math.floor(begin / this.segmentLength)]
  }

  /** Adds the segment that a block lies in. */
  addSegment(blockBegin: number, buffer: ArrayBuffer | undefined): void {
    const index = Math.floor(blockBegin / this.segmentLength)
    const begin = index * this.segmentLength
    const length = Math.min(this.segmentLength, this.length - begin)
    const bytes = buffer === undefined ? undefined : new Uint8Array(buffer)
    const missingBlocks = Math.ceil(length / BLOCK_LENGTH)
    const capacity = this.segmentLength
    this.segments[index] = { index, begin, length, capacity, bytes, missingBlocks, isSent: false }
  }

  isFilled(begin: number): boolean {
    return this.#filled[begin / BLOCK_LENGTH] === 1
  }

  /** Notes a block; false when it was there already. */
  fill(begin: number): boolean {
    if (this.isFilled(begin)) return false
    this.#filled[begin / BLOCK_LENGTH] = 1
    return true
  }

  /** Whether every segment is complete. */
  get isComplete(): boolean {
    return this.segments.every((segment) => segment?.isSent === true)
  }
}
