import { HASH_BYTES } from './hash-text.ts'

/** The first 52 bits of the hash with this number among `hashes`: what a chunk or file is found by before it is compared. */
export function hashKey(hashes: Uint8Array, index = 0): number {
  const view = new DataView(hashes.buffer, hashes.byteOffset + index * HASH_BYTES, 8)
  return view.getUint32(0) * 1_048_576 + (view.getUint32(4) >>> 12)
}
