// One piece that is being received: its segments, which blocks are there and which of them are on disk, and what is still with
// a worker.

import { Bitfield, BLOCK_LENGTH } from '@ccbt/primitives'
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
  /** Whether the last checkpoint found blocks in it: what fills faster than that is not copied. */
  isSeen: boolean
}

/** Blocks one after the other. */
export interface BlockRun {
  /** Where they start in the piece, bytes. */
  readonly begin: number
  readonly length: number
}

// What is known of a block.
const MISSING = 0
const IN_MEMORY = 1
const ON_DISK = 2

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
  readonly #blocks: Uint8Array

  constructor(index: PieceIndex, key: number, length: number, segmentLength: number) {
    this.index = index
    this.key = key
    this.length = length
    this.segmentLength = segmentLength
    this.segmentCount = Math.ceil(length / segmentLength)
    this.segments = Array.from({ length: this.segmentCount }, () => undefined)
    this.pending = this.segmentCount
    this.#blocks = new Uint8Array(Math.ceil(length / BLOCK_LENGTH))
  }

  /** The segment that a block lies in, when it has memory. */
  segmentOf(begin: number): Segment | undefined {
    return this.segments[Math.floor(begin / this.segmentLength)]
  }

  /** Adds the segment that a block lies in. */
  addSegment(blockBegin: number, buffer: ArrayBuffer | undefined): Segment {
    const index = Math.floor(blockBegin / this.segmentLength)
    const begin = index * this.segmentLength
    const length = Math.min(this.segmentLength, this.length - begin)
    const bytes = buffer === undefined ? undefined : new Uint8Array(buffer)
    const missingBlocks = Math.ceil(length / BLOCK_LENGTH)
    const capacity = this.segmentLength
    const segment = { index, begin, length, capacity, bytes, missingBlocks, isSent: false, isSeen: false }
    this.segments[index] = segment
    return segment
  }

  /** Adds a partial segment whose blocks of these runs were on disk already; they are in `buffer` now. */
  restoreSegment(buffer: ArrayBuffer, runs: readonly BlockRun[]): void {
    const segment = this.addSegment(runs[0]!.begin, buffer)
    for (const run of runs) {
      this.wrote(run)
      segment.missingBlocks -= Math.ceil(run.length / BLOCK_LENGTH)
    }
  }

  /** Adds a segment that is on disk as a whole. It has no memory. */
  adoptSegment(run: BlockRun): void {
    const segment = this.addSegment(run.begin, undefined)
    segment.missingBlocks = 0
    segment.isSent = true
    this.pending--
    this.wrote(run)
  }

  isFilled(begin: number): boolean {
    return this.#blocks[begin / BLOCK_LENGTH] !== MISSING
  }

  /** Notes a block; false when it was there already. */
  fill(begin: number): boolean {
    if (this.isFilled(begin)) return false
    this.#blocks[begin / BLOCK_LENGTH] = IN_MEMORY
    return true
  }

  /** These blocks are on disk. */
  wrote(run: BlockRun): void {
    this.#blocks.fill(ON_DISK, run.begin / BLOCK_LENGTH, Math.ceil((run.begin + run.length) / BLOCK_LENGTH))
  }

  /** The blocks that are on disk; `undefined` when there are none. */
  get onDisk(): Bitfield | undefined {
    const blocks = new Bitfield(this.#blocks.length)
    for (const [block, state] of this.#blocks.entries()) if (state === ON_DISK) blocks.set(block)
    return blocks.isEmpty ? undefined : blocks
  }

  /** Runs of blocks of a segment that are in its memory only. */
  unwritten(segment: Segment): BlockRun[] {
    return blockRuns(segment, (block) => this.#blocks[block] === IN_MEMORY)
  }

  /** Whether every segment is complete. */
  get isComplete(): boolean {
    return this.segments.every((segment) => segment?.isSent === true)
  }
}

/** The blocks of a range that are `chosen`, as runs. The range starts at a block, and ends at one or with the piece. */
export function blockRuns(range: BlockRun, chosen: (block: number) => boolean): BlockRun[] {
  const runs: BlockRun[] = []
  const end = range.begin + range.length
  let from = -1
  for (let at = range.begin; at < end; at += BLOCK_LENGTH) {
    const isChosen = chosen(at / BLOCK_LENGTH)
    if (isChosen && from === -1) from = at
    if (isChosen || from === -1) continue
    runs.push({ begin: from, length: at - from })
    from = -1
  }
  if (from !== -1) runs.push({ begin: from, length: end - from })
  return runs
}
