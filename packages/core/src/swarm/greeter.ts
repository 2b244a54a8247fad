// Handshakes of one torrent: which of its hashes a connection is about, and what we say in ours.

import { bytesEqual } from '@ccbt/primitives'
import { encodeHandshake, makeReserved } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import type { SwarmParts } from './swarm-parts.ts'

/** What a {@link Greeter} has to know. */
export type GreeterParts = Pick<SwarmParts, 'infoHashes' | 'trees' | 'peerId' | 'isPrivate' | 'dht'>

/** Makes and reads the handshakes of a torrent. */
export class Greeter {
  readonly #parts: GreeterParts

  constructor(parts: GreeterParts) {
    this.#parts = parts
  }

  /** The node that peers of this torrent may hear of. */
  get dht(): Pick<DhtAccess, 'port' | 'addNode'> | undefined {
    return this.#parts.isPrivate ? undefined : this.#parts.dht
  }

  /** A hybrid torrent may be spoken of by either of its hashes, and answered by the other: then both sides know v2. */
  recognise(connection: Connection, infoHash: Uint8Array): void {
    const { infoHashes, trees } = this.#parts
    const at = infoHashes.findIndex((ours) => bytesEqual(ours, infoHash))
    if (at === -1) throw violated('answered for another torrent')
    connection.infoHash ??= infoHashes[at]
    connection.hasV2 ||= trees !== undefined && at === infoHashes.length - 1
  }

  /** The handshake that a peer who dialled us gets: by the hash that it asked for. */
  answer({ stream, infoHash }: Connection): void {
    if (infoHash !== undefined) stream.write(this.greeting(infoHash))
  }

  /** Our handshake. */
  greeting(infoHash: Uint8Array): Uint8Array {
    const { peerId, trees } = this.#parts
    const features = { fast: true, extended: true, dht: this.dht !== undefined, v2: trees !== undefined }
    return encodeHandshake({ reserved: makeReserved(features), infoHash, peerId })
  }
}
