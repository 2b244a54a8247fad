/** A part of a layer of a file's Merkle tree (BEP 52), as `hash request` and `hashes` messages name it. */
export interface HashRange {
  /** Which file: the root of its tree, 32 bytes. */
  readonly piecesRoot: Uint8Array
  /** Layers above the leaves. */
  readonly baseLayer: number
  /** First hash of the layer; a multiple of `length`. */
  readonly index: number
  /** Number of hashes: a power of two from 2 on. Those beyond the end of the file count. */
  readonly length: number
  /** Layers above `baseLayer` that are to be proven; of those that the hashes themselves give, no uncle is sent. */
  readonly proofLayers: number
}
