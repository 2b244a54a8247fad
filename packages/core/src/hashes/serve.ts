// Answers hash requests of a torrent's peers (BEP 52). Hashes of pieces are in memory; hashes of blocks are made from the
// disk by a worker, a piece at a time, and kept for the next request. What a peer asks beyond its share is rejected:
// no correct client asks so much, and a request of 53 bytes must not cost us 256 MiB of reading again and again.

import { isCcbtError } from '@ccbt/primitives'
import type { CcbtError, Clock, HashRange, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { ByteStream } from '@ccbt/transport'
import type { WireEncoder } from '@ccbt/wire-protocol'

import type { PieceTrees } from './piece-trees.ts'

/** Bytes of hashes that a peer may have at once, and how many more in a second. */
const SHARE_BYTES = 8_388_608
const SHARE_BPS = 262_144
/** What an answer counts at least. */
const MIN_ANSWER_BYTES = 2048
/** Bytes on their way to a peer above which it gets no more; its encoder takes 1 MiB. */
const MAX_WAITING_BYTES = 524_288
/** Pieces that are read for one peer at a time, and for all of them. */
const MAX_READS_PER_PEER = 4
const MAX_READS = 16
/** Block hashes that are kept. */
const MAX_CACHED_BYTES = 2_097_152

/** The parts of a connection that are needed to answer. */
export interface HashAsker {
  readonly encoder: Pick<WireEncoder, 'hashes' | 'hashReject' | 'pending'>
  readonly stream: Pick<ByteStream, 'queuedBytes'>
  readonly isClosed: boolean
}

/** What a {@link HashServer} works with. */
export interface HashServerParts<P extends HashAsker> {
  readonly trees: PieceTrees
  readonly clock: Clock
  readonly store: Pick<PieceStore, 'leaves'>
  readonly hasPiece: (piece: PieceIndex) => boolean
  /** An answer that was waited for is in the encoder. */
  readonly flush: (asker: P) => void
  readonly onReadFailed: (error: CcbtError, piece: PieceIndex) => void
}

interface Share {
  bytes: number
  updatedAtMs: number
  reads: number
}

/** Serves the hashes of one torrent. */
export class HashServer<P extends HashAsker> {
  readonly #parts: HashServerParts<P>
  /** Forgotten with the connection. */
  readonly #shares = new WeakMap<P, Share>()
  /** By piece, those asked for last at the end. */
  readonly #cached = new Map<PieceIndex, Uint8Array>()
  #cachedBytes = 0
  #reads = 0
  readonly #abort = new AbortController()

  constructor(parts: HashServerParts<P>) {
    this.#parts = parts
  }

  /** Answers nothing more that is being read. */
  stop(): void {
    this.#abort.abort()
  }

  /** A request came; `range` is valid until this returns. */
  requested(asker: P, range: HashRange): void {
    const file = this.#parts.trees.byRoot(range.piecesRoot)
    const share = this.#shareOf(asker)
    const isWaiting = asker.encoder.pending + asker.stream.queuedBytes > MAX_WAITING_BYTES
    if (file === undefined || isWaiting || share.bytes < 0) {
      asker.encoder.hashReject(range)
      return
    }
    const answer = file.tree.answer(range)
    share.bytes -= MIN_ANSWER_BYTES
    if (answer.kind === 'hashes') this.#send(asker, range, answer.hashes)
    else if (answer.kind === 'rejected') asker.encoder.hashReject(range)
    else this.#answerLeaves(asker, { ...range, piecesRoot: range.piecesRoot.slice() }, file.firstPiece + answer.piece)
  }

  #answerLeaves(asker: P, range: HashRange, n: number): void {
    const piece = n as PieceIndex
    const cached = this.#cached.get(piece)
    if (cached !== undefined) this.#sendLeaves(asker, range, cached)
    else if (this.#mayRead(asker) && this.#parts.hasPiece(piece)) void this.#readLeaves(asker, range, piece)
    else asker.encoder.hashReject(range)
  }

  #mayRead(asker: P): boolean {
    return this.#reads < MAX_READS && this.#shareOf(asker).reads < MAX_READS_PER_PEER
  }

  async #readLeaves(asker: P, range: HashRange, piece: PieceIndex): Promise<void> {
    const share = this.#shareOf(asker)
    share.reads++
    this.#reads++
    try {
      const leaves = await this.#parts.store.leaves(piece, this.#abort.signal)
      this.#keep(piece, leaves)
      if (asker.isClosed) return
      this.#sendLeaves(asker, range, leaves)
      this.#parts.flush(asker)
    } catch (error) {
      if (!isCcbtError(error)) throw error
      if (error.blame === 'disk') this.#parts.onReadFailed(error, piece)
    } finally {
      share.reads--
      this.#reads--
    }
  }

  #sendLeaves(asker: P, range: HashRange, leaves: Uint8Array): void {
    const answer = this.#parts.trees.byRoot(range.piecesRoot)?.tree.answer(range, leaves)
    if (answer?.kind === 'hashes') this.#send(asker, range, answer.hashes)
    else asker.encoder.hashReject(range)
  }

  #send(asker: P, range: HashRange, hashes: Uint8Array): void {
    this.#shareOf(asker).bytes -= hashes.length
    asker.encoder.hashes(range, hashes)
  }

  #keep(piece: PieceIndex, leaves: Uint8Array): void {
    if (this.#cached.has(piece)) return
    this.#cached.set(piece, leaves)
    this.#cachedBytes += leaves.length
    for (const [oldest, { length }] of this.#cached) {
      if (this.#cachedBytes <= MAX_CACHED_BYTES) return
      this.#cached.delete(oldest)
      this.#cachedBytes -= length
    }
  }

  #shareOf(asker: P): Share {
    const now = this.#parts.clock.now()
    const share = this.#shares.get(asker) ?? { bytes: SHARE_BYTES, updatedAtMs: now, reads: 0 }
    share.bytes = Math.min(SHARE_BYTES, share.bytes + ((now - share.updatedAtMs) / 1000) * SHARE_BPS)
    share.updatedAtMs = now
    this.#shares.set(asker, share)
    return share
  }
}
