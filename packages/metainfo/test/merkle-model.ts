import { sha256 } from './torrents.ts'

/** All layers of the tree over these leaves, filled up with zeros as BEP 52 words it: the model of every other tree. */
export function fullTree(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const width = 2 ** Math.ceil(Math.log2(Math.max(1, leaves.length)))
  const layers = [Array.from({ length: width }, (_, n) => leaves[n] ?? new Uint8Array(32))]
  while (layers.at(-1)!.length > 1) {
    const below = layers.at(-1)!
    layers.push(Array.from({ length: below.length / 2 }, (_, n) => sha256(below[2 * n]!, below[2 * n + 1]!)))
  }
  return layers
}

/** Distinct hashes that need no data behind them. */
export function someLeaves(count: number, seed: number): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => sha256(Uint8Array.of(seed, n, n >> 8, n >> 16)))
}

/** An answer to a hash request as BEP 52 describes it, from the whole tree. */
export function answerOf(
  layers: readonly (readonly Uint8Array[])[],
  range: { baseLayer: number; index: number; length: number; proofLayers: number },
): Uint8Array {
  const { baseLayer, index, length, proofLayers } = range
  const hashes = layers[baseLayer]!.slice(index, index + length)
  const omitted = Math.log2(length) - 1
  for (let proof = 1; proof <= proofLayers; proof++) {
    if (proof <= omitted) continue
    const ancestor = Math.floor(index / 2 ** proof)
    hashes.push(layers[baseLayer + proof]![ancestor ^ 1]!)
  }
  return new Uint8Array(Buffer.concat(hashes))
}
