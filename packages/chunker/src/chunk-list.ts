import { HASH_BYTES } from './hash-text.ts'

/** The chunks of a file in their order. */
export interface ChunkList {
  /** Bytes of each chunk. */
  readonly lengths: readonly number[]
  /** Their hashes, 32 bytes each. */
  readonly hashes: Uint8Array
}

/** The hash of one chunk: a view. */
export function hashAt(list: ChunkList, index: number): Uint8Array {
  return list.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
}
