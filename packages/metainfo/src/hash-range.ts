// The part of a layer of a file's Merkle tree that a `hash request` asks for and a `hashes` message gives (BEP 52).

import { treeHeight } from './merkle.ts'

/** A part of a layer, as `hash request` and `hashes` messages name it. */
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

/** How many uncle hashes go with the hashes of a range: at most one for each proof layer. */
export function uncleCount({ length, proofLayers }: HashRange): number {
  return Math.max(0, proofLayers + 1 - treeHeight(length))
}

/** Whether both name the same part of one file's tree. */
export function isSameRange(a: HashRange, b: HashRange): boolean {
  return a.baseLayer === b.baseLayer && a.index === b.index && a.length === b.length && a.proofLayers === b.proofLayers
}
