// Hashes long stretches of data on all cores: several jobs of some 16 MiB are with the workers at any time, as background work
// that waits for received pieces.

import type { Bitfield, Layout, PieceIndex } from '@ccbt/primitives'
import type { WorkerPool } from '@ccbt/worker-pool'

import { onAllWorkers } from './background-jobs.ts'
import type { CheckResult, DiskJobs, PieceTarget, Span } from './jobs.ts'

/** Bytes of one job: large enough that posting costs nothing, small enough that a received piece waits 10 or 20 ms. */
const JOB_BYTES = 16_777_216

/** Consecutive pieces. */
interface Run {
  readonly first: number
  readonly count: number
}

/** What to hash and how. */
export interface CheckOptions {
  readonly layout: Layout
  /** Where bytes of the whole are. */
  spans(offset: number, length: number): Span[]
  readonly onMissing: 'unreadable' | 'throw'
  /** What a piece must hash to. Absent: their SHA-1 is wanted. */
  target?(piece: PieceIndex): PieceTarget
  readonly pieces?: Bitfield | undefined
  readonly signal: AbortSignal
  /** Called with each job's result, in any order. */
  onRun(first: PieceIndex, count: number, result: CheckResult): void
}

/** Hashes all pieces, or those asked for. Rejects with ABORTED, or with the first error of a job. */
export async function checkPieces(pool: WorkerPool<DiskJobs>, options: CheckOptions): Promise<void> {
  const { layout, onMissing, signal } = options
  const pieceLength = layout.nominalPieceLength
  await onAllWorkers(pool, pieceRuns(layout, options.pieces), {
    signal,
    action: async (run, place) => {
      const length = runLength(layout, run)
      const spans = options.spans(run.first * pieceLength, length)
      const targets = targetsOf(run, options)
      const job = { spans, length, pieceLength, onMissing, ...(targets === undefined ? {} : { targets }) }
      options.onRun(run.first as PieceIndex, run.count, await pool.run('check', job, place))
    },
  })
}

function* pieceRuns(layout: Layout, pieces: Bitfield | undefined): Generator<Run> {
  const most = Math.max(1, Math.floor(JOB_BYTES / layout.nominalPieceLength))
  for (let first = 0; first < layout.pieces;) {
    if (pieces?.has(first) === false) {
      first++
      continue
    }
    let count = 1
    while (count < most && first + count < layout.pieces && pieces?.has(first + count) !== false) count++
    yield { first, count }
    first += count
  }
}

function runLength(layout: Layout, run: Run): number {
  const begin = run.first * layout.nominalPieceLength
  return Math.min(run.count * layout.nominalPieceLength, layout.totalLength - begin)
}

function targetsOf({ first, count }: Run, options: CheckOptions): PieceTarget[] | undefined {
  if (options.target === undefined) return undefined
  return Array.from({ length: count }, (_, i) => options.target!((first + i) as PieceIndex))
}
