// How the payload travels once both sides have agreed: `crypto_provide` and `crypto_select`.

import { readU32 } from '@ccbt/primitives'

/** `rc4`: encrypted; `plaintext`: as it is, only the handshake was encrypted. */
export type CryptoMethod = 'plaintext' | 'rc4'

const BITS: Readonly<Record<CryptoMethod, number>> = { plaintext: 1, rc4: 2 }

/** The bit field that offers, or selects, these methods. */
export function methodBits(methods: readonly CryptoMethod[]): number {
  return methods.reduce((bits, method) => bits | BITS[method], 0)
}

/** The first of `methods` that the four bytes of a `crypto_provide` offer. */
export function chooseMethod(methods: readonly CryptoMethod[], provide: Uint8Array): CryptoMethod | undefined {
  const offered = readU32(provide, 0)
  return methods.find((method) => (offered & BITS[method]) !== 0)
}

/** The method that the four bytes of a `crypto_select` name: exactly one, and one of `methods`. */
export function selectedMethod(methods: readonly CryptoMethod[], select: Uint8Array): CryptoMethod | undefined {
  const selected = readU32(select, 0)
  return methods.find((method) => selected === BITS[method])
}
