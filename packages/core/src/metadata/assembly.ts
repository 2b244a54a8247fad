// The metadata (BEP 9) as it comes together from many peers who may claim different sizes: a few sizes are pursued side
// by side, the best supported first, until the bytes of one have the right hash. Pure: time comes in, requests go out.
//
// Bounds: MAX_SIZES sizes at once, none above the limit, and memory only for pieces that have arrived.

import { SizeCandidate } from './candidate.ts'
import type { MetadataRequest, MetadataVerdict } from './candidate.ts'

const MAX_SIZES = 3
/** How long a size is pursued while others wait. */
const TURN_MS = 60_000

/** What an assembly needs to know of the metadata. */
export interface AssemblyOptions {
  /** Whether these are the bytes that the hash was taken of. */
  readonly isRight: (bytes: Uint8Array) => boolean
  /** Larger claims are refused. */
  readonly maxBytes: number
}

/** How far the metadata is. */
export interface MetadataProgress {
  /** Pieces of 16 KiB; 0 as long as nobody has told a size. */
  readonly pieces: number
  readonly piecesDone: number
  /** Peers that say that they have it. */
  readonly peers: number
}

/** One `data` message of a peer. `totalSize` is bytes. */
export interface MetadataPart {
  readonly piece: number
  readonly totalSize: number
  readonly data: Uint8Array
}

/** A size being pursued. */
interface Pursuit<P extends object> {
  readonly candidate: SizeCandidate<P>
  readonly startedAtMs: number
}

/** Puts the metadata together; `P` is whatever the owner tells peers apart by. */
export class MetadataAssembly<P extends object> {
  readonly #options: AssemblyOptions
  readonly #claims = new Map<P, number>()
  /** By size. */
  readonly #pursuits = new Map<number, Pursuit<P>>()
  /** When the last turn of a size ended that waits for the next one. */
  readonly #lastTurns = new Map<number, number>()

  constructor(options: AssemblyOptions) {
    this.#options = options
  }

  get progress(): MetadataProgress {
    let best: SizeCandidate<P> | undefined
    for (const { candidate } of this.#pursuits.values()) {
      if (best === undefined || candidate.done > best.done) best = candidate
    }
    return { pieces: best?.pieces ?? 0, piecesDone: best?.done ?? 0, peers: this.#claims.size }
  }

  /** A peer says that it has metadata of `size` bytes; it may change its mind. False when that is too large. */
  claimed(peer: P, size: number): boolean {
    if (this.#claims.get(peer) === size) return true
    this.left(peer)
    if (size < 1 || size > this.#options.maxBytes) return false
    this.#claims.set(peer, size)
    this.#pursuits.get(size)?.candidate.joined(peer)
    return true
  }

  /** Whether it says that it has the metadata, and does not fail to answer all the time. */
  isPromising(peer: P): boolean {
    const size = this.#claims.get(peer)
    return size !== undefined && this.#pursuits.get(size)?.candidate.isPromising(peer) !== false
  }

  left(peer: P): void {
    const size = this.#claims.get(peer)
    if (size === undefined) return
    this.#claims.delete(peer)
    const pursuit = this.#pursuits.get(size)
    pursuit?.candidate.left(peer)
    if (pursuit?.candidate.supporters === 0) this.#pursuits.delete(size)
  }

  /** A piece has come. A peer whose `totalSize` is not what it claimed counts as not asked. */
  received(peer: P, { piece, totalSize, data }: MetadataPart): MetadataVerdict<P> {
    if (this.#claims.get(peer) !== totalSize) return { kind: 'unrequested' }
    const verdict = this.#pursuits.get(totalSize)?.candidate.received(peer, piece, data) ?? { kind: 'taken' }
    if (verdict.kind === 'wrong') for (const liar of verdict.liars) this.left(liar)
    return verdict
  }

  rejected(peer: P, piece: number, nowMs: number): MetadataVerdict<P> {
    const pursuit = this.#pursuits.get(this.#claims.get(peer) ?? -1)
    return pursuit?.candidate.rejected(peer, piece, nowMs) ?? { kind: 'taken' }
  }

  /** Whom to ask for what now; to be called when something has happened, and once a second. They count as sent. */
  requests(nowMs: number): MetadataRequest<P>[] {
    this.#chooseSizes(nowMs)
    return [...this.#pursuits.values()].flatMap(({ candidate }) => candidate.requests(nowMs))
  }

  #chooseSizes(nowMs: number): void {
    const waiting = this.#waitingSizes()
    if (waiting.length > 0 && this.#pursuits.size >= MAX_SIZES) this.#makeRoom(waiting[0]!.supporters, nowMs)
    for (const { size } of waiting) {
      if (this.#pursuits.size >= MAX_SIZES) break
      this.#pursue(size, nowMs)
    }
  }

  /** Sizes that nobody pursues, the best supported first, then those that have waited longest. */
  #waitingSizes(): { readonly size: number; readonly supporters: number }[] {
    const counts = new Map<number, number>()
    for (const size of this.#claims.values()) {
      if (!this.#pursuits.has(size)) counts.set(size, (counts.get(size) ?? 0) + 1)
    }
    for (const size of this.#lastTurns.keys()) if (!counts.has(size)) this.#lastTurns.delete(size)
    const waiting = Array.from(counts, ([size, supporters]) => ({ size, supporters }))
    const lastTurn = (size: number): number => this.#lastTurns.get(size) ?? 0
    return waiting.sort((a, b) => b.supporters - a.supporters || lastTurn(a.size) - lastTurn(b.size))
  }

  /** Gives up the size that fewer believe in than in the one that waits, or else the oldest when its turn is over. */
  #makeRoom(supporters: number, nowMs: number): void {
    const sizes = [...this.#pursuits].sort(([, a], [, b]) => a.candidate.supporters - b.candidate.supporters)
    const weakest = sizes.find(([, { candidate }]) => candidate.supporters < supporters)
    const over = sizes.find(([, { startedAtMs }]) => nowMs - startedAtMs >= TURN_MS)
    const [size] = weakest ?? over ?? []
    if (size === undefined) return
    this.#pursuits.delete(size)
    this.#lastTurns.set(size, nowMs)
  }

  #pursue(size: number, nowMs: number): void {
    const candidate = new SizeCandidate<P>(size, this.#options.isRight)
    for (const [peer, claimed] of this.#claims) if (claimed === size) candidate.joined(peer)
    this.#pursuits.set(size, { candidate, startedAtMs: nowMs })
  }
}
