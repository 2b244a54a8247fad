// The Merkle trees of a v2 or hybrid torrent's files (BEP 52), by piece of the torrent and by root.

import type { PieceTree } from '@ccbt/disk-io'
import { createHashTree } from '@ccbt/metainfo'
import type { HashTree, Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { treeHeight } from '@ccbt/metainfo/merkle'
import { BLOCK_LENGTH, toHex } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'

/** Length of a SHA-256. */
const HASH_BYTES = 32
/** Trees that are kept for the next question: each has the layers above the pieces of a file. */
const MAX_TREES = 64

/** A file with a tree. */
type RootedFile = MetainfoFile & { readonly piecesRoot: Uint8Array }

/** A piece of the torrent in the tree of its file. */
export interface PlacedPiece {
  readonly tree: HashTree
  /** 32 bytes. */
  readonly piecesRoot: Uint8Array
  /** Counted from the start of the file. */
  readonly piece: number
}

/** The trees of one torrent. */
export class PieceTrees {
  readonly #metainfo: Metainfo
  /** In the order of the torrent; each begins with a piece. */
  readonly #files: readonly RootedFile[]
  readonly #trees = new Map<RootedFile, HashTree>()
  /** The first file of each root; made for the first question. */
  #byRoot: Map<string, RootedFile> | undefined

  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo
    this.#files = metainfo.files.filter(isRooted)
  }

  /** What a piece must hash to; `undefined` when nobody has told yet. */
  pieceTree(piece: PieceIndex): PieceTree | undefined {
    const { pieceLength, pieceLayers } = this.#metainfo
    const file = this.#fileAt(piece)
    if (file === undefined) return undefined
    const begin = piece * pieceLength - file.offset
    const length = Math.min(pieceLength, file.length - begin)
    if (file.length <= pieceLength) {
      return { root: file.piecesRoot, length, layers: treeHeight(Math.ceil(length / BLOCK_LENGTH)) }
    }
    const at = (begin / pieceLength) * HASH_BYTES
    const root = pieceLayers.get(toHex(file.piecesRoot))?.subarray(at, at + HASH_BYTES)
    return root === undefined ? undefined : { root, length, layers: treeHeight(pieceLength / BLOCK_LENGTH) }
  }

  /** The tree that a piece is in. */
  place(piece: PieceIndex): PlacedPiece | undefined {
    const file = this.#fileAt(piece)
    if (file === undefined) return undefined
    const { piecesRoot, offset } = file
    return { tree: this.#treeOf(file), piecesRoot, piece: piece - offset / this.#metainfo.pieceLength }
  }

  /** The tree of a root and the first piece of its file; `undefined` when the torrent has no such file. */
  byRoot(piecesRoot: Uint8Array): { readonly tree: HashTree; readonly firstPiece: PieceIndex } | undefined {
    this.#byRoot ??= new Map(this.#files.toReversed().map((file) => [toHex(file.piecesRoot), file]))
    const file = this.#byRoot.get(toHex(piecesRoot))
    if (file === undefined) return undefined
    return { tree: this.#treeOf(file), firstPiece: (file.offset / this.#metainfo.pieceLength) as PieceIndex }
  }

  #fileAt(piece: PieceIndex): RootedFile | undefined {
    const offset = piece * this.#metainfo.pieceLength
    let low = 0
    let high = this.#files.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const file = this.#files[middle]!
      if (file.offset + file.length <= offset) low = middle + 1
      else high = middle
    }
    const file = this.#files[low]
    return file !== undefined && file.offset <= offset ? file : undefined
  }

  #treeOf(file: RootedFile): HashTree {
    const { pieceLength, pieceLayers } = this.#metainfo
    const { length, piecesRoot } = file
    const known = this.#trees.get(file)
    const pieceLayer = pieceLayers.get(toHex(piecesRoot))
    const tree = known ?? createHashTree({ piecesRoot, length, pieceLength, pieceLayer })
    // What was asked for last is kept longest.
    this.#trees.delete(file)
    this.#trees.set(file, tree)
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= MAX_TREES) break
      this.#trees.delete(oldest)
    }
    return tree
  }
}

function isRooted(file: MetainfoFile): file is RootedFile {
  return file.piecesRoot !== undefined
}
