// Brings blocks back that an earlier run left on disk. A full segment of a piece of several is left there: the worker takes it
// as written. Blocks of other segments are read into memory that is reserved like that of a request.

import { isCcbtError } from '@ccbt/primitives'
import type { Bitfield } from '@ccbt/primitives'
import type { WorkerPool } from '@ccbt/worker-pool'

import type { DiskJobs, PieceTarget, Span } from './jobs.ts'
import { blockRuns } from './open-piece.ts'
import type { BlockRun, OpenPiece } from './open-piece.ts'
import { shifted } from './spans.ts'
import type { WriteMemory } from './write-memory.ts'

/** What restoring needs of the store. */
export interface RestoreParts {
  readonly pool: WorkerPool<DiskJobs>
  readonly memory: WriteMemory
  /** The worker that hashes this piece. */
  readonly affinity: number
  readonly target: PieceTarget
  /** Where bytes of the piece are. */
  spans(run: BlockRun): Span[]
}

/** Gives an open piece, of which nothing is there, those of `blocks` that can be read and have room. */
export async function restoreSegments(
  parts: RestoreParts,
  open: OpenPiece,
  blocks: Bitfield,
  signal: AbortSignal,
): Promise<void> {
  for (let begin = 0; begin < open.length && !signal.aborted; begin += open.segmentLength) {
    const range = { begin, length: Math.min(open.segmentLength, open.length - begin) }
    const runs = blockRuns(range, (block) => blocks.has(block))
    if (runs.length === 0) continue
    try {
      if (runs[0]!.length === range.length) await adopt(parts, open, range)
      else await readBack(parts, open, runs)
    } catch (error) {
      // Missing, short or unreadable: these blocks are not there, and are asked for again.
      if (!isCcbtError(error) || error.blame !== 'disk') throw error
    }
  }
}

async function adopt(parts: RestoreParts, open: OpenPiece, range: BlockRun): Promise<void> {
  const job = {
    pieceKey: open.key,
    target: parts.target,
    index: range.begin / open.segmentLength,
    length: range.length,
    spans: parts.spans(range),
  }
  await parts.pool.run('adopt', job, { affinity: parts.affinity })
  open.adoptSegment(range)
}

async function readBack(parts: RestoreParts, open: OpenPiece, runs: readonly BlockRun[]): Promise<void> {
  const capacity = open.segmentLength
  const room = parts.memory.reserve(capacity)
  if (room === undefined) return
  const start = runs[0]!.begin - (runs[0]!.begin % capacity)
  const spans = runs.flatMap((run) => shifted(parts.spans(run), run.begin - start))
  const buffer = room.buffer ?? new ArrayBuffer(capacity)
  try {
    const result = await parts.pool.run('read', { spans, buffer }, { transfer: [buffer] })
    open.restoreSegment(result.buffer, runs)
  } catch (error) {
    parts.memory.dropped(capacity)
    throw error
  }
}
