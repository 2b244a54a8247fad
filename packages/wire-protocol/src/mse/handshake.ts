// What the two sides of message stream encryption share: how received bytes drive a handshake to its end, and what an
// end is. Bytes in, bytes and an outcome out; no input makes it throw, and no input makes it keep more than the intake's
// 1 KiB. The payload that follows the handshake is passed on with the outcome, never kept.

import { bug, concatBytes } from '@ccbt/primitives'

import { Intake } from './intake.ts'
import type { CryptoMethod } from './methods.ts'
import type { Rc4, Rc4Engine } from './rc4.ts'
import { labelledHash } from './secrets.ts'
import type { MseCrypto } from './secrets.ts'

/** Longest padding of any kind. */
export const MAX_PADDING_BYTES = 512

/** Zeroes that prove the key: the verification constant. */
export const VERIFICATION_BYTES = 8

/** Why a handshake has failed. */
export type MseFailure =
  /** A public key of 0, ±1, or not below the prime. */
  | 'bad-public-key'
  /** The other side's proof of the shared secret does not come within 512 bytes of padding. */
  | 'no-proof'
  /** It asks for a torrent that the caller does not have. */
  | 'unknown-torrent'
  /** What it encrypted does not start with the verification constant. */
  | 'bad-verification'
  /** Padding longer than 512 bytes. */
  | 'bad-padding'
  /** No method of payload is wanted by both. */
  | 'no-common-method'
  /** A plain handshake, where the caller wants none. */
  | 'plain-refused'
  /** The caller did not allow another key exchange. */
  | 'busy'

/** Undoes what the sender did to the bytes of a stream. */
export interface IncomingCipher {
  /** Decrypts the next received bytes where they are. */
  apply(bytes: Uint8Array): void
}

/** What both sides agreed on. */
export interface MseAgreement {
  readonly kind: 'agreed'
  /** To be sent before any payload. */
  readonly send: Uint8Array
  readonly method: CryptoMethod
  readonly infoHash: Uint8Array
  /** For all that is received from here on; absent = it comes as it is. */
  readonly incoming?: IncomingCipher
  /** For all that is sent after `send`; absent = it goes as it is. */
  readonly outgoing?: Rc4
  /** The payload that came behind the handshake, decrypted; a copy. */
  readonly payload: Uint8Array
}

/** How a handshake ends. */
export type MseOutcome =
  | MseAgreement
  /** The other side speaks the plain protocol; `payload` is all that it has sent, untouched. */
  | { readonly kind: 'plain'; readonly payload: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: MseFailure }

/** What came of received bytes: an end, or something to send (perhaps nothing) before more is received. */
export type MseStep = MseOutcome | { readonly kind: 'more'; readonly send: Uint8Array }

/** One side of a handshake. */
export interface MseNegotiation {
  /** Takes received bytes. Not to be called after an outcome. */
  push(data: Uint8Array): MseStep
}

/** The outcome of a state, where only the driver has what was received behind it. */
export type MseEnd =
  | Omit<MseAgreement, 'kind' | 'send' | 'payload'>
  | { readonly kind: 'plain' }
  | { readonly reason: MseFailure }

/** One step of a handshake: the state that follows, an end, or nothing while it needs more bytes. */
export type MseState = () => MseState | MseEnd | undefined

/** Drives the states of one side over the bytes it receives. */
export class MseDriver implements MseNegotiation {
  readonly intake: Intake = new Intake()
  #state: MseState | undefined
  #out: Uint8Array[] = []

  constructor(first: (driver: MseDriver) => MseState) {
    this.#state = first(this)
  }

  /** To be sent with what the current `push` gives. */
  send(bytes: Uint8Array): void {
    this.#out.push(bytes)
  }

  push(data: Uint8Array): MseStep {
    for (let at = 0; ;) {
      at += this.intake.fill(data.subarray(at))
      const end = this.#run()
      if (end !== undefined) return this.#finish(end, data.subarray(at))
      // A state that waits leaves room: none needs as much as the intake holds.
      if (at === data.length) return { kind: 'more', send: this.#takeOut() }
    }
  }

  #run(): MseEnd | undefined {
    for (;;) {
      if (this.#state === undefined) throw bug('handshake goes on after its end')
      const next = this.#state()
      if (typeof next !== 'function') return next
      this.#state = next
    }
  }

  #finish(end: MseEnd, rest: Uint8Array): MseOutcome {
    this.#state = undefined
    if ('reason' in end) return { kind: 'failed', reason: end.reason }
    const payload = concatBytes([this.intake.peek(), rest])
    if ('kind' in end) return { kind: 'plain', payload }
    end.incoming?.apply(payload)
    return { ...end, kind: 'agreed', send: this.#takeOut(), payload }
  }

  #takeOut(): Uint8Array {
    const out = concatBytes(this.#out)
    this.#out = []
    return out
  }
}

/** What a side is made with. */
export interface MseParts {
  readonly crypto: MseCrypto
  readonly engine: Rc4Engine
}

/** The ciphers of both directions. */
export function makeCiphers(
  parts: MseParts,
  secret: Uint8Array,
  infoHash: Uint8Array,
): { fromInitiator: Rc4; fromReceiver: Rc4 } {
  return {
    fromInitiator: parts.engine.cipher(labelledHash(parts.crypto, 'keyA', secret, infoHash)),
    fromReceiver: parts.engine.cipher(labelledHash(parts.crypto, 'keyB', secret, infoHash)),
  }
}

/** Random padding of 0 to 512 random bytes. */
export function makePadding(crypto: MseCrypto): Uint8Array {
  const [high = 0, low = 0] = crypto.randomBytes(2)
  return crypto.randomBytes(((high << 8) | low) % (MAX_PADDING_BYTES + 1))
}

/** Whether all bytes are 0; takes the same time for all of them. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.reduce((bits, byte) => bits | byte, 0) === 0
}

/** The 16-bit number at `at`. */
export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** The bytes of a 16-bit number. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 255)
}

/** Decrypts, or encrypts, bytes where they are and gives them back. */
export function applied(cipher: Rc4, bytes: Uint8Array): Uint8Array {
  cipher.apply(bytes, bytes)
  return bytes
}

/** The verification constant, the bit field of methods and padding with its length, as both sides send them. */
export function makeHello(crypto: MseCrypto, bits: number): Uint8Array {
  const padding = makePadding(crypto)
  const head = new Uint8Array(VERIFICATION_BYTES + 4)
  head[VERIFICATION_BYTES + 3] = bits
  return concatBytes([head, u16(padding.length), padding])
}
