// Under which keys content is announced to strangers, so that its hash alone leads to who has it: the larger files, and of
// all chunks a sample that is as large as the budget allows. Every chunk would be 17,000 keys for each GB.
//
// A key is made from what the index keeps of a hash. Samples of different sizes are nested: a key of a small one is in
// every larger one, so a searcher needs not know how large the sample is.

import { hash } from 'node:crypto'

import { hashKey } from '@ccbt/chunker'

/** Smaller files are not worth a key of their own. */
export const LEAST_FILE_BYTES = 16_777_216
/** At most one chunk in 1024, or 64 MB of data, is announced. */
const LEAST_BITS = 10

const TAG = 'cc_xet content key 1'

/** The key, 20 bytes, of a chunk or file with this `hashKey`. */
export function contentKey(key: number): Uint8Array {
  const value = Buffer.alloc(8)
  value.writeBigUInt64BE(BigInt(key))
  return hash('sha1', Buffer.concat([Buffer.from(TAG), value]), 'buffer')
}

/** The key of content with this hash or root of 32 bytes. */
export function contentKeyOf(contentHash: Uint8Array): Uint8Array {
  return contentKey(hashKey(contentHash))
}

/** How a budget of keys is spent. */
export interface KeyPlan {
  /** Keys of files, those of the largest first. */
  readonly files: number
  /** Of chunks, those whose `hashKey` ends with so many zero bits. */
  readonly bits: number
  /** Keys that are left for them. */
  readonly chunks: number
}

/** What there is to announce. */
export interface Library {
  /** Of files of at least {@link LEAST_FILE_BYTES}: one for the hash and one for the root, where there is one. */
  readonly fileKeys: number
  readonly chunks: number
}

/** Half of the budget at most is for files. */
export function planKeys({ fileKeys, chunks }: Library, budget: number): KeyPlan {
  const files = Math.min(fileKeys, Math.ceil(budget / 2))
  const left = budget - files
  const bits = Math.max(LEAST_BITS, Math.ceil(Math.log2(Math.max(1, chunks) / Math.max(1, left))))
  return { files, bits, chunks: left }
}
