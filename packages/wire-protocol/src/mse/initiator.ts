// The side that dials. It knows the torrent, sends the first bytes of its payload (BEP 3's handshake) along with its last
// message, and finds the end of the other side's padding by the encrypted verification constant.

import { bug, concatBytes } from '@ccbt/primitives'

import { isPublicKey, PUBLIC_KEY_BYTES } from './group.ts'
import {
  applied,
  makeCiphers,
  makeHello,
  makePadding,
  MAX_PADDING_BYTES,
  MseDriver,
  readU16,
  u16,
  VERIFICATION_BYTES,
} from './handshake.ts'
import type { IncomingCipher, MseNegotiation, MseParts, MseState } from './handshake.ts'
import { methodBits, selectedMethod } from './methods.ts'
import type { CryptoMethod } from './methods.ts'
import type { Rc4 } from './rc4.ts'
import { labelledHash, makeKeyPair, torrentHash, xorBytes } from './secrets.ts'
import type { KeyPair } from './secrets.ts'

/** Most bytes that can go with the handshake. */
const MAX_FIRST_BYTES = 65_535

/** `crypto_select` and the length of the padding that follows. */
const ANSWER_BYTES = 6

/** What the dialling side wants. */
export interface MseInitiatorOptions {
  /** 20 bytes; of a v2 torrent the first 20 of its info-hash. */
  readonly infoHash: Uint8Array
  /** What is offered; at least one. */
  readonly methods: readonly CryptoMethod[]
  /** Payload that goes with the handshake, at most 65,535 bytes. */
  readonly firstBytes: Uint8Array
}

/** The dialling side. */
export interface MseInitiator extends MseNegotiation {
  /** To be sent before anything is received. */
  readonly opening: Uint8Array
}

/** Starts a handshake; costs one exponentiation, and another when the answer comes. */
export function createInitiator(parts: MseParts, options: MseInitiatorOptions): MseInitiator {
  if (options.firstBytes.length > MAX_FIRST_BYTES) throw bug('more first bytes than a handshake can carry')
  const keys = makeKeyPair(parts.crypto)
  const driver = new MseDriver((driver) => {
    const initiator = new Initiator(parts, options, driver)
    return () => initiator.key(keys)
  })
  return {
    opening: concatBytes([keys.publicKey, makePadding(parts.crypto)]),
    push: (data) => driver.push(data),
  }
}

class Initiator {
  readonly #parts: MseParts
  readonly #options: MseInitiatorOptions
  readonly #driver: MseDriver

  constructor(parts: MseParts, options: MseInitiatorOptions, driver: MseDriver) {
    this.#parts = parts
    this.#options = options
    this.#driver = driver
  }

  key(keys: KeyPair): ReturnType<MseState> {
    const theirs = this.#driver.intake.take(PUBLIC_KEY_BYTES)
    if (theirs === undefined) return undefined
    if (!isPublicKey(theirs)) return { reason: 'bad-public-key' }
    const secret = this.#parts.crypto.exchange(keys.privateKey, theirs)
    const { fromInitiator, fromReceiver } = makeCiphers(this.#parts, secret, this.#options.infoHash)
    this.#sendProposal(secret, fromInitiator)
    const proof = applied(fromReceiver, new Uint8Array(VERIFICATION_BYTES))
    return () => this.#verification(proof, fromInitiator, fromReceiver)
  }

  #sendProposal(secret: Uint8Array, outgoing: Rc4): void {
    const { crypto } = this.#parts
    const { infoHash, methods, firstBytes } = this.#options
    const name = xorBytes(torrentHash(crypto, infoHash), labelledHash(crypto, 'req3', secret))
    const hello = concatBytes([makeHello(crypto, methodBits(methods)), u16(firstBytes.length), firstBytes])
    this.#driver.send(concatBytes([labelledHash(crypto, 'req1', secret), name, applied(outgoing, hello)]))
  }

  #verification(proof: Uint8Array, outgoing: Rc4, incoming: Rc4): ReturnType<MseState> {
    const found = this.#driver.intake.skipPast(proof, MAX_PADDING_BYTES)
    if (found === 'unknown') return undefined
    return found === 'missing' ? { reason: 'no-proof' } : () => this.#answer(outgoing, incoming)
  }

  #answer(outgoing: Rc4, incoming: Rc4): ReturnType<MseState> {
    const bytes = this.#driver.intake.take(ANSWER_BYTES)
    if (bytes === undefined) return undefined
    const answer = applied(incoming, bytes)
    const method = selectedMethod(this.#options.methods, answer)
    if (method === undefined) return { reason: 'no-common-method' }
    const paddingBytes = readU16(answer, 4)
    if (paddingBytes > MAX_PADDING_BYTES) return { reason: 'bad-padding' }
    return () => this.#padding(paddingBytes, method, { outgoing, incoming })
  }

  #padding(count: number, method: CryptoMethod, ciphers: { outgoing: Rc4; incoming: Rc4 }): ReturnType<MseState> {
    const bytes = this.#driver.intake.take(count)
    if (bytes === undefined) return undefined
    const { infoHash } = this.#options
    if (method === 'plaintext') return { method, infoHash }
    const { outgoing, incoming: cipher } = ciphers
    applied(cipher, bytes)
    const incoming: IncomingCipher = { apply: (received) => cipher.apply(received, received) }
    return { method, infoHash, outgoing, incoming }
  }
}
