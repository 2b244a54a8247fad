// The Xet hashes of a torrent's files (docs/bep_xet.md), beside the info dictionary: nobody has signed them, so they are
// hints. `cc_xet` holds the number of the hash suite, and one hash for each file that is not padding, in their order.

import { asBytes, asDict, asInt, type BencodeDict, type Encodable } from '@ccbt/bencode'
import type { MetainfoFile } from './metainfo.ts'
import { scalar } from './fields.ts'
import type { SpecFile } from './spec.ts'

const KEY = 'cc_xet'
const HASH_BYTES = 32

/** The hashes by the index of their file. */
export interface XetHashes {
  readonly suite: number
  readonly files: ReadonlyMap<number, Uint8Array>
}

/** What the torrent says; `undefined` when it says nothing, or not of every file. */
export function readXetHashes(root: BencodeDict, files: readonly MetainfoFile[]): XetHashes | undefined {
  const dict = asDict(root.get(KEY))
  if (dict === undefined) return undefined
  const suite = asInt(scalar(dict, 'suite'))
  const hashes = asBytes(scalar(dict, 'files'))
  const real = [...files.keys()].filter((index) => files[index]?.isPad !== true)
  if (suite === undefined || hashes?.length !== real.length * HASH_BYTES) return undefined
  return {
    suite,
    files: new Map(real.map((index, n) => [index, hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)])),
  }
}

/** The field of a torrent whose files all have a hash. */
export function xetField(files: readonly SpecFile[]): Record<typeof KEY, Encodable | undefined> {
  const hashes = files.flatMap(({ isPad, xetHash }) => (isPad === true ? [] : [xetHash]))
  if (!hashes.every((hash) => hash !== undefined)) return { [KEY]: undefined }
  const bytes = new Uint8Array(hashes.length * HASH_BYTES)
  for (const [n, hash] of hashes.entries()) bytes.set(hash, n * HASH_BYTES)
  return { [KEY]: { files: bytes, suite: 1 } }
}
