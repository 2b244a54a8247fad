// Turns full segments into verdicts. A piece of one segment is hashed first and written only when it is right. The segments of
// a larger piece are written as they come and hashed in order; one that came too early is read back when its turn is there,
// so that memory stays the same for every piece size. Hash state lives from the first segment to the verdict or `forget`.

import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import type { AdoptJob, SegmentJob, SegmentResult, Span } from '../jobs.ts'
import type { FileCache } from './file-cache.ts'
import { clearPadding, readSpans, writeSpans } from './span-io.ts'

const BLOCK_LENGTH = 16_384
const DIGEST_LENGTH = 20

/** A segment that is on disk. */
interface Written {
  readonly length: number
  readonly spans: readonly Span[]
}

/** A piece with some of its segments. */
interface PieceState {
  readonly hash: Hash
  /** The next segment that the hash needs. */
  cursor: number
  readonly written: Map<number, Written>
}

export class SegmentWriter {
  readonly #files: FileCache
  readonly #pieces = new Map<number, PieceState>()
  #scratch = new Uint8Array(0)

  constructor(files: FileCache) {
    this.#files = files
  }

  /** Takes one segment; throws when it cannot be written, and forgets the piece then. */
  add(job: SegmentJob): SegmentResult {
    const bytes = new Uint8Array(job.buffer, 0, job.length)
    clearPadding(bytes, job.spans)
    if (job.count === 1) return this.#whole(job, bytes)
    try {
      return this.#part(job, bytes)
    } catch (error) {
      this.forget(job.pieceKey)
      throw error
    }
  }

  /** Takes a segment as written that was written before this process started; throws when it is not there. */
  adopt(job: AdoptJob): void {
    const written = { length: job.length, spans: job.spans }
    const bytes = this.#readBack(written)
    const piece = this.#piece(job.pieceKey)
    piece.written.set(job.index, written)
    this.#advance(piece, job.index, bytes)
  }

  forget(pieceKey: number): void {
    this.#pieces.delete(pieceKey)
    if (this.#pieces.size === 0) this.#scratch = new Uint8Array(0)
  }

  #whole(job: SegmentJob, bytes: Uint8Array): SegmentResult {
    if (!isEqual(hash('sha1', bytes, 'buffer'), job.expected)) return result(job, 'corrupt', blockDigests([bytes]))
    writeSpans(this.#files, bytes, job.spans)
    return result(job, 'stored', job.wantsDigests ? blockDigests([bytes]) : undefined, this.#files.takeCreated())
  }

  #part(job: SegmentJob, bytes: Uint8Array): SegmentResult {
    const piece = this.#piece(job.pieceKey)
    writeSpans(this.#files, bytes, job.spans)
    const created = this.#files.takeCreated()
    piece.written.set(job.index, { length: job.length, spans: job.spans })
    this.#advance(piece, job.index, bytes)
    if (piece.cursor < job.count) return result(job, 'partial', undefined, created)
    const isGood = isEqual(piece.hash.digest(), job.expected)
    const blocks = isGood && !job.wantsDigests ? undefined : blockDigests(this.#segments(piece))
    this.forget(job.pieceKey)
    return result(job, isGood ? 'stored' : 'corrupt', blocks, created)
  }

  #piece(pieceKey: number): PieceState {
    const known = this.#pieces.get(pieceKey)
    if (known !== undefined) return known
    const made: PieceState = { hash: createHash('sha1'), cursor: 0, written: new Map() }
    this.#pieces.set(pieceKey, made)
    return made
  }

  /** Hashes a segment if its turn is there, and then those that came before theirs. */
  #advance(piece: PieceState, index: number, bytes: Uint8Array): void {
    if (index !== piece.cursor) return
    piece.hash.update(bytes)
    piece.cursor++
    for (;;) {
      const next = piece.written.get(piece.cursor)
      if (next === undefined) return
      piece.hash.update(this.#readBack(next))
      piece.cursor++
    }
  }

  *#segments(piece: PieceState): Generator<Uint8Array> {
    for (let index = 0; index < piece.cursor; index++) yield this.#readBack(piece.written.get(index)!)
  }

  #readBack(segment: Written): Uint8Array {
    if (this.#scratch.length < segment.length) this.#scratch = new Uint8Array(segment.length)
    const bytes = this.#scratch.subarray(0, segment.length)
    readSpans(this.#files, bytes, segment.spans)
    return bytes
  }
}

function result(
  job: SegmentJob,
  outcome: SegmentResult['outcome'],
  blocks: Uint8Array | undefined,
  created: readonly number[] = [],
): SegmentResult {
  return { buffer: job.buffer, outcome, blocks, created }
}

/** SHA-1 of every 16 KiB block; segments are multiples of a block, only the last may end with a shorter one. */
function blockDigests(segments: Iterable<Uint8Array>): Uint8Array {
  const digests: Uint8Array[] = []
  for (const bytes of segments)
    for (let at = 0; at < bytes.length; at += BLOCK_LENGTH)
      digests.push(hash('sha1', bytes.subarray(at, at + BLOCK_LENGTH), 'buffer'))
  const out = new Uint8Array(digests.length * DIGEST_LENGTH)
  for (const [i, digest] of digests.entries()) out.set(digest, i * DIGEST_LENGTH)
  return out
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
