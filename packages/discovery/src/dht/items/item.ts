// What the DHT stores besides peers (BEP 44): a bencoded value of at most 1000 bytes, under its own hash (immutable) or
// under the hash of a public key and a salt (mutable). An `Item` that this file or item-messages.ts has made is right:
// its value is canonical bencode, its sizes fit, its signature verifies. Nobody needs to check it again.

import { createHash } from 'node:crypto'

import { decode } from '@ccbt/bencode'
import { concatBytes, isCcbtError } from '@ccbt/primitives'

import { itemInvalid } from './errors.ts'
import { isSignedBy, KEY_BYTES, SIGNATURE_BYTES, signWith } from './signature.ts'

/** Longest value: its bencoded form. */
export const MAX_VALUE_BYTES = 1000
/** Longest salt. */
export const MAX_SALT_BYTES = 64

/** A value stored under its SHA-1. */
export interface ImmutableItem {
  readonly kind: 'immutable'
  /** Canonical bencode, 1 to 1000 bytes. */
  readonly value: Uint8Array
}

/** A value that the owner of a key can replace by one with a higher sequence number. */
export interface MutableItem {
  readonly kind: 'mutable'
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Tells the items of one key apart: 0 to 64 bytes. */
  readonly salt: Uint8Array
  /** 0 to 2^53 - 1. BEP 44 allows 2^63 - 1; no counter or clock gets beyond what a number holds exactly. */
  readonly seq: number
  /** Canonical bencode, 1 to 1000 bytes. */
  readonly value: Uint8Array
  /** 64 bytes, over salt, seq and value. */
  readonly signature: Uint8Array
}

export type Item = ImmutableItem | MutableItem

/** What {@link signItem} takes. */
export interface ItemToSign {
  /** A seed of 32 bytes: `privateKey` of `generateKeys()`. */
  readonly privateKey: Uint8Array
  /** At most 64 bytes; none by default. */
  readonly salt?: Uint8Array
  /** Higher than that of the item which this one replaces. */
  readonly seq: number
  /** Canonical bencode, at most 1000 bytes. */
  readonly value: Uint8Array
}

/**
 * The item of a value that shall never change.
 * @throws DHT_ITEM_INVALID
 * @example immutableItem(encode('Hello World!'))
 */
export function immutableItem(value: Uint8Array): ImmutableItem {
  checkValue(value)
  return { kind: 'immutable', value: value.slice() }
}

/**
 * Signs a value that may be replaced later.
 * @throws DHT_ITEM_INVALID
 * @example
 * const { privateKey } = generateKeys()
 * const item = signItem({ privateKey, seq: 1, value: encode('Hello World!') })
 */
export function signItem(options: ItemToSign): MutableItem {
  const { privateKey, salt = new Uint8Array(), seq, value } = options
  checkValue(value)
  if (!isSeq(seq)) throw itemInvalid('its sequence number is no integer from 0 to 2^53 - 1')
  if (salt.length > MAX_SALT_BYTES) throw itemInvalid(`its salt is longer than ${MAX_SALT_BYTES} bytes`)
  const { publicKey, signature } = signWith(privateKey, signedBytes({ salt, seq, value }))
  return { kind: 'mutable', publicKey, salt: salt.slice(), seq, value: value.slice(), signature }
}

/** Where an item is stored: 20 bytes. */
export function targetOf(item: Item): Uint8Array {
  return item.kind === 'immutable' ? sha1(item.value) : mutableTarget(item.publicKey, item.salt)
}

/**
 * Where the item of a key and salt is stored: 20 bytes.
 * @example dht.getItem(mutableTarget(publicKey, salt), { salt, signal })
 */
export function mutableTarget(publicKey: Uint8Array, salt: Uint8Array = new Uint8Array()): Uint8Array {
  return sha1(concatBytes([publicKey, salt]))
}

/** Whether the sizes fit and the signature is right. Always true for what `signItem` has made. */
export function verifyItem(item: MutableItem): boolean {
  if (item.publicKey.length !== KEY_BYTES || item.signature.length !== SIGNATURE_BYTES || !isSeq(item.seq)) return false
  if (item.salt.length > MAX_SALT_BYTES || item.value.length > MAX_VALUE_BYTES) return false
  return isSignedBy(item.publicKey, signedBytes(item), item.signature)
}

/** Whether a number can be a sequence number here. */
export function isSeq(seq: number | undefined): seq is number {
  return seq !== undefined && Number.isSafeInteger(seq) && seq >= 0
}

/** What is signed (BEP 44, "Signature Verification"): parts of a dictionary without its brackets. */
function signedBytes({ salt, seq, value }: Pick<MutableItem, 'salt' | 'seq' | 'value'>): Uint8Array {
  const ofSalt = salt.length === 0 ? [] : [Buffer.from(`4:salt${salt.length}:`), salt]
  return concatBytes([...ofSalt, Buffer.from(`3:seqi${seq}e1:v`), value])
}

function checkValue(value: Uint8Array): void {
  if (value.length > MAX_VALUE_BYTES) throw itemInvalid(`its value is longer than ${MAX_VALUE_BYTES} bytes`)
  try {
    decode(value, { strictKeys: true })
  } catch (error) {
    if (isCcbtError(error)) throw itemInvalid('its value is not canonical bencode', error)
    throw error
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha1').update(bytes).digest())
}
