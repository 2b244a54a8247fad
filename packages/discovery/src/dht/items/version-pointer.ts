// The newest version of something published as torrents: what BEP 46 has, which other clients read, and beside it the whole
// v2 hash and the version before.

import { asBytes, asDict, asInt, decode, encode } from '@ccbt/bencode'

import type { Item } from './item.ts'
import { torrentOf } from './torrent-pointer.ts'

const SHORT_BYTES = 20
const LONG_BYTES = 32

/** One version of something published. */
export interface PublishedVersion {
  /** 20 bytes: of a v2 torrent the start of its hash. */
  readonly infoHash: Uint8Array
  /** 32 bytes; absent = a v1 torrent. */
  readonly infoHashV2?: Uint8Array
  /** 20 bytes: that of the version before, if there was one. */
  readonly previous?: Uint8Array
  /** When it was published, seconds since 1970. */
  readonly timeS?: number
}

/** The value of the item that points to this version: to be signed. */
export function versionPointer({ infoHash, infoHashV2, previous, timeS }: PublishedVersion): Uint8Array {
  return encode({ ih: infoHash, ih2: infoHashV2, p: previous, t: timeS })
}

/** The version that an item points to; `undefined` when it points to none. Further keys are ignored. */
export function versionOf(item: Item): PublishedVersion | undefined {
  const infoHash = torrentOf(item)
  const fields = asDict(decode(item.value).value)
  if (infoHash === undefined || fields === undefined) return undefined
  const infoHashV2 = sized(asBytes(fields.get('ih2')), LONG_BYTES)
  const previous = sized(asBytes(fields.get('p')), SHORT_BYTES)
  const timeS = asInt(fields.get('t'))
  return {
    infoHash,
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    ...(previous === undefined ? {} : { previous }),
    ...(timeS === undefined ? {} : { timeS }),
  }
}

function sized(bytes: Uint8Array | undefined, length: number): Uint8Array | undefined {
  return bytes?.length === length ? bytes.slice() : undefined
}
