// The side that is dialled. It serves plain handshakes and encrypted ones on one port: nobody's public key starts with the
// 20 bytes of a plain handshake (a chance of 2^-160), so it waits only as long as the two look the same.

import { toHex } from '@ccbt/primitives'

import { isHandshakeStart } from '../handshake.ts'
import { isPublicKey, PUBLIC_KEY_BYTES } from './group.ts'
import {
  applied,
  isZero,
  makeCiphers,
  makeHello,
  makePadding,
  MAX_PADDING_BYTES,
  MseDriver,
  readU16,
  VERIFICATION_BYTES,
} from './handshake.ts'
import type { IncomingCipher, MseEnd, MseNegotiation, MseParts, MseState } from './handshake.ts'
import { chooseMethod, methodBits } from './methods.ts'
import type { CryptoMethod } from './methods.ts'
import type { Rc4 } from './rc4.ts'
import { labelledHash, makeKeyPair, xorBytes } from './secrets.ts'

/** What all plain handshakes start with: a length and the name of the protocol. */
const PROTOCOL_BYTES = 20

const HASH_BYTES = 20

/** The verification constant, `crypto_provide` and the length of the padding that follows. */
const PROPOSAL_BYTES = VERIFICATION_BYTES + 6

/** Length of the payload that comes with the handshake. */
const FIRST_LENGTH_BYTES = 2

/** What the dialled side wants. */
export interface MseReceiverOptions {
  /** What is taken, the preferred one first; at least one. */
  readonly methods: readonly CryptoMethod[]
  /** The same for a torrent that has methods of its own. */
  readonly methodsFor?: (infoHash: Uint8Array) => readonly CryptoMethod[] | undefined
  /** Whether plain handshakes are taken. */
  readonly allowsPlain: boolean
  /** The info-hash of the torrent with this `torrentKey`, if it is served. */
  readonly findTorrent: (key: string) => Uint8Array | undefined
  /** Asked before the two exponentiations that a handshake costs; false ends it. */
  readonly mayExchange: () => boolean
}

interface Session {
  readonly infoHash: Uint8Array
  readonly incoming: Rc4
  readonly outgoing: Rc4
}

/** Waits for a handshake of either kind. */
export function createReceiver(parts: MseParts, options: MseReceiverOptions): MseNegotiation {
  return new MseDriver((driver) => {
    const receiver = new Receiver(parts, options, driver)
    return () => receiver.sniff()
  })
}

class Receiver {
  readonly #parts: MseParts
  readonly #options: MseReceiverOptions
  readonly #driver: MseDriver

  constructor(parts: MseParts, options: MseReceiverOptions, driver: MseDriver) {
    this.#parts = parts
    this.#options = options
    this.#driver = driver
  }

  sniff(): ReturnType<MseState> {
    const bytes = this.#driver.intake.peek()
    if (!isHandshakeStart(bytes, bytes.length)) return () => this.#key()
    if (bytes.length < PROTOCOL_BYTES) return undefined
    return this.#options.allowsPlain ? { kind: 'plain' } : { reason: 'plain-refused' }
  }

  #key(): ReturnType<MseState> {
    const theirs = this.#driver.intake.take(PUBLIC_KEY_BYTES)
    if (theirs === undefined) return undefined
    if (!isPublicKey(theirs)) return { reason: 'bad-public-key' }
    if (!this.#options.mayExchange()) return { reason: 'busy' }
    const { crypto } = this.#parts
    const keys = makeKeyPair(crypto)
    const secret = crypto.exchange(keys.privateKey, theirs)
    this.#driver.send(keys.publicKey)
    this.#driver.send(makePadding(crypto))
    const proof = labelledHash(crypto, 'req1', secret)
    return () => this.#proof(proof, secret)
  }

  #proof(proof: Uint8Array, secret: Uint8Array): ReturnType<MseState> {
    const found = this.#driver.intake.skipPast(proof, MAX_PADDING_BYTES)
    if (found === 'unknown') return undefined
    return found === 'missing' ? { reason: 'no-proof' } : () => this.#torrent(secret)
  }

  #torrent(secret: Uint8Array): ReturnType<MseState> {
    const name = this.#driver.intake.take(HASH_BYTES)
    if (name === undefined) return undefined
    const hash = xorBytes(name, labelledHash(this.#parts.crypto, 'req3', secret))
    const infoHash = this.#options.findTorrent(toHex(hash))
    if (infoHash === undefined) return { reason: 'unknown-torrent' }
    const { fromInitiator: incoming, fromReceiver: outgoing } = makeCiphers(this.#parts, secret, infoHash)
    return () => this.#proposal({ infoHash, incoming, outgoing })
  }

  #proposal(session: Session): ReturnType<MseState> {
    const bytes = this.#driver.intake.take(PROPOSAL_BYTES)
    if (bytes === undefined) return undefined
    const proposal = applied(session.incoming, bytes)
    if (!isZero(proposal.subarray(0, VERIFICATION_BYTES))) return { reason: 'bad-verification' }
    const { methods, methodsFor } = this.#options
    const method = chooseMethod(methodsFor?.(session.infoHash) ?? methods, proposal.subarray(VERIFICATION_BYTES))
    if (method === undefined) return { reason: 'no-common-method' }
    const paddingBytes = readU16(proposal, VERIFICATION_BYTES + 4)
    if (paddingBytes > MAX_PADDING_BYTES) return { reason: 'bad-padding' }
    return () => this.#padding(paddingBytes, method, session)
  }

  #padding(count: number, method: CryptoMethod, session: Session): ReturnType<MseState> {
    const bytes = this.#driver.intake.take(count + FIRST_LENGTH_BYTES)
    if (bytes === undefined) return undefined
    const firstLength = readU16(applied(session.incoming, bytes), count)
    this.#driver.send(applied(session.outgoing, makeHello(this.#parts.crypto, methodBits([method]))))
    return agreement(method, session, firstLength)
  }
}

/** The initiator's first bytes are encrypted whatever was chosen; they are payload and not waited for. */
function agreement(method: CryptoMethod, session: Session, firstLength: number): MseEnd {
  const { infoHash, incoming, outgoing } = session
  if (method === 'rc4') return { method, infoHash, outgoing, incoming: upTo(Infinity, incoming) }
  return { method, infoHash, incoming: upTo(firstLength, incoming) }
}

/** Decrypts the next `count` bytes and leaves alone what comes then. */
function upTo(count: number, cipher: Rc4): IncomingCipher {
  let left = count
  return {
    apply(bytes) {
      if (left === 0) return
      const part = bytes.subarray(0, left)
      cipher.apply(part, part)
      left -= part.length
    },
  }
}
