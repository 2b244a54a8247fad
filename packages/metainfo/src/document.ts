// Bencoded documents of strangers, bounded in depth, with errors in the words of this package.

import { decode, type Decoded } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'
import { malformed } from './errors.ts'

/** A v2 path of the greatest depth, with the dictionaries around it. */
const MAX_NESTING = 128

/** Decodes `bytes`; throws METAINFO_MALFORMED. */
export function readDocument(bytes: Uint8Array, strictKeys: boolean): Decoded {
  try {
    return decode(bytes, { maxDepth: MAX_NESTING, strictKeys })
  } catch (error) {
    if (isCcbtError(error)) throw malformed(error.message, error)
    throw error
  }
}

/** The same bytes without the habits of a Buffer, which views of it would inherit. */
export function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
