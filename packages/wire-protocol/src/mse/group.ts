// The Diffie-Hellman group of message stream encryption, and which public keys are taken.

import { fromHex } from '@ccbt/primitives'

/** Length of a public key and of the shared secret. */
export const PUBLIC_KEY_BYTES = 96

/** Length of a private key: the 160 bits that the specification asks for. */
export const PRIVATE_KEY_BYTES = 20

/** The prime, 768 bits, big-endian. */
export const MSE_PRIME: Uint8Array = fromHex(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74' +
    '020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437' +
    '4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
)!

/** The generator, 2, in the form of a public key. */
export const MSE_GENERATOR: Uint8Array = bigEndian(2)

const ONE = bigEndian(1)
const PRIME_LESS_ONE = Uint8Array.from(MSE_PRIME)
PRIME_LESS_ONE[PUBLIC_KEY_BYTES - 1]! -= 1

/**
 * Whether a public key of 96 bytes may be used: 2 to P - 2. The others, 0 modulo P and ±1, would make the secret one that
 * everybody knows.
 */
export function isPublicKey(key: Uint8Array): boolean {
  return isLess(ONE, key) && isLess(key, PRIME_LESS_ONE)
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(PUBLIC_KEY_BYTES)
  bytes[PUBLIC_KEY_BYTES - 1] = value
  return bytes
}

function isLess(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < PUBLIC_KEY_BYTES; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return false
}
