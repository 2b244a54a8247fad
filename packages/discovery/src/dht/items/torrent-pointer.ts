// A torrent that changes (BEP 46): a mutable item whose value names the info-hash of the moment.

import { asBytes, asDict, decode, encode } from '@ccbt/bencode'

import { itemInvalid } from './errors.ts'
import type { Item } from './item.ts'

const INFO_HASH_BYTES = 20

/**
 * The value of an item that points to a torrent: to be signed.
 * @throws DHT_ITEM_INVALID when the info-hash has not 20 bytes
 * @example signItem({ privateKey, seq: 2, value: pointerTo(infoHash) })
 */
export function pointerTo(infoHash: Uint8Array): Uint8Array {
  if (infoHash.length !== INFO_HASH_BYTES) throw itemInvalid(`an info-hash has 20 bytes, not ${infoHash.length}`)
  return encode({ ih: infoHash })
}

/** The info-hash (20 bytes) that an item points to; `undefined` when it points to none. Further keys are ignored. */
export function torrentOf(item: Item): Uint8Array | undefined {
  const infoHash = asBytes(asDict(decode(item.value).value)?.get('ih'))
  return infoHash?.length === INFO_HASH_BYTES ? infoHash.slice() : undefined
}
