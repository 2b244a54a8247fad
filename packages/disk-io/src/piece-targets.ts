// What each piece of a store must hash to, as the workers are told it.

import type { PieceIndex } from '@ccbt/primitives'

import type { PieceTarget } from './jobs.ts'
import type { StoreOptions } from './store-types.ts'

const DIGEST_LENGTH = 20

/** The right hashes of one torrent. */
export class PieceTargets {
  readonly #options: Pick<StoreOptions, 'layout' | 'pieceHashes' | 'treeOf'>

  constructor(options: Pick<StoreOptions, 'layout' | 'pieceHashes' | 'treeOf'>) {
    this.#options = options
  }

  /** For what is received of a piece, which ends before its padding. */
  received(piece: PieceIndex): PieceTarget {
    const { layout } = this.#options
    return this.#target(piece, layout.hashedLength(piece) - layout.pieceLength(piece))
  }

  /** For a piece as it is read, which has its padding. */
  read(piece: PieceIndex): PieceTarget {
    return this.#target(piece, 0)
  }

  #target(piece: PieceIndex, padding: number): PieceTarget {
    const { pieceHashes, treeOf } = this.#options
    const at = piece * DIGEST_LENGTH
    // A copy: with a view all hashes of the torrent would go to the worker.
    const sha1 =
      pieceHashes.length === 0 ? {} : { sha1: { digest: pieceHashes.slice(at, at + DIGEST_LENGTH), padding } }
    const tree = treeOf?.(piece)
    return tree === undefined ? sha1 : { ...sha1, tree: { ...tree, root: tree.root.slice() } }
  }
}
