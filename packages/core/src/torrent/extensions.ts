// The extension protocol of a live torrent (BEP 10): our handshake, what the peer's says, and where the messages of each
// extension go.

import { encodeExtensionHandshake, parseExtensionHandshake, UT_METADATA } from '@ccbt/wire-protocol'

import type { MetadataServer } from '../metadata/serve.ts'
import type { Connection } from '../peer/connection.ts'
import type { PeerBook } from '../peer/peer-book.ts'

/** Requests that we queue for a peer. */
const OUR_REQUEST_QUEUE = 2000

/** What {@link Extensions} works with. */
export interface ExtensionsParts {
  readonly book: PeerBook
  readonly metadata: MetadataServer
  readonly userAgent: string
  readonly listenPort: () => number
}

/** The extensions that the peers of one torrent may use. */
export class Extensions {
  readonly #parts: ExtensionsParts

  constructor(parts: ExtensionsParts) {
    this.#parts = parts
  }

  /** Sends our handshake. */
  introduce(connection: Connection): void {
    const payload = encodeExtensionHandshake({
      m: connection.extensions.local,
      v: this.#parts.userAgent,
      p: this.#parts.listenPort(),
      reqq: OUR_REQUEST_QUEUE,
      metadataSize: this.#parts.metadata.size,
    })
    connection.encoder.extended(0, payload)
  }

  /** Takes an extended message. @throws WIRE_EXTENSION_INVALID */
  received(connection: Connection, id: number, payload: Uint8Array): void {
    connection.flood.count()
    if (id === 0) this.#handshake(connection, payload)
    else if (connection.extensions.nameOf(id) === UT_METADATA) this.#parts.metadata.received(connection, payload)
  }

  #handshake(connection: Connection, payload: Uint8Array): void {
    connection.flood.countExtensionHandshake()
    const handshake = parseExtensionHandshake(payload)
    connection.extensions.update(handshake)
    if (handshake.reqq !== undefined) connection.window.setPeerQueue(handshake.reqq)
    if (handshake.v !== undefined) connection.client = handshake.v
    if (handshake.p === undefined || connection.known !== undefined) return
    connection.known = this.#parts.book.connectedFrom({ host: connection.stream.remote.host, port: handshake.p })
  }
}
