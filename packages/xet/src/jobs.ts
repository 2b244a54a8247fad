// What the chunk workers are asked, and what they answer.

import type { ChunkList } from '@ccbt/chunker'
import type { Job } from '@ccbt/worker-pool'

import type { SuiteName } from './suites.ts'

/** What every worker knows from its start. */
export interface WorkerSettings {
  readonly suite: SuiteName
}

/** A part of a file. */
export interface RangeJob {
  readonly path: string
  /** First byte, and the one after the last. */
  readonly from: number
  readonly to: number
  /** A chunk of the file begins at `from`. Otherwise nothing is said about chunks before it is certain where they end. */
  readonly startsAtCut: boolean
  /** A chunk of the file, or the file itself, ends at `to`. Otherwise the chunk that is open there is left out. */
  readonly endsAtCut: boolean
}

/** Chunks of the file that follow each other without a gap. */
export interface RangeChunks {
  /** Where the first one begins; `undefined` when not a single place where one begins is certain. */
  readonly from: number | undefined
  readonly lengths: readonly number[]
  readonly hashes: Uint8Array
}

export interface ChunkJobs {
  chunkRange: Job<RangeJob, RangeChunks>
  /** The hash of a file with these chunks. */
  fileHash: Job<ChunkList, Uint8Array>
}
