// Turns full segments into verdicts. A piece of one segment is hashed first and written only when it is right. The segments of
// a larger piece are written as they come and hashed in order; one that came too early is read back when its turn is there,
// so that memory stays the same for every piece size. Hash state lives from the first segment to the verdict or `forget`.

import { hash } from 'node:crypto'

import type { AdoptJob, SegmentJob, SegmentResult, Span } from '../jobs.ts'
import type { FileCache } from './file-cache.ts'
import { PieceCheck } from './piece-check.ts'
import type { PieceOutcome } from './piece-check.ts'
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
  readonly check: PieceCheck
  /** The next segment that the hash needs. */
  cursor: number
  readonly written: Map<number, Written>
}

export class SegmentWriter {
  readonly #files: FileCache
  readonly #pieces = new Map<number, PieceState>()
  #scratch = new Uint8Array(0)
  #hashMs = 0

  constructor(files: FileCache) {
    this.#files = files
  }

  /** Takes one segment; throws when it cannot be written, and forgets the piece then. */
  add(job: SegmentJob): SegmentResult {
    const bytes = new Uint8Array(job.buffer, 0, job.length)
    clearPadding(bytes, job.spans)
    this.#hashMs = 0
    if (job.count === 1) return { ...this.#whole(job, bytes), hashMs: this.#hashMs }
    try {
      return { ...this.#part(job, bytes), hashMs: this.#hashMs }
    } catch (error) {
      this.forget(job.pieceKey)
      throw error
    }
  }

  /** Takes a segment as written that was written before this process started; throws when it is not there. */
  adopt(job: AdoptJob): void {
    const written = { length: job.length, spans: job.spans }
    const bytes = this.#readBack(written)
    const piece = this.#piece(job)
    piece.written.set(job.index, written)
    this.#advance(piece, job.index, bytes)
  }

  forget(pieceKey: number): void {
    this.#pieces.delete(pieceKey)
    if (this.#pieces.size === 0) this.#scratch = new Uint8Array(0)
  }

  #whole(job: SegmentJob, bytes: Uint8Array): Verdict {
    const check = new PieceCheck(job.target)
    const startedAtMs = performance.now()
    check.add(bytes)
    const outcome = check.finish()
    this.#hashMs = performance.now() - startedAtMs
    // Of a piece with a tree the good blocks are used, once peers have told their hashes: they have to be somewhere.
    if (outcome === 'right' || check.leaves !== undefined) writeSpans(this.#files, bytes, job.spans)
    return verdict(job, { outcome, leaves: check.leaves, segments: [bytes], created: this.#files.takeCreated() })
  }

  #part(job: SegmentJob, bytes: Uint8Array): Verdict {
    const piece = this.#piece(job)
    writeSpans(this.#files, bytes, job.spans)
    const created = this.#files.takeCreated()
    piece.written.set(job.index, { length: job.length, spans: job.spans })
    const startedAtMs = performance.now()
    this.#advance(piece, job.index, bytes)
    this.#hashMs = performance.now() - startedAtMs
    if (piece.cursor < job.count) return { buffer: job.buffer, outcome: 'partial', blocks: undefined, created }
    const outcome = piece.check.finish()
    const result = verdict(job, { outcome, leaves: piece.check.leaves, segments: this.#segments(piece), created })
    this.forget(job.pieceKey)
    return result
  }

  #piece({ pieceKey, target }: Pick<SegmentJob, 'pieceKey' | 'target'>): PieceState {
    const known = this.#pieces.get(pieceKey)
    if (known !== undefined) return known
    const made: PieceState = { check: new PieceCheck(target), cursor: 0, written: new Map() }
    this.#pieces.set(pieceKey, made)
    return made
  }

  /** Hashes a segment if its turn is there, and then those that came before theirs. */
  #advance(piece: PieceState, index: number, bytes: Uint8Array): void {
    if (index !== piece.cursor) return
    piece.check.add(bytes)
    piece.cursor++
    for (;;) {
      const next = piece.written.get(piece.cursor)
      if (next === undefined) return
      piece.check.add(this.#readBack(next))
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

type Verdict = Omit<SegmentResult, 'hashMs'>

/** A piece that has been hashed as a whole. */
interface Hashed {
  readonly outcome: PieceOutcome
  readonly leaves: Uint8Array | undefined
  /** Its bytes, read only when their digests are needed. */
  readonly segments: Iterable<Uint8Array>
  readonly created: readonly number[]
}

function verdict(job: SegmentJob, { outcome, leaves, segments, created }: Hashed): Verdict {
  const { buffer } = job
  if (outcome === 'inconsistent') return { buffer, outcome, blocks: undefined, created }
  const isGood = outcome === 'right'
  const blocks = isGood && !job.wantsDigests ? undefined : (leaves ?? blockDigests(segments))
  return { buffer, outcome: isGood ? 'stored' : 'corrupt', blocks, created }
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
