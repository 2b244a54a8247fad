// Makes the chunks of files on all cores. A file is dealt out in segments; a worker that starts in the middle of the file
// cannot know where a chunk begins, but soon comes to a place that is certain (`countUntilStable`). What lies between the
// last chunk of one segment and the first certain one of the next is cut in a second job. The result is that of one pass.

import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'

import { HASH_BYTES } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import { concatBytes } from '@ccbt/primitives'
import { createWorkerPool } from '@ccbt/worker-pool'
import type { WorkerPool } from '@ccbt/worker-pool'

import { fileChanged, notAFile, readFailed } from './errors.ts'
import type { ChunkJobs, RangeChunks, WorkerSettings } from './jobs.ts'
import type { SuiteName } from './suites.ts'

/** Bytes of a segment: finding the first certain place costs 0.3 MB of cutting without hashing on average. */
const SEGMENT_BYTES = 16_777_216

/** Segments for each worker that are dealt out ahead of the one that is next. */
const SEGMENTS_AHEAD = 2

const MAX_WORKERS = 4

/** How files are chunked. */
export interface FileChunkerOptions {
  readonly suite: SuiteName
  /** Threads. Default: one per core, at most 4. */
  readonly workers?: number
  /** Bytes that one job takes; default 16 MiB. Makes no difference for the result. */
  readonly segmentBytes?: number
}

/** One file to chunk. */
export interface ChunkFileOptions {
  readonly signal: AbortSignal
  /** Called with the number of bytes that were chunked since the last call. */
  onProgress?(bytes: number): void
}

/** The chunks of a file, and its hash. */
export interface FileChunks extends ChunkList {
  /** Bytes of the file. */
  readonly size: number
  /** Time of its last change, in milliseconds since 1970. */
  readonly mtimeMs: number
  readonly fileHash: Uint8Array
}

/** Makes the chunks of files, off the calling thread. */
export interface FileChunker extends AsyncDisposable {
  /** Rejects with ABORTED, XET_READ_FAILED, XET_NOT_A_FILE or XET_FILE_CHANGED. */
  chunk(path: string, options: ChunkFileOptions): Promise<FileChunks>
}

/**
 * Makes a chunker; its workers start with the first file.
 * @example
 * await using chunker = createFileChunker({ suite: 'blake3' })
 * const { fileHash } = await chunker.chunk('model.bin', { signal })
 */
export function createFileChunker(options: FileChunkerOptions): FileChunker {
  const settings: WorkerSettings = { suite: options.suite }
  const pool = createWorkerPool<ChunkJobs>({
    url: new URL(import.meta.url.endsWith('.ts') ? './chunk.worker.ts' : './chunk.worker.js', import.meta.url),
    size: options.workers ?? Math.min(MAX_WORKERS, availableParallelism()),
    data: settings,
  })
  return {
    async chunk(path, wishes) {
      const before = await regularFile(path)
      const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES
      const pass = new Pass({ pool, path, size: before.size, segmentBytes, wishes })
      const list = await pass.run(wishes.signal)
      const after = await regularFile(path)
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw fileChanged(path)
      const fileHash = await pool.run('fileHash', list, { signal: wishes.signal })
      return { ...list, size: before.size, mtimeMs: before.mtimeMs, fileHash }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function regularFile(path: string): Promise<{ size: number; mtimeMs: number }> {
  const status = await stat(path).catch((error: unknown) => {
    throw readFailed(path, error)
  })
  if (!status.isFile()) throw notAFile(path)
  return status
}

interface PassOptions {
  readonly pool: WorkerPool<ChunkJobs>
  readonly path: string
  readonly size: number
  readonly segmentBytes: number
  readonly wishes: ChunkFileOptions
}

/** One way through a file. */
class Pass {
  readonly #options: PassOptions
  /** Ends the jobs that nobody waits for any more. */
  readonly #stop = new AbortController()
  readonly #lengths: number[] = []
  readonly #hashes: Uint8Array[] = []
  /** Where the chunks that are known end. */
  #at = 0

  constructor(options: PassOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<ChunkList> {
    const either = AbortSignal.any([signal, this.#stop.signal])
    try {
      await this.#segments(either)
      if (this.#at < this.#options.size) await this.#between(this.#options.size, either)
    } finally {
      this.#stop.abort()
    }
    return { lengths: this.#lengths, hashes: concatBytes(this.#hashes) }
  }

  async #segments(signal: AbortSignal): Promise<void> {
    const { size, segmentBytes, pool } = this.#options
    const ahead: Promise<RangeChunks>[] = []
    for (let from = 0; from < size || ahead.length > 0;) {
      for (; from < size && ahead.length < pool.size * SEGMENTS_AHEAD; from += segmentBytes) {
        ahead.push(this.#segment(from, signal))
      }
      const segment = await ahead.shift()
      if (segment?.from === undefined) continue
      if (segment.from > this.#at) await this.#between(segment.from, signal)
      this.#append(segment)
    }
  }

  #segment(from: number, signal: AbortSignal): Promise<RangeChunks> {
    const { pool, path, size, segmentBytes } = this.#options
    const to = Math.min(from + segmentBytes, size)
    const job = { path, from, to, startsAtCut: from === 0, endsAtCut: to === size }
    // Each worker is given its segments by name: the pool starts no other one as long as a queue has room.
    const result = pool.run('chunkRange', job, { signal, affinity: Math.floor(from / segmentBytes) })
    // Whoever waits for it learns of a failure; when that is nobody, because an earlier segment failed, it is no news.
    result.catch(() => undefined)
    return result
  }

  /** The chunks from where the known ones end to `to`, which is the end of one. */
  async #between(to: number, signal: AbortSignal): Promise<void> {
    const { pool, path } = this.#options
    this.#append(
      await pool.run('chunkRange', { path, from: this.#at, to, startsAtCut: true, endsAtCut: true }, { signal }),
    )
  }

  #append({ lengths, hashes }: RangeChunks): void {
    const bytes = lengths.reduce((sum, length) => sum + length, 0)
    for (const length of lengths) this.#lengths.push(length)
    if (hashes.length >= HASH_BYTES) this.#hashes.push(hashes)
    this.#at += bytes
    this.#options.wishes.onProgress?.(bytes)
  }
}
