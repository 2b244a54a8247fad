// Items in the messages of the DHT (BEP 44): the arguments of `put`, and what an answer to `get` holds. Everything read
// here is verified and copied, so that an item outlives its datagram.
//
// Values are hashed as canonical bencode. A sender that hashed something else (unsorted or repeated keys) has a hash or
// signature that does not fit, and is refused for that.

import { asBytes, asInt, decode, encode } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import { bytesEqual } from '@ccbt/primitives'

import { isSeq, MAX_SALT_BYTES, MAX_VALUE_BYTES, targetOf, verifyItem } from './item.ts'
import type { Item, MutableItem } from './item.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from './signature.ts'

/** Error codes of answers to `put` (BEP 5, BEP 44). */
export const ITEM_ERROR = {
  /** No room: the answer of a full store. */
  noRoom: 202,
  malformed: 203,
  valueTooLong: 205,
  signatureWrong: 206,
  saltTooLong: 207,
  casMismatch: 301,
  seqTooLow: 302,
} as const

/** One of {@link ITEM_ERROR}. */
export type ItemErrorCode = (typeof ITEM_ERROR)[keyof typeof ITEM_ERROR]

/** An item is not stored; `code` goes into the answer. */
export interface ItemRefusal {
  readonly kind: 'refused'
  readonly code: ItemErrorCode
}

export function refusal(error: keyof typeof ITEM_ERROR): ItemRefusal {
  return { kind: 'refused', code: ITEM_ERROR[error] }
}

/** The item's part of the arguments of `put`; `id`, `token` and `cas` are the caller's. */
export function itemToPut(item: Item): Record<string, Encodable | undefined> {
  const v = decode(item.value).value
  if (item.kind === 'immutable') return { v }
  return {
    k: item.publicKey,
    salt: item.salt.length === 0 ? undefined : item.salt,
    seq: item.seq,
    sig: item.signature,
    v,
  }
}

/** The item in the arguments of a `put`: verified, or the code to refuse it with. */
export function itemFromPut(values: BencodeDict): Item | ItemRefusal {
  const value = valueOf(values)
  if (value === undefined) return refusal('malformed')
  if (value.length > MAX_VALUE_BYTES) return refusal('valueTooLong')
  if (!values.has('k')) return { kind: 'immutable', value }
  const salt = values.has('salt') ? asBytes(values.get('salt')) : new Uint8Array()
  if (salt === undefined) return refusal('malformed')
  if (salt.length > MAX_SALT_BYTES) return refusal('saltTooLong')
  const item = mutableOf(values, value, salt)
  if (item === undefined) return refusal('malformed')
  return verifyItem(item) ? item : refusal('signatureWrong')
}

/**
 * The item's part of an answer to `get`. When the question names a `seq` that the item does not exceed, the asker has
 * the value already and gets the number alone. The salt is never told: whoever asks knows it.
 */
export function itemToAnswer(item: Item, seq?: number): Record<string, Encodable | undefined> {
  if (item.kind === 'immutable') return { v: decode(item.value).value }
  if (seq !== undefined && item.seq <= seq) return { seq: item.seq }
  return { k: item.publicKey, seq: item.seq, sig: item.signature, v: decode(item.value).value }
}

/** The item in an answer to `get` for `target` and `salt`; `undefined` without one, or when it is not that item. */
export function itemFromAnswer(
  values: BencodeDict,
  target: Uint8Array,
  salt: Uint8Array = new Uint8Array(),
): Item | undefined {
  const value = valueOf(values)
  if (value === undefined || value.length > MAX_VALUE_BYTES) return undefined
  const item: Item | undefined = values.has('k') ? mutableOf(values, value, salt) : { kind: 'immutable', value }
  if (item === undefined || !bytesEqual(targetOf(item), target)) return undefined
  return item.kind === 'immutable' || verifyItem(item) ? item : undefined
}

/** The bencoded form of `v`: a copy. */
function valueOf(values: BencodeDict): Uint8Array | undefined {
  const v = values.get('v')
  return v === undefined ? undefined : encode(v)
}

/** Not yet verified. */
function mutableOf(values: BencodeDict, value: Uint8Array, salt: Uint8Array): MutableItem | undefined {
  const publicKey = asBytes(values.get('k'))
  const signature = asBytes(values.get('sig'))
  const seq = asInt(values.get('seq'))
  if (publicKey?.length !== KEY_BYTES || signature?.length !== SIGNATURE_BYTES || !isSeq(seq)) return undefined
  return { kind: 'mutable', publicKey: publicKey.slice(), salt: salt.slice(), seq, value, signature: signature.slice() }
}
