// The extension protocol of a live torrent (BEP 10): our handshake, what the peer's says, and where the messages of each
// extension go.

import { ipFromBytes, ipToBytes } from '@ccbt/address'
import type { Layout } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import {
  DONT_HAVE,
  encodeExtensionHandshake,
  parseDontHave,
  parseExtensionHandshake,
  UT_METADATA,
  UT_PEX,
} from '@ccbt/wire-protocol'

import type { MetadataServer } from '../metadata/serve.ts'
import type { Connection } from '../peer/connection.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import type { Interest } from './interest.ts'
import type { Pex } from './pex.ts'

/** Requests that we queue for a peer. */
const OUR_REQUEST_QUEUE = 2000

/** What {@link Extensions} works with. */
export interface ExtensionsParts {
  readonly book: PeerBook
  readonly metadata: MetadataServer
  readonly interest: Interest
  /** Absent where addresses are not exchanged. */
  readonly pex: Pex | undefined
  readonly picker: PiecePicker
  readonly layout: Layout
  /** We do not show that we have everything. */
  readonly superSeeds: boolean
  readonly userAgent: string
  readonly listenPort: () => number
  readonly externalAddress: Pick<ExternalAddress, 'seen'>
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
      uploadOnly: this.#parts.picker.isComplete && !this.#parts.superSeeds,
      ...addressOf(connection),
    })
    connection.encoder.extended(0, payload)
  }

  /** Takes an extended message. @throws WIRE_EXTENSION_INVALID */
  received(connection: Connection, id: number, payload: Uint8Array): void {
    connection.flood.count()
    const name = connection.extensions.nameOf(id)
    if (id === 0) this.#handshake(connection, payload)
    else if (name === UT_METADATA) this.#parts.metadata.received(connection, payload)
    else if (name === UT_PEX) this.#parts.pex?.received(connection, payload)
    else if (name === DONT_HAVE) this.#dontHave(connection, payload)
  }

  #handshake(connection: Connection, payload: Uint8Array): void {
    connection.flood.countExtensionHandshake()
    const handshake = parseExtensionHandshake(payload)
    connection.extensions.update(handshake)
    if (handshake.reqq !== undefined) connection.window.setPeerQueue(handshake.reqq)
    if (handshake.v !== undefined) connection.client = handshake.v
    if (handshake.uploadOnly !== undefined) this.#parts.interest.uploadsOnly(connection, handshake.uploadOnly)
    const ourIp = ipFromBytes(handshake.yourip ?? new Uint8Array())
    if (ourIp !== undefined) this.#parts.externalAddress.seen(ourIp, connection.stream.remote.host)
    if (handshake.p === undefined || connection.known !== undefined) return
    connection.known = this.#parts.book.connectedFrom({ host: connection.stream.remote.host, port: handshake.p })
  }

  /** BEP 54: a piece is gone from the peer's disk. */
  #dontHave(connection: Connection, payload: Uint8Array): void {
    const piece = this.#parts.layout.piece(parseDontHave(payload))
    if (piece === undefined) return
    this.#parts.picker.peerLost(connection.slot, piece)
    this.#parts.interest.update(connection)
  }
}

/** The peer's address as we see it: it may not know. */
function addressOf(connection: Connection): { yourip?: Uint8Array } {
  const yourip = ipToBytes(connection.stream.remote.host)
  return yourip === undefined ? {} : { yourip }
}
