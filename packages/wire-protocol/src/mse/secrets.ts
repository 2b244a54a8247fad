// What both sides derive from the shared secret S and the info-hash SKEY of the torrent.

import { concatBytes, toHex } from '@ccbt/primitives'

import { MSE_GENERATOR, PRIVATE_KEY_BYTES } from './group.ts'

/** The operations that a pure package does not have. */
export interface MseCrypto {
  /** SHA-1: 20 bytes. */
  sha1(bytes: Uint8Array): Uint8Array
  /**
   * `publicKey ^ privateKey mod P`, P being the prime that this was made for: 96 bytes, big-endian like the arguments of
   * 20 and of 96 bytes. Called with 2 <= publicKey <= P - 2 only.
   */
  exchange(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  /** Random bytes that nobody can guess. */
  randomBytes(count: number): Uint8Array
}

/** A private key with its public one. */
export interface KeyPair {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** A fresh pair; costs one exponentiation. */
export function makeKeyPair(crypto: MseCrypto): KeyPair {
  const privateKey = crypto.randomBytes(PRIVATE_KEY_BYTES)
  // The top bit keeps the exponent long, and off 0, whatever the generator of random bytes gives.
  privateKey[0]! |= 0x80
  return { privateKey, publicKey: crypto.exchange(privateKey, MSE_GENERATOR) }
}

/** HASH(label, parts...). */
export function labelledHash(crypto: MseCrypto, label: string, ...parts: Uint8Array[]): Uint8Array {
  const head = Uint8Array.from(label, (char) => char.charCodeAt(0))
  return crypto.sha1(concatBytes([head, ...parts]))
}

/** HASH('req2', SKEY): what an initiator names its torrent by. */
export function torrentHash(crypto: MseCrypto, infoHash: Uint8Array): Uint8Array {
  return labelledHash(crypto, 'req2', infoHash)
}

/** The hexadecimal form of {@link torrentHash}, by which the receiving side looks torrents up. */
export function torrentKey(crypto: MseCrypto, infoHash: Uint8Array): string {
  return toHex(torrentHash(crypto, infoHash))
}

/** Both of the same length, byte by byte. */
export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]!)
}
