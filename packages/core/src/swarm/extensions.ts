// The extension protocol of a live torrent (BEP 10): our handshake, what the peer's says, and where the messages of each
// extension go.

import { familyOf, ipFromBytes, ipToBytes, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Layout } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import {
  CC_XET,
  DONT_HAVE,
  encodeExtensionHandshake,
  parseDontHave,
  parseExtensionHandshake,
  UT_HOLEPUNCH,
  UT_METADATA,
  UT_PEX,
} from '@ccbt/wire-protocol'
import type { ExtensionHandshake } from '@ccbt/wire-protocol'

import type { MetadataServer } from '../metadata/serve.ts'
import type { Connection } from '../peer/connection.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import { OUR_ABILITIES } from '../xet/exchange.ts'
import type { TorrentXet } from '../xet/torrent-xet.ts'
import type { Holepunch } from './holepunch.ts'
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
  readonly holepunch: Holepunch | undefined
  readonly picker: PiecePicker
  readonly layout: Layout
  /** We do not show that we have everything. */
  readonly superSeeds: boolean
  readonly userAgent: string
  readonly listenPort: () => number
  readonly externalAddress: Pick<ExternalAddress, 'seen' | 'ips'>
  readonly isPrivate: boolean
  readonly xet?: Pick<TorrentXet, 'exchange'>
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
      ...(this.#parts.xet?.exchange && { xet: OUR_ABILITIES }),
      ...addressOf(connection),
      ...this.#ourAddresses(connection),
    })
    connection.encoder.extended(0, payload)
  }

  /**
   * The connection has ended: the peer's address of the other family is a way to it as well. Before, it would be dialled
   * in vain, and whom a private torrent's peers name is nobody's business.
   */
  ended({ otherEndpoint }: Connection): void {
    if (otherEndpoint !== undefined && !this.#parts.isPrivate) this.#parts.book.add(otherEndpoint, 'pex')
  }

  /** Takes an extended message. @throws WIRE_EXTENSION_INVALID */
  received(connection: Connection, id: number, payload: Uint8Array): void {
    connection.flood.count()
    const name = connection.extensions.nameOf(id)
    if (id === 0) this.#handshake(connection, payload)
    else if (name === UT_METADATA) this.#parts.metadata.received(connection, payload)
    else if (name === UT_PEX) this.#parts.pex?.received(connection, payload)
    else if (name === UT_HOLEPUNCH) this.#parts.holepunch?.received(connection, payload)
    else if (name === DONT_HAVE) this.#dontHave(connection, payload)
    else if (name === CC_XET) this.#parts.xet?.exchange?.received(connection, payload)
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
    connection.otherEndpoint = otherEndpointOf(connection, handshake)
    if (handshake.xet !== undefined) this.#parts.xet?.exchange?.introduced(connection, handshake.xet)
    if (handshake.p === undefined || connection.known !== undefined) return
    const { transport, remote } = connection.stream
    const found = { host: remote.host, port: handshake.p, speaksUtp: transport === 'utp' }
    connection.known = this.#parts.book.connectedFrom(found)
  }

  /** Ours in the family that this connection does not use, as far as it is known. */
  #ourAddresses({ stream }: Connection): { ipv4?: Uint8Array; ipv6?: Uint8Array } {
    const { v4, v6 } = this.#parts.externalAddress.ips
    const isIpv4 = familyOf(stream.remote.host) === 'ipv4'
    const other = ipToBytes((isIpv4 ? v6 : v4) ?? '')
    if (other === undefined) return {}
    return isIpv4 ? { ipv6: other } : { ipv4: other }
  }

  /** BEP 54: a piece is gone from the peer's disk. */
  #dontHave(connection: Connection, payload: Uint8Array): void {
    const piece = this.#parts.layout.piece(parseDontHave(payload))
    if (piece === undefined) return
    this.#parts.picker.peerLost(connection.slot, piece)
    this.#parts.interest.update(connection)
  }
}

/** Where the peer says that it can be reached in the other family; only somebody near can know of addresses near. */
function otherEndpointOf({ stream, endpoint }: Connection, handshake: ExtensionHandshake): Endpoint | undefined {
  const { host } = stream.remote
  const other = ipFromBytes((familyOf(host) === 'ipv4' ? handshake.ipv6 : handshake.ipv4) ?? new Uint8Array())
  const port = handshake.p ?? endpoint.port
  if (other === undefined || (scopeOf(other) !== 'global' && scopeOf(host) === 'global')) return undefined
  return { host: other, port }
}

/** The peer's address as we see it: it may not know. */
function addressOf(connection: Connection): { yourip?: Uint8Array } {
  const yourip = ipToBytes(connection.stream.remote.host)
  return yourip === undefined ? {} : { yourip }
}
