// Cryptography for handshakes under test, and a peer that speaks the protocol by the book, written a second time and
// without the code under test, so that it can also break it.

import { createDiffieHellman, createHash } from 'node:crypto'

import { seededRandom } from '@ccbt/primitives'

import { MSE_GENERATOR, MSE_PRIME } from '../src/mse/group.ts'
import type { MseCrypto } from '../src/index.ts'

const group = createDiffieHellman(MSE_PRIME, MSE_GENERATOR)

/** Real hashes and exponentiations; the random bytes are those of the seed. */
export function seededCrypto(seed: number): MseCrypto {
  const random = seededRandom(seed)
  return {
    sha1: (bytes) => createHash('sha1').update(bytes).digest(),
    exchange: power,
    randomBytes: (count) => Uint8Array.from({ length: count }, () => random.u32() >>> 24),
  }
}

function power(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  group.setPrivateKey(privateKey)
  return group.computeSecret(publicKey)
}

/** HASH of the specification. */
export function hash(...parts: (string | Uint8Array)[]): Buffer {
  const sha1 = createHash('sha1')
  for (const part of parts) sha1.update(part)
  return sha1.digest()
}

/** The key stream of a key without its first 1024 bytes, as a function that encrypts. */
export function bookRc4(key: Uint8Array): (bytes: Uint8Array) => Buffer {
  const s = Array.from({ length: 256 }, (_, i) => i)
  const swap = (a: number, b: number): void => void ([s[a], s[b]] = [s[b]!, s[a]!])
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) % 256
    swap(i, j)
  }
  let [i, j] = [0, 0]
  const next = (): number => {
    i = (i + 1) % 256
    j = (j + s[i]!) % 256
    swap(i, j)
    return s[(s[i]! + s[j]!) % 256]!
  }
  for (let k = 0; k < 1024; k++) next()
  return (bytes) => Buffer.from(bytes.map((byte) => byte ^ next()))
}

/** What a message of the encrypted part says. */
export interface BookMessage {
  readonly verification?: Uint8Array
  readonly bits?: number
  readonly paddingBytes?: number
  /** What the message claims about its padding; default the truth. */
  readonly claimedPaddingBytes?: number
}

/** VC, method bits, padding. */
export function bookMessage(message: BookMessage): Buffer {
  const { verification = Buffer.alloc(8), bits = 2, paddingBytes = 0 } = message
  const numbers = Buffer.alloc(6)
  numbers.writeUInt32BE(bits)
  numbers.writeUInt16BE(message.claimedPaddingBytes ?? paddingBytes, 4)
  return Buffer.concat([verification, numbers, Buffer.alloc(paddingBytes)])
}

/** A peer's keys, and what it knows once it has the other side's public key. */
export class BookPeer {
  readonly #privateKey: Uint8Array
  readonly publicKey: Uint8Array

  constructor(privateKey: Uint8Array = Buffer.alloc(20, 0x5a)) {
    this.#privateKey = privateKey
    this.publicKey = power(privateKey, MSE_GENERATOR)
  }

  /** The secret and both ciphers. */
  with(
    theirs: Uint8Array,
    infoHash: Uint8Array,
  ): { secret: Uint8Array; keyA: ReturnType<typeof bookRc4>; keyB: ReturnType<typeof bookRc4> } {
    const secret = power(this.#privateKey, theirs.subarray(0, 96))
    return {
      secret,
      keyA: bookRc4(hash('keyA', secret, infoHash)),
      keyB: bookRc4(hash('keyB', secret, infoHash)),
    }
  }
}

/** HASH('req1', S) and HASH('req2', SKEY) xor HASH('req3', S). */
export function bookProof(secret: Uint8Array, infoHash: Uint8Array): Buffer {
  const [skey, mask] = [hash('req2', infoHash), hash('req3', secret)]
  return Buffer.concat([hash('req1', secret), skey.map((byte, i) => byte ^ mask[i]!)])
}
