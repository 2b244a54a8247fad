// Message Stream Encryption (Protocol Encryption): an obfuscated key exchange with the info-hash as shared knowledge, then
// RC4 or plaintext. It hides the protocol from simple filters; it authenticates nobody.

import { MSE_PRIME } from './group.ts'
import type { MseNegotiation } from './handshake.ts'
import { createInitiator } from './initiator.ts'
import type { MseInitiator, MseInitiatorOptions } from './initiator.ts'
import { createReceiver } from './receiver.ts'
import type { MseReceiverOptions } from './receiver.ts'
import { createRc4Engine } from './rc4.ts'
import { torrentKey } from './secrets.ts'
import type { MseCrypto } from './secrets.ts'

/** Both sides of the handshake over given cryptography. */
export interface Mse {
  /** The side that dials. */
  initiate(options: MseInitiatorOptions): MseInitiator
  /** The side that is dialled, by plain peers too. */
  receive(options: MseReceiverOptions): MseNegotiation
  /** What `findTorrent` looks a torrent up by. */
  torrentKey(infoHash: Uint8Array): string
}

/**
 * One per session: all its streams share the memory of one RC4 engine. `cryptoFor` gives the operations, with the
 * exponentiation modulo `prime`.
 * @example
 * const initiator = createMse(cryptoFor).initiate({ infoHash, methods: ['rc4'], firstBytes: handshake })
 * send(initiator.opening)
 * const step = initiator.push(received)
 */
export function createMse(cryptoFor: (prime: Uint8Array) => MseCrypto): Mse {
  const crypto = cryptoFor(MSE_PRIME)
  const parts = { crypto, engine: createRc4Engine() }
  return {
    initiate: (options) => createInitiator(parts, options),
    receive: (options) => createReceiver(parts, options),
    torrentKey: (infoHash) => torrentKey(crypto, infoHash),
  }
}
