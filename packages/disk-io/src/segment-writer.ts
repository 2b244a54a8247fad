// The way of full segments to the disk: a segment moves to a worker, which hashes and writes it and sends it back; the last one
// of a piece brings the verdict.
//
// Invariant: a segment that was sent gives its memory back, whatever becomes of it.

import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { WorkerPool } from '@ccbt/worker-pool'

import type { Checkpointer } from './checkpoint.ts'
import { asCcbtError, lostState } from './errors.ts'
import { JobSet } from './job-set.ts'
import type { DiskJobs, SegmentResult, Span } from './jobs.ts'
import type { BlockRun, OpenPiece, Segment } from './open-piece.ts'
import type { PieceTargets } from './piece-targets.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreReader } from './store-reader.ts'
import type { WriteMemory } from './write-memory.ts'

/** What a {@link SegmentWriter} works with and tells. */
export interface SegmentWriterParts {
  readonly pool: WorkerPool<DiskJobs>
  readonly memory: WriteMemory
  readonly layout: Layout
  readonly files: StoreFiles
  readonly targets: PieceTargets
  readonly checkpoints: Checkpointer
  readonly reader: StoreReader
  /** Jobs of the store that touch files. */
  readonly running: JobSet
  /** Number of the store. */
  readonly id: number
  /** Counts what was written. */
  onWritten(bytes: number): void
  /** A segment took so long to hash. */
  onHashed(durationMs: number): void
  /** All segments of a piece are back; its verdict follows. */
  onSettled(piece: PieceIndex): void
}

export class SegmentWriter {
  readonly #parts: SegmentWriterParts
  readonly #digestsWanted = new Set<PieceIndex>()
  /** Segments that are not back. */
  readonly #jobs = new JobSet()
  #isClosed = false

  constructor(parts: SegmentWriterParts) {
    this.#parts = parts
  }

  /** The next verdict of this piece comes with digests of its blocks. */
  withDigests(piece: PieceIndex): void {
    this.#digestsWanted.add(piece)
  }

  /** Hands a full segment to a worker; its memory is the worker's from now on. */
  send(piece: OpenPiece, segment: Segment): void {
    void this.#jobs.track(this.#send(piece, segment))
  }

  /** Drops the hash state of a piece that has no verdict. */
  forget(piece: OpenPiece): void {
    if (piece.segmentCount === 1) return
    const forgotten = this.#parts.pool.run('forget', { pieceKey: piece.key }, { affinity: this.workerOf(piece) })
    // Only a dead worker or a closed pool refuses this, and neither has the state any more.
    void this.#jobs.track(forgotten.catch(() => undefined))
  }

  /** When the segments that were sent so far are back. */
  settled(): Promise<unknown> {
    return this.#jobs.settled()
  }

  /** Nothing is kept for others to read any more. */
  close(): void {
    this.#isClosed = true
  }

  /** Who has the hash state of a piece. */
  workerOf(piece: OpenPiece): number {
    return this.#parts.id + piece.index
  }

  /** Where a part of a piece is. */
  spans(piece: OpenPiece, run: BlockRun): Span[] {
    const { layout, files } = this.#parts
    return files.table.spans(piece.index * layout.nominalPieceLength + run.begin, run.length)
  }

  /** Takes the worker's answer as well. Never rejects. */
  async #send(piece: OpenPiece, segment: Segment): Promise<void> {
    const { memory } = this.#parts
    memory.sent(segment.capacity)
    let buffer: ArrayBuffer | undefined
    try {
      const result = await this.#post(piece, segment)
      buffer = result.buffer
      this.#take(piece, segment, result)
    } catch (error) {
      piece.error ??= asCcbtError(error)
    }
    piece.pending--
    this.#settle(piece)
    const isKept = buffer !== undefined && this.#keepServed(piece, segment, buffer)
    memory.returned(segment.capacity, isKept ? undefined : buffer)
  }

  /** A new piece is what peers ask for next: one that came in one segment can be served without reading it. */
  #keepServed(piece: OpenPiece, segment: Segment, buffer: ArrayBuffer): boolean {
    const isWhole = piece.segmentCount === 1 && piece.error === undefined && piece.outcome?.kind === 'stored'
    if (this.#isClosed || !isWhole) return false
    return this.#parts.reader.offer(piece.index, new Uint8Array(buffer, 0, segment.length))
  }

  async #post(piece: OpenPiece, segment: Segment): Promise<SegmentResult> {
    const { files, checkpoints, running } = this.#parts
    const buffer = segment.bytes!.buffer as ArrayBuffer
    segment.bytes = undefined
    const blocked = (): Promise<unknown> | undefined => files.moving ?? checkpoints.writing(piece.index)
    for (let busy = blocked(); busy !== undefined; busy = blocked()) await busy
    // After a failure there is nothing to gain from the rest of the piece, and an abandoned one is not to be touched.
    if (piece.error !== undefined) throw piece.error
    return running.track(this.#write(piece, segment, buffer))
  }

  async #write(piece: OpenPiece, segment: Segment, buffer: ArrayBuffer): Promise<SegmentResult> {
    const { files, targets, pool } = this.#parts
    const spans = this.spans(piece, segment)
    const filling = files.filling(spans)
    if (filling !== undefined) await filling
    const job = {
      pieceKey: piece.key,
      buffer,
      length: segment.length,
      spans,
      index: segment.index,
      count: piece.segmentCount,
      target: targets.received(piece.index),
      wantsDigests: this.#digestsWanted.has(piece.index),
    }
    // Segments of one piece go to one worker in order: it hashes them, and what an abandoned attempt still writes comes
    // before what the next attempt writes. Whole pieces are written only when they are right and go where there is room.
    const affinity = piece.segmentCount > 1 ? { affinity: this.workerOf(piece) } : {}
    const result = await pool.run('segment', job, { transfer: [buffer], ...affinity })
    files.wrote(spans, result.created)
    return result
  }

  #take(piece: OpenPiece, segment: Segment, result: SegmentResult): void {
    const { outcome, blocks } = result
    this.#parts.onHashed(result.hashMs)
    if (outcome === 'stored') piece.outcome = blocks === undefined ? { kind: 'stored' } : { kind: 'stored', blocks }
    if (outcome === 'corrupt') piece.outcome = { kind: 'corrupt', blocks: blocks ?? new Uint8Array(0) }
    if (outcome === 'inconsistent') piece.outcome = { kind: 'inconsistent' }
    if (outcome !== 'stored' && piece.segmentCount === 1) return
    piece.wrote(segment)
    this.#parts.onWritten(segment.length)
  }

  /** Gives the verdict when the last segment is back. */
  #settle(piece: OpenPiece): void {
    if (piece.isAbandoned) return this.forget(piece)
    if (piece.pending > 0 || piece.verdict === undefined) return
    this.#parts.onSettled(piece.index)
    this.#digestsWanted.delete(piece.index)
    this.#parts.reader.invalidate(piece.index)
    const verdict = piece.error === undefined ? piece.outcome : undefined
    if (verdict === undefined) this.forget(piece)
    piece.verdict.resolve(verdict ?? { kind: 'disk-failed', error: piece.error ?? lostState() })
  }
}
