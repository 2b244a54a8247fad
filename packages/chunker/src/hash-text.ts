// How Xet writes a hash: as four little-endian words of 64 bits, each with its highest digit first. That is not the order of
// the bytes, and the hashes of nodes depend on it.

import { fromHex, toHex } from '@ccbt/primitives'

/** Bytes of every hash. */
export const HASH_BYTES = 32

/** Characters of a hash in Xet's form. */
export const HASH_TEXT_LENGTH = 64

const WORD_BYTES = 8

/**
 * A hash of 32 bytes in Xet's form.
 * @example formatHash(fileHash) // '604fb7c22622f6ed6f78667a421ec00889267048982fe600f148e879067fe4eb'
 */
export function formatHash(hash: Uint8Array): string {
  return toHex(wordsReversed(hash))
}

/** The 32 bytes of a hash in Xet's form, or `undefined` when it is none. */
export function parseHash(text: string): Uint8Array | undefined {
  const bytes = text.length === HASH_TEXT_LENGTH ? fromHex(text) : undefined
  return bytes === undefined ? undefined : wordsReversed(bytes)
}

function wordsReversed(bytes: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes)
  for (let at = 0; at < HASH_BYTES; at += WORD_BYTES) out.subarray(at, at + WORD_BYTES).reverse()
  return out
}
