// Which of a hybrid torrent's two hashes a peer is greeted by. Nobody knows beforehand in whose swarm it is (BEP 52): one
// that hangs up is greeted by the other hash next time.

import { bug } from '@ccbt/primitives'

import type { KnownPeer } from './peer-book.ts'

/** Remembers who did not take which hash. */
export class HashChoice {
  readonly #infoHashes: readonly Uint8Array[]
  readonly #refusals = new WeakMap<KnownPeer, number>()

  /** `infoHashes` are those of the torrent, 20 bytes each, at least one. */
  constructor(infoHashes: readonly Uint8Array[]) {
    this.#infoHashes = infoHashes
  }

  /** The hash for the next handshake with this peer. */
  of(peer: KnownPeer): Uint8Array {
    const refusals = this.#refusals.get(peer) ?? 0
    const infoHash = this.#infoHashes[refusals % this.#infoHashes.length]
    if (infoHash === undefined) throw bug('a torrent without a hash')
    return infoHash
  }

  /** The peer ended the connection without an answer. */
  refused(peer: KnownPeer): void {
    this.#refusals.set(peer, (this.#refusals.get(peer) ?? 0) + 1)
  }
}
