// What follows from the part of a Merkle tree that a hash message names (BEP 52).

import type { HashRange } from '@ccbt/primitives'
import { treeHeight } from './merkle.ts'

/** How many uncle hashes go with the hashes of a range: at most one for each proof layer. */
export function uncleCount({ length, proofLayers }: HashRange): number {
  return Math.max(0, proofLayers + 1 - treeHeight(length))
}

/** Whether both name the same part of one file's tree. */
export function isSameRange(a: HashRange, b: HashRange): boolean {
  return a.baseLayer === b.baseLayer && a.index === b.index && a.length === b.length && a.proofLayers === b.proofLayers
}
