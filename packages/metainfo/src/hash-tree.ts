// The Merkle tree of one file of a v2 torrent (BEP 52), as far as the peer protocol needs it: learning the hashes of the
// pieces from peers, learning the hashes of one piece's blocks to find the bad one, and answering the same questions.
//
// Invariants: a hash counts only when it was proven against the file's root, or against a piece hash that was; the
// height of the tree follows from the file's length and from nothing that a peer says.
// Memory: 32 bytes for each piece of the file, from the first proven hash on, and 1/256 of that for the layers above.

import { BLOCK_LENGTH, bytesEqual, type HashRange } from '@ccbt/primitives'
import { pieceLayerOf } from './file-hashes.ts'
import { isSameRange, uncleCount } from './hash-range.ts'
import { climb, HASH_BYTES, nodeAbove, nodeAt, provenRoot, treeHeight, zeroHash } from './merkle.ts'

/** What came of the hashes that a peer sent: `invalid` ones are a lie, `unrequested` ones are not what we ask for. */
export type HashVerdict = 'accepted' | 'duplicate' | 'invalid' | 'unrequested'

/** The answer to a `hash request`. */
export type HashAnswer =
  | { readonly kind: 'hashes'; readonly hashes: Uint8Array }
  /** To be asked again with the SHA-256 of each block of this piece of the file. */
  | { readonly kind: 'leaves-needed'; readonly piece: number }
  /** A `hash reject` is due. */
  | { readonly kind: 'rejected' }

/** The hashes of one file with data. Pieces are counted from the start of the file. */
export interface HashTree {
  /** Whether the hashes of all pieces are known. */
  readonly isComplete: boolean
  /** Hashes of all pieces, 32 bytes each, as in `piece layers`; `undefined` until complete, and for a file of one piece. */
  readonly pieceLayer: Uint8Array | undefined
  /** What the piece must hash up to, 32 bytes, a view; `undefined` as long as it is unknown. */
  pieceHash(piece: number): Uint8Array | undefined
  /** The requests whose answers are still missing, in the order of the file. */
  missing(): IterableIterator<HashRange>
  /** Takes in an answer to one of the requests of {@link missing}. */
  add(range: HashRange, hashes: Uint8Array): HashVerdict
  /** The requests that together give the hashes of all blocks of a piece; none when a piece is one block. */
  leafRequests(piece: number): HashRange[]
  /**
   * The block hashes in an answer to one of {@link leafRequests}, a view, with zeros for blocks beyond the end of the
   * file; `undefined` unless they are proven by the piece's hash, which must be known.
   */
  provenLeaves(range: HashRange, hashes: Uint8Array): Uint8Array | undefined
  /** Answers a peer's request; `leaves` are the hashes of the blocks of the piece that a first answer asked for. */
  answer(range: HashRange, leaves?: Uint8Array): HashAnswer
}

/** The file of a hash tree. */
export interface HashTreeOptions {
  /** 32 bytes. */
  readonly piecesRoot: Uint8Array
  /** Bytes of the file, more than 0. */
  readonly length: number
  /** Bytes, a power of two from 16 KiB on. */
  readonly pieceLength: number
  /** The proven piece hashes, when they are known already. */
  readonly pieceLayer?: Uint8Array | undefined
}

/**
 * The tree of one file.
 * @example
 * const tree = createHashTree({ piecesRoot, length: 5 * 2 ** 30, pieceLength: 2 ** 22 })
 * for (const range of tree.missing()) encoder.hashRequest(range)
 */
export function createHashTree(options: HashTreeOptions): HashTree {
  return new FileTree(options)
}

/** Hashes asked for at once, and 2^9 of them: BEP 52 advises against more. */
const GROUP_LAYERS = 9
const GROUP_LENGTH: number = 2 ** GROUP_LAYERS

/** libtorrent asks for all blocks of a piece at once and answers as much: 128 MiB of them. */
const MAX_ANSWER_LENGTH = 8192

const REJECTED: HashAnswer = { kind: 'rejected' }

