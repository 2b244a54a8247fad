// What is hashed with which key. Chunks, nodes and files have keys of their own, so that none can pass for another.

import { fromHex } from '@ccbt/primitives'

import type { ChunkList } from './chunk-list.ts'
import { HASH_BYTES } from './hash-text.ts'
import { rootHash } from './merkle.ts'

/** A hash function with a key of 32 bytes: gives 32 bytes. */
export type KeyedHash = (key: Uint8Array) => (data: Uint8Array) => Uint8Array

/** Two that chunk for each other must use the same suite: hashes of different suites never match. */
export interface HashSuite {
  /** The number in messages and records. */
  readonly id: number
  readonly name: string
  /** Of the bytes of a chunk. */
  chunkHash(data: Uint8Array): Uint8Array
  /** Of all chunks of a container: the root of their tree. */
  rootHash(list: ChunkList): Uint8Array
  /** Of a file: its root, hashed once more with a salt of 32 bytes if there is one. Of an empty file 32 zeros. */
  fileHash(list: ChunkList, salt?: Uint8Array): Uint8Array
  /** Of several chunks by their hashes, one behind the other: proves that one knows them. */
  verificationHash(hashes: Uint8Array): Uint8Array
}

const CHUNK_KEY = '6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229'
const NODE_KEY = '017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f'
const VERIFICATION_KEY = '7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3'

/** How a suite is called, and its hash function. */
export interface HashSuiteOptions {
  readonly id: number
  readonly name: string
  readonly keyedHash: KeyedHash
}

/**
 * The rules of Xet with a hash function.
 * @example
 * const suite = createHashSuite({ id: 1, name: 'XET-BLAKE3-GEARHASH-LZ4', keyedHash: blake3 })
 * formatHash(suite.fileHash({ lengths: [5], hashes: suite.chunkHash(bytes) }))
 */
export function createHashSuite({ id, name, keyedHash }: HashSuiteOptions): HashSuite {
  const nodeHash = keyedHash(keyOf(NODE_KEY))
  const rootOf = (list: ChunkList): Uint8Array => rootHash(list, nodeHash)
  return {
    id,
    name,
    chunkHash: keyedHash(keyOf(CHUNK_KEY)),
    rootHash: rootOf,
    fileHash(list, salt = new Uint8Array(HASH_BYTES)) {
      return list.lengths.length === 0 ? new Uint8Array(HASH_BYTES) : keyedHash(salt)(rootOf(list))
    },
    verificationHash: keyedHash(keyOf(VERIFICATION_KEY)),
  }
}

function keyOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}
