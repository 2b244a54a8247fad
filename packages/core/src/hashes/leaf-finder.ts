// Asks peers for the hashes of the blocks of pieces that came wrong (BEP 52), so that nothing but the bad blocks is
// fetched again. One peer is asked at a time; what it says counts when it is proven by the hash of the piece.
//
// Bounds: MAX_SEARCHES pieces at once, MAX_PEERS peers for each, and the found hashes of MAX_KNOWN pieces.

import { isSameRange } from '@ccbt/metainfo'
import type { HashTree } from '@ccbt/metainfo'
import { bytesEqual } from '@ccbt/primitives'
import type { Clock, HashRange, PieceIndex } from '@ccbt/primitives'
import type { WireEncoder } from '@ccbt/wire-protocol'

import type { PieceTrees } from './piece-trees.ts'

const MAX_SEARCHES = 16
const MAX_PEERS = 4
const MAX_KNOWN = 64
/** How long one peer is waited for. */
const PATIENCE_MS = 4000
const HASH_BYTES = 32

/** The parts of a connection that are needed to ask. */
export interface HashSource {
  readonly encoder: Pick<WireEncoder, 'hashRequest'>
}

/** What a {@link LeafFinder} works with and tells; `P` is what the owner tells peers apart by. */
export interface LeafFinderParts<P extends HashSource> {
  readonly trees: PieceTrees
  readonly clock: Clock
  /** Who may know the hashes of a piece, the best first. */
  readonly askable: (piece: PieceIndex) => Iterable<P>
  /** Requests are in the peer's encoder. */
  readonly flush: (peer: P) => void
  /** The hashes of all blocks of a piece, 32 bytes each. */
  readonly onFound: (piece: PieceIndex, leaves: Uint8Array) => void
  /** Nobody tells. */
  readonly onNotFound: (piece: PieceIndex) => void
}

/** One piece. */
interface Search<P> {
  readonly piece: PieceIndex
  readonly tree: HashTree
  /** What has not been answered. */
  readonly missing: Set<HashRange>
  readonly firstLeaf: number
  readonly leaves: Uint8Array
  readonly asked: Set<P>
  /** Who is being waited for. */
  peer: P | undefined
  askedAtMs: number
}

/** Finds hashes of blocks. */
export class LeafFinder<P extends HashSource> {
  readonly #parts: LeafFinderParts<P>
  readonly #searches = new Map<PieceIndex, Search<P>>()
  readonly #known = new Map<PieceIndex, Uint8Array>()

  constructor(parts: LeafFinderParts<P>) {
    this.#parts = parts
  }

  /** The hashes of a piece's blocks, once they were found. */
  known(piece: PieceIndex): Uint8Array | undefined {
    return this.#known.get(piece)
  }

  /** The piece is there: nobody asks for its hashes again. */
  forget(piece: PieceIndex): void {
    this.#known.delete(piece)
  }

  /** Begins to ask; false when there is nobody or too much to ask. */
  seek(piece: PieceIndex, blocks: number): boolean {
    const placed = this.#parts.trees.place(piece)
    if (placed === undefined || this.#searches.size >= MAX_SEARCHES || this.#searches.has(piece)) return false
    const ranges = placed.tree.leafRequests(placed.piece)
    const [first] = ranges
    if (first === undefined) return false
    const search: Search<P> = {
      piece,
      tree: placed.tree,
      missing: new Set(ranges),
      firstLeaf: first.index,
      leaves: new Uint8Array(blocks * HASH_BYTES),
      asked: new Set(),
      peer: undefined,
      askedAtMs: 0,
    }
    if (!this.#askNext(search)) return false
    this.#searches.set(piece, search)
    return true
  }

  /** Hashes came; `range` and `hashes` are valid until this returns. */
  received(peer: P, range: HashRange, hashes: Uint8Array): 'taken' | 'unrequested' | 'invalid' {
    for (const search of this.#searches.values()) {
      const asked = search.peer === peer ? missingLike(search, range) : undefined
      if (asked === undefined) continue
      const leaves = search.tree.provenLeaves(range, hashes)
      if (leaves === undefined) {
        this.#goOn(search)
        return 'invalid'
      }
      search.missing.delete(asked)
      const at = (range.index - search.firstLeaf) * HASH_BYTES
      search.leaves.set(leaves.subarray(0, search.leaves.length - at), at)
      if (search.missing.size === 0) this.#found(search)
      return 'taken'
    }
    return 'unrequested'
  }

  /** The peer does not tell. */
  rejected(peer: P, range: HashRange): 'taken' | 'unrequested' {
    for (const search of this.#searches.values()) {
      if (search.peer !== peer || missingLike(search, range) === undefined) continue
      this.#goOn(search)
      return 'taken'
    }
    return 'unrequested'
  }

  /** The peer has gone. */
  left(peer: P): void {
    for (const search of this.#searches.values()) if (search.peer === peer) this.#goOn(search)
  }

  /** Once a second. */
  tick(): void {
    const now = this.#parts.clock.now()
    for (const search of this.#searches.values()) if (now - search.askedAtMs > PATIENCE_MS) this.#goOn(search)
  }

  #found({ piece, leaves }: Search<P>): void {
    this.#searches.delete(piece)
    this.#known.set(piece, leaves)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break
      this.#known.delete(oldest)
    }
    this.#parts.onFound(piece, leaves)
  }

  #goOn(search: Search<P>): void {
    if (this.#askNext(search)) return
    this.#searches.delete(search.piece)
    this.#parts.onNotFound(search.piece)
  }

  #askNext(search: Search<P>): boolean {
    search.peer = undefined
    if (search.asked.size >= MAX_PEERS) return false
    for (const peer of this.#parts.askable(search.piece)) {
      if (search.asked.has(peer)) continue
      search.asked.add(peer)
      search.peer = peer
      search.askedAtMs = this.#parts.clock.now()
      for (const range of search.missing) peer.encoder.hashRequest(range)
      this.#parts.flush(peer)
      return true
    }
    return false
  }
}

/** The open request of a search that a message answers. */
function missingLike<P>({ missing }: Search<P>, range: HashRange): HashRange | undefined {
  for (const open of missing) {
    if (isSameRange(open, range) && bytesEqual(open.piecesRoot, range.piecesRoot)) return open
  }
  return undefined
}