class FileTree implements HashTree {
  readonly #root: Uint8Array
  readonly #pieces: number
  readonly #blocks: number
  /** Layer of the root. */
  readonly #height: number
  /** Layer of the piece hashes; the root in a file of one piece, whose tree ends below it. */
  readonly #pieceLevel: number
  /** Pieces of a request for piece hashes. */
  readonly #groupLength: number
  readonly #known: Uint8Array
  #missing: number
  #layer: Uint8Array | undefined
  /** The layers from that of the groups up to the root; built for the first answer. */
  #upper: readonly Uint8Array[] | undefined

  constructor({ piecesRoot, length, pieceLength, pieceLayer }: HashTreeOptions) {
    this.#root = piecesRoot
    this.#pieces = Math.ceil(length / pieceLength)
    this.#blocks = Math.ceil(length / BLOCK_LENGTH)
    this.#height = treeHeight(this.#blocks)
    this.#pieceLevel = Math.min(this.#height, pieceLayerOf(pieceLength))
    this.#groupLength = Math.min(GROUP_LENGTH, 2 ** (this.#height - this.#pieceLevel))
    this.#layer = this.#pieces === 1 ? piecesRoot : pieceLayer
    const groups = Math.ceil(this.#pieces / this.#groupLength)
    this.#known = new Uint8Array(groups).fill(this.#layer === undefined ? 0 : 1)
    this.#missing = this.#layer === undefined ? groups : 0
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  get pieceLayer(): Uint8Array | undefined {
    return this.isComplete && this.#pieces > 1 ? this.#layer : undefined
  }

  pieceHash(piece: number): Uint8Array | undefined {
    const isKnown = this.#known[Math.floor(piece / this.#groupLength)] === 1
    return isKnown && this.#layer !== undefined ? nodeAt(this.#layer, piece) : undefined
  }

  *missing(): IterableIterator<HashRange> {
    for (let group = 0; group < this.#known.length; group++) {
      if (this.#known[group] === 0) yield this.#groupRange(group)
    }
  }

  add(range: HashRange, hashes: Uint8Array): HashVerdict {
    const group = range.index / this.#groupLength
    const isKnown = this.#known[group]
    if (isKnown === undefined || !isSameRange(range, this.#groupRange(group))) return 'unrequested'
    if (isKnown === 1) return 'duplicate'
    const nodes = this.#provenNodes(range, hashes, this.#root)
    if (nodes === undefined) return 'invalid'
    this.#learn(group, nodes)
    return 'accepted'
  }

  leafRequests(piece: number): HashRange[] {
    const length = Math.min(GROUP_LENGTH, 2 ** this.#pieceLevel)
    if (length < 2) return []
    const first = piece * 2 ** this.#pieceLevel
    const count = Math.ceil(Math.min(2 ** this.#pieceLevel, this.#blocks - first) / length)
    return Array.from({ length: count }, (_, n) => ({
      piecesRoot: this.#root,
      baseLayer: 0,
      index: first + n * length,
      length,
      proofLayers: this.#pieceLevel - 1,
    }))
  }

  provenLeaves(range: HashRange, hashes: Uint8Array): Uint8Array | undefined {
    const piece = Math.floor(range.index / 2 ** this.#pieceLevel)
    const pieceHash = this.pieceHash(piece)
    const isAsked = this.leafRequests(piece).some((asked) => isSameRange(range, asked))
    return pieceHash === undefined || !isAsked ? undefined : this.#provenNodes(range, hashes, pieceHash)
  }

  answer(range: HashRange, leaves?: Uint8Array): HashAnswer {
    if (!this.isComplete || !this.#isAnswerable(range)) return REJECTED
    if (range.baseLayer === this.#pieceLevel && this.#pieces > 1) return this.#collect(range, undefined)
    const piece = Math.floor(range.index / 2 ** this.#pieceLevel)
    if (piece >= this.#pieces) return REJECTED
    if (leaves === undefined) return { kind: 'leaves-needed', piece }
    // What has changed on the disk since it was verified would be a lie to the peer.
    return this.#isPiece(piece, leaves) ? this.#collect(range, { piece, nodes: leaves }) : REJECTED
  }

  #groupRange(group: number): HashRange {
    return {
      piecesRoot: this.#root,
      baseLayer: this.#pieceLevel,
      index: group * this.#groupLength,
      length: this.#groupLength,
      proofLayers: this.#height - this.#pieceLevel - 1,
    }
  }

  /** The requested nodes of an answer, when with their uncles they lead to `top`. */
  #provenNodes(range: HashRange, hashes: Uint8Array, top: Uint8Array): Uint8Array | undefined {
    if (hashes.length !== (range.length + uncleCount(range)) * HASH_BYTES) return undefined
    const nodes = hashes.subarray(0, range.length * HASH_BYTES)
    const subtree = climb(nodes, range.baseLayer, treeHeight(range.length))
    const root = provenRoot(subtree, range.index / range.length, hashes.subarray(nodes.length))
    return bytesEqual(root, top) ? nodes : undefined
  }

  #learn(group: number, nodes: Uint8Array): void {
    this.#layer ??= new Uint8Array(this.#pieces * HASH_BYTES)
    const at = group * this.#groupLength * HASH_BYTES
    this.#layer.set(nodes.subarray(0, this.#layer.length - at), at)
    this.#known[group] = 1
    this.#missing--
  }

  /** Whether this is a part of the tree that we give: of the piece layer, or of the leaves of one piece. */
  #isAnswerable({ baseLayer, index, length, proofLayers }: HashRange): boolean {
    const levels = Math.log2(length)
    if (length < 2 || length > MAX_ANSWER_LENGTH || !Number.isInteger(levels) || index % length !== 0) return false
    if (baseLayer >= this.#height || proofLayers >= this.#height - baseLayer) return false
    if (index + length > 2 ** (this.#height - baseLayer)) return false
    return baseLayer === this.#pieceLevel || (baseLayer === 0 && levels <= this.#pieceLevel)
  }

  #isPiece(piece: number, leaves: Uint8Array): boolean {
    return bytesEqual(climb(leaves, 0, this.#pieceLevel), nodeAt(this.#layer!, piece)!)
  }

  #collect(range: HashRange, leaves: PieceLeaves | undefined): HashAnswer {
    const { baseLayer, index, length } = range
    const levels = treeHeight(length)
    const uncles = uncleCount(range)
    const hashes = new Uint8Array((length + uncles) * HASH_BYTES)
    for (let n = 0; n < length; n++) hashes.set(this.#node(baseLayer, index + n, leaves), n * HASH_BYTES)
    for (let n = 0; n < uncles; n++) {
      const uncle = Math.floor(index / 2 ** (levels + n)) ^ 1
      hashes.set(this.#node(baseLayer + levels + n, uncle, leaves), (length + n) * HASH_BYTES)
    }
    return { kind: 'hashes', hashes }
  }

  /** Any node of the tree from the piece layer on, and those below it of the piece that the leaves belong to. */
  #node(layer: number, index: number, leaves: PieceLeaves | undefined): Uint8Array {
    const groupLevel = this.#pieceLevel + treeHeight(this.#groupLength)
    if (layer >= groupLevel) return nodeAt(this.#upperLayers(groupLevel)[layer - groupLevel]!, index) ?? zeroHash(layer)
    if (layer >= this.#pieceLevel) return nodeAbove({ nodes: this.#layer!, layer: this.#pieceLevel }, layer, index)
    const { piece, nodes } = leaves!
    return nodeAbove({ nodes, layer: 0 }, layer, index - piece * 2 ** (this.#pieceLevel - layer))
  }

  #upperLayers(groupLevel: number): readonly Uint8Array[] {
    if (this.#upper !== undefined) return this.#upper
    const layers = [climb(this.#layer!, this.#pieceLevel, groupLevel - this.#pieceLevel)]
    for (let layer = groupLevel; layer < this.#height; layer++) layers.push(climb(layers.at(-1)!, layer, 1))
    this.#upper = layers
    return layers
  }
}

/** The hashes of a piece's blocks. */
interface PieceLeaves {
  readonly piece: number
  readonly nodes: Uint8Array
}
