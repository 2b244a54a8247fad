// Writes blocks of open pieces before their piece is complete, so that a killed process has lost little. The segments stay where
// they are: workers get copies. A piece is in `writing` while a copy of its blocks is on its way; whoever writes it otherwise
// waits for that, or blocks of an attempt that was given up could land on those of the next.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import type { WorkerPool } from '@ccbt/worker-pool'

import type { DiskJobs, Span } from './jobs.ts'
import type { BlockRun, OpenPiece, Segment } from './open-piece.ts'
import { shifted } from './spans.ts'
import type { StoreFiles } from './store-files.ts'
import type { PartialPiece } from './store-types.ts'

/** A copy is sent when it has reached this; with its last run it has at most twice as much. */
const BATCH_BYTES = 1_048_576

/** What a checkpointer needs of its store. */
export interface CheckpointParts {
  readonly pool: WorkerPool<DiskJobs>
  readonly files: StoreFiles
  readonly pieceLength: number
  /** Counts what was written. */
  onWritten(bytes: number): void
  /** Keeps account of a job that touches files. */
  running<T>(job: Promise<T>): Promise<T>
}

/** Blocks of one piece, as they were when copied. */
interface FreshRun extends BlockRun {
  readonly open: OpenPiece
  readonly bytes: Uint8Array
}

export class Checkpointer {
  readonly #parts: CheckpointParts
  #pieces = new Set<PieceIndex>()
  #batch: Promise<unknown> = Promise.resolve()
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: CheckpointParts) {
    this.#parts = parts
  }

  /** Something to wait for before this piece may be written. Asked again afterwards; never rejects. */
  writing(piece: PieceIndex): Promise<unknown> | undefined {
    return this.#pieces.has(piece) ? this.#batch : undefined
  }

  /** When no checkpoint is under way any more; never rejects. */
  get idle(): Promise<unknown> {
    return this.#last
  }

  /** Writes what is new in these pieces and tells what is on disk. Calls run one after the other. */
  run(pieces: ReadonlyMap<PieceIndex, OpenPiece>, all: boolean): Promise<PartialPiece[]> {
    const before = this.#last
    const run = async (): Promise<PartialPiece[]> => {
      await before
      await this.#writeFresh(pieces, all)
      return partialsOf(pieces)
    }
    const result = run()
    this.#last = Promise.allSettled([result])
    return result
  }

  async #writeFresh(pieces: ReadonlyMap<PieceIndex, OpenPiece>, all: boolean): Promise<void> {
    const fresh = freshRuns([...pieces.values()], all)
    for (;;) {
      const batch = takeBatch(fresh)
      if (batch.length === 0) return
      const written = this.#write(batch)
      this.#pieces = new Set(batch.map((run) => run.open.index))
      this.#batch = Promise.allSettled([written]).then(() => this.#pieces.clear())
      await written
    }
  }

  async #write(batch: readonly FreshRun[]): Promise<void> {
    const { files, pool } = this.#parts
    const buffer = joined(batch)
    const length = buffer.byteLength
    for (let move = files.moving; move !== undefined; move = files.moving) await move
    const write = async (): Promise<void> => {
      const spans = this.#spans(batch)
      const filling = files.filling(spans)
      if (filling !== undefined) await filling
      const { created } = await pool.run('write', { spans, buffer }, { transfer: [buffer] })
      files.wrote(spans, created)
    }
    await this.#parts.running(write())
    for (const run of batch) run.open.wrote(run)
    this.#parts.onWritten(length)
  }

  #spans(batch: readonly FreshRun[]): Span[] {
    let start = 0
    return batch.flatMap(({ open, begin, length }) => {
      const spans = this.#parts.files.table.spans(open.index * this.#parts.pieceLength + begin, length)
      const at = start
      start += length
      return shifted(spans, at)
    })
  }
}

/** Runs that no worker has; each is to be copied before the next one is asked for. */
function* freshRuns(pieces: readonly OpenPiece[], all: boolean): Generator<FreshRun> {
  for (const open of pieces)
    for (const segment of open.segments) if (segment !== undefined && isDue(segment, all)) yield* runsOf(open, segment)
}

function* runsOf(open: OpenPiece, segment: Segment): Generator<FreshRun> {
  for (const run of open.unwritten(segment)) {
    // It may have left for a worker, or been given up, since the run before.
    if (segment.bytes === undefined || open.isAbandoned) return
    const at = run.begin - segment.begin
    yield { ...run, open, bytes: segment.bytes.subarray(at, at + run.length) }
  }
}

function isDue(segment: Segment, all: boolean): boolean {
  if (segment.isSent || segment.missingBlocks === Math.ceil(segment.length / BLOCK_LENGTH)) return false
  const wasSeen = segment.isSeen
  segment.isSeen = true
  return wasSeen || all
}

function takeBatch(fresh: Generator<FreshRun>): FreshRun[] {
  const batch: FreshRun[] = []
  for (let bytes = 0; bytes < BATCH_BYTES;) {
    const next = fresh.next()
    if (next.done === true) break
    batch.push(next.value)
    bytes += next.value.length
  }
  return batch
}

function joined(batch: readonly FreshRun[]): ArrayBuffer {
  const bytes = new Uint8Array(batch.reduce((sum, run) => sum + run.length, 0))
  let at = 0
  for (const run of batch) {
    bytes.set(run.bytes, at)
    at += run.length
  }
  return bytes.buffer
}

function partialsOf(pieces: ReadonlyMap<PieceIndex, OpenPiece>): PartialPiece[] {
  return Array.from(pieces, ([piece, open]) => ({ piece, blocks: open.onDisk?.bytes })).filter(hasBlocks)
}

function hasBlocks(partial: { piece: PieceIndex; blocks: Uint8Array | undefined }): partial is PartialPiece {
  return partial.blocks !== undefined
}
