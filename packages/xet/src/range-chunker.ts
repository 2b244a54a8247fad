// Cuts one part of a file and hashes the chunks, in the thread that calls. The file is read once; memory is one buffer and
// what is said about the chunks.

import { closeSync, openSync, readSync } from 'node:fs'

import { countUntilStable, HASH_BYTES, MAX_CHUNK_BYTES } from '@ccbt/chunker'
import type { Chunker, ChunkEngine, HashSuite } from '@ccbt/chunker'

import { fileChanged, readFailed } from './errors.ts'
import type { RangeChunks, RangeJob } from './jobs.ts'

/** Bytes per read: they are still in the core's second cache when they are hashed. */
const READ_BYTES = 262_144

/** Chunks for which there is room at the start. */
const INITIAL_CHUNKS = 512

/** What cuts and hashes, and the memory for it. Serves one range after the other. */
export class RangeChunker {
  readonly #chunker: Chunker
  readonly #suite: HashSuite
  /** In front the bytes of the open chunk, behind them those that were just read. */
  readonly #buffer: Buffer = Buffer.alloc(MAX_CHUNK_BYTES + READ_BYTES)

  constructor(engine: ChunkEngine, suite: HashSuite) {
    this.#chunker = engine.chunker()
    this.#suite = suite
  }

  /** Throws XET_READ_FAILED, and XET_FILE_CHANGED for a file that ends before `job.to`. */
  run(job: RangeJob): RangeChunks {
    const file = openFile(job.path)
    try {
      const found = new FoundChunks(this.#suite, job.startsAtCut ? job.from : undefined)
      this.#read(file, job, found)
      return found.result()
    } finally {
      this.#chunker.finish()
      closeSync(file)
    }
  }

  #read(file: number, job: RangeJob, found: FoundChunks): void {
    let open = 0
    for (let at = job.from; at < job.to;) {
      const count = readAt(job.path, file, this.#buffer.subarray(open, open + Math.min(READ_BYTES, job.to - at)), at)
      open = this.#take(open, count, at, found)
      at += count
    }
    if (open > 0 && job.endsAtCut) found.chunk(this.#buffer.subarray(0, open), job.to)
  }

  /** Cuts the `count` bytes behind the `open` ones, which begin at `offset` of the file; gives the bytes that stay open. */
  #take(open: number, count: number, offset: number, found: FoundChunks): number {
    const buffer = this.#buffer
    let start = 0
    for (const end of this.#chunker.push(buffer.subarray(open, open + count))) {
      found.chunk(buffer.subarray(start, open + end), offset + end)
      start = open + end
    }
    buffer.copyWithin(0, start, open + count)
    return open + count - start
  }
}

/** The chunks of a range, from the first on that is certain. */
class FoundChunks {
  readonly #suite: HashSuite
  #from: number | undefined
  readonly #lengths: number[] = []
  #hashes = new Uint8Array(INITIAL_CHUNKS * HASH_BYTES)

  constructor(suite: HashSuite, from: number | undefined) {
    this.#suite = suite
    this.#from = from
  }

  /** A chunk that ends at `end` of the file. */
  chunk(data: Uint8Array, end: number): void {
    if (this.#from !== undefined) this.#add(data)
    else this.#waitUntilStable(data.length, end)
  }

  result(): RangeChunks {
    const count = this.#from === undefined ? 0 : this.#lengths.length
    // A copy: what is sent to another thread is sent with the whole of its memory.
    return {
      from: this.#from,
      lengths: this.#lengths.slice(0, count),
      hashes: this.#hashes.slice(0, count * HASH_BYTES),
    }
  }

  /** Until then, the lengths are those of chunks that may not be the file's. Two are enough to tell. */
  #waitUntilStable(length: number, end: number): void {
    this.#lengths.push(length)
    if (this.#lengths.length > 2) this.#lengths.shift()
    if (countUntilStable(this.#lengths) === undefined) return
    this.#from = end
    this.#lengths.length = 0
  }

  #add(data: Uint8Array): void {
    const at = this.#lengths.length * HASH_BYTES
    if (at === this.#hashes.length) this.#grow()
    this.#hashes.set(this.#suite.chunkHash(data), at)
    this.#lengths.push(data.length)
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#hashes.length)
    larger.set(this.#hashes)
    this.#hashes = larger
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw readFailed(path, error)
  }
}

/** Reads what there is at `offset`, at least one byte. */
function readAt(path: string, file: number, into: Uint8Array, offset: number): number {
  let count: number
  try {
    count = readSync(file, into, 0, into.length, offset)
  } catch (error) {
    throw readFailed(path, error)
  }
  if (count === 0) throw fileChanged(path)
  return count
}
