// Ed25519 with raw keys, as BEP 44 has them. The system's cryptography wants keys in an envelope (RFC 8410), which for
// these two kinds of key is a constant. Keys of 64 bytes (the expanded form of other libraries, from which the 32-byte
// seed cannot be found again) cannot be used to sign.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { concatBytes, fromHex } from '@ccbt/primitives'

import { itemInvalid } from './errors.ts'

/** Length of public keys and of private keys, which are seeds (RFC 8032, 5.1.5). */
export const KEY_BYTES = 32
/** Length of a signature. */
export const SIGNATURE_BYTES = 64

const PUBLIC_ENVELOPE = fromHex('302a300506032b6570032100') ?? new Uint8Array()
const PRIVATE_ENVELOPE = fromHex('302e020100300506032b657004220420') ?? new Uint8Array()

/** A pair of Ed25519 keys, 32 bytes each. Whoever has `privateKey`, a seed, can replace what it signed. */
export interface ItemKeys {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/**
 * New keys from the system's source of randomness.
 * @example const { publicKey, privateKey } = generateKeys()
 */
export function generateKeys(): ItemKeys {
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PRIVATE_ENVELOPE.length)
  return { publicKey: rawPublicKey(privateKey), privateKey: Uint8Array.from(seed) }
}

/**
 * Signs `message`; gives the public key, too, which follows from the private one.
 * @throws DHT_ITEM_INVALID when the key has not 32 bytes
 */
export function signWith(
  privateKey: Uint8Array,
  message: Uint8Array,
): { publicKey: Uint8Array; signature: Uint8Array } {
  if (privateKey.length !== KEY_BYTES)
    throw itemInvalid(`a private key has ${KEY_BYTES} bytes, not ${privateKey.length}`)
  const key = createPrivateKey({ key: der(PRIVATE_ENVELOPE, privateKey), format: 'der', type: 'pkcs8' })
  return { publicKey: rawPublicKey(key), signature: Uint8Array.from(sign(null, message, key)) }
}

/** Whether `signature` (64 bytes) is that of `publicKey` (32 bytes) under `message`. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  // A key is taken as it is; one that is no point of the curve fails to verify.
  const key = createPublicKey({ key: der(PUBLIC_ENVELOPE, publicKey), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return Uint8Array.from(spki.subarray(PUBLIC_ENVELOPE.length))
}

function der(envelope: Uint8Array, key: Uint8Array): Buffer {
  return Buffer.from(concatBytes([envelope, key]))
}
