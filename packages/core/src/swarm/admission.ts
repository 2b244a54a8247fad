// Who may come in, and who may stay after the handshake: not ourselves, not the banned, and no peer twice.

import type { Endpoint } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'
import { bytesEqual } from '@ccbt/primitives'

import { dropped } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import { replaces } from '../peer/crossing.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import { hasPlaceAt } from '../peer/host-limit.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Greeter } from './greeter.ts'
import { replaceable } from './replacement.ts'

/** What an admission looks at. */
export interface AdmissionParts {
  readonly connections: ConnectionTable
  readonly book: PeerBook
  readonly clock: Clock
  /** Our own. */
  readonly peerId: Uint8Array
  readonly greeter: Pick<Greeter, 'answer'>
  readonly maxPeers: number
  readonly externalAddress: Pick<ExternalAddress, 'priorityOf'>
}

/** Decides about one torrent's connections. */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** Whether there is a place for somebody who comes to us; another may have to give it. */
  hasPlaceFor(newcomer: Endpoint): boolean {
    const { book, connections } = this.#parts
    if (book.refusal(newcomer) !== undefined) return false
    return hasPlaceAt(newcomer.host, connections.remotes()) && this.#makeRoom(newcomer)
  }

  #makeRoom(newcomer: Endpoint): boolean {
    const { connections, maxPeers, externalAddress, clock } = this.#parts
    if (connections.size < maxPeers) return true
    const worst = replaceable(connections, newcomer, externalAddress, clock.now())
    worst?.close(dropped('makes room for a peer that suits better'))
    return worst !== undefined
  }

  /** Throws PEER_DROPPED for a connection that may not stay; may close another in favour of this one. */
  check(connection: Connection): void {
    const { book, connections, peerId } = this.#parts
    if (bytesEqual(connection.peerId, peerId)) this.#refuseOurselves(connection)
    const refusal = book.refusal(connection.stream.remote, connection.peerIdHex)
    if (refusal !== undefined) throw dropped(refusal)
    for (const other of connections) {
      if (other === connection || !other.isHandshaken || other.isClosed) continue
      if (bytesEqual(other.peerId, connection.peerId)) this.#keepOne(connection, other)
    }
  }

  #refuseOurselves(connection: Connection): never {
    // Only the side that dialled knows which address to forget: it has to see whom it has reached.
    if (connection.direction === 'in') {
      this.#parts.greeter.answer(connection)
      connection.flush()
    } else if (connection.known !== undefined) {
      this.#parts.book.forget(connection.known)
    }
    throw dropped('connected to ourselves')
  }

  #keepOne(connection: Connection, other: Connection): void {
    const { clock, peerId } = this.#parts
    if (replaces(connection, other, peerId, clock.now())) {
      passAddress(other, connection)
      other.close(dropped('connected twice'))
      return
    }
    passAddress(connection, other)
    throw dropped('already connected')
  }
}

/** The connection that stays takes over the entry of the peer list, so that nobody dials it meanwhile. */
function passAddress(from: Connection, to: Connection): void {
  if (to.known !== undefined) return
  to.known = from.known
  from.known = undefined
}
