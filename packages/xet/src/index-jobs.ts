// What the worker that owns the index is asked, and what it answers.

import type { ChunkList } from '@ccbt/chunker'
import type { Job } from '@ccbt/worker-pool'

import type { ChunkPlace, FileQuery, FoundFiles, IndexedFile } from './chunk-place.ts'
import type { SuiteName } from './suites.ts'

/** What the worker knows from its start. */
export interface IndexSettings {
  /** The database file. */
  readonly path: string
  readonly suite: SuiteName
  readonly maxBytes: number
}

/** Places of many chunks in columns, because a message with an object for each would take longer than the search. */
export interface FoundPlaces {
  readonly files: readonly IndexedFile[]
  /** For each hash that was asked for: the number in `files`, or -1. */
  readonly fileOf: Int32Array
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
}

/** Sizes of an index. */
export interface IndexSize {
  readonly files: number
  /** Chunks of these files; a chunk that lies in several counts for each. */
  readonly chunks: number
  /** Bytes on disk. */
  readonly bytes: number
}

/** What became of new chunks: at its bound the index takes none until it was rebuilt or has a larger one. */
export type PutOutcome = 'stored' | 'full'

/** A file that got another path; both are absolute. */
export interface FileRename {
  readonly from: string
  readonly to: string
}

/** Which chunks are wanted: those whose key ends with so many zero bits. */
export interface ChunkSample {
  readonly bits: number
  /** Not more of them than this. */
  readonly most: number
}

/** A chunk of a sample: the `hashKey` of its hash, and the file that it lies in. */
export interface SampledChunk {
  readonly key: number
  readonly path: string
}

export interface IndexJobs {
  put: Job<{ readonly file: IndexedFile; readonly list: ChunkList }, PutOutcome>
  find: Job<Uint8Array, FoundPlaces>
  findFiles: Job<readonly FileQuery[], readonly FoundFiles[]>
  read: Job<{ readonly place: ChunkPlace; readonly hash: Uint8Array }, Uint8Array | undefined>
  /** The hash of a file with these chunks. */
  fileHash: Job<ChunkList, Uint8Array>
  move: Job<readonly FileRename[], void>
  forget: Job<readonly string[], void>
  clear: Job<undefined, void>
  files: Job<undefined, readonly IndexedFile[]>
  size: Job<undefined, IndexSize>
  sample: Job<ChunkSample, readonly SampledChunk[]>
  /** The last job: brings everything into the one file. */
  close: Job<undefined, void>
}
