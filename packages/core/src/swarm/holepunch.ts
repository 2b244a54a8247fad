// Peers that cannot reach each other, because both are behind a gateway that lets nobody in, dial each other over uTP at
// the same moment; a third one, to which both are connected, tells them when (BEP 55). We are any of the three.
//
// Nobody else can be harmed by it: as a relay we send each of two peers only the other's address as we see it, and what
// a relay tells us to dial is dialled under the rules for addresses of strangers (dial-limit.ts, peer-book.ts).

import { formatEndpoint, ipFromBytes, ipToBytes } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { Allowance } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { encodeHolepunch, HolepunchError, parseHolepunch, UT_HOLEPUNCH } from '@ccbt/wire-protocol'
import type { HolepunchMessage } from '@ccbt/wire-protocol'

import type { Connection } from '../peer/connection.ts'
import { mayName } from '../peer/hearsay.ts'
import type { ConnectionTable } from './connection-table.ts'

/** Peers of one relay that are remembered; the oldest make room. */
const MAX_REACHABLE = 200
/** Messages that one peer may send, and that may be sent to one peer because of others: four a minute in the long run. */
const MESSAGES = { burst: 8, perSecond: 1 / 15 } as const

/** What {@link Holepunch} works with. */
export interface HolepunchParts {
  readonly connections: ConnectionTable
  readonly clock: Clock
  /** Dials over uTP at once, if at all. */
  readonly dial: (endpoint: Endpoint) => void
}

/** What is known of one connection. */
interface Share {
  /** Whom the peer can reach for us, as `host:port`. */
  readonly reachable: Set<string>
  readonly received: Allowance
  readonly sent: Allowance
}

/** Hole punching among the peers of one torrent. */
export class Holepunch {
  readonly #parts: HolepunchParts
  /** Forgotten with the connection. */
  readonly #shares = new WeakMap<Connection, Share>()

  constructor(parts: HolepunchParts) {
    this.#parts = parts
  }

  /** `relay` is connected to peers at these addresses that know the extension. */
  introduced(relay: Connection, endpoints: readonly Endpoint[]): void {
    const { reachable } = this.#shareOf(relay)
    for (const endpoint of endpoints) {
      reachable.add(formatEndpoint(endpoint))
      const [oldest] = reachable
      if (reachable.size > MAX_REACHABLE && oldest !== undefined) reachable.delete(oldest)
    }
  }

  /** A dial to this address has failed: asks one who can reach it. */
  unreachable(endpoint: Endpoint): void {
    const key = formatEndpoint(endpoint)
    for (const relay of this.#parts.connections) {
      if (!canPunch(relay) || this.#shares.get(relay)?.reachable.has(key) !== true) continue
      this.#send(relay, 'rendezvous', endpoint)
      return
    }
  }

  /** Takes the payload of a ut_holepunch message; what is too much is passed over. @throws WIRE_EXTENSION_INVALID */
  received(connection: Connection, payload: Uint8Array): void {
    const message = parseHolepunch(payload)
    if (message === undefined || !this.#shareOf(connection).received.take()) return
    if (message.kind === 'rendezvous') this.#relay(connection, message)
    else if (message.kind === 'connect') this.#connect(connection, message)
    // An error changes nothing: the address is tried again like any other that could not be reached.
  }

  #relay(initiator: Connection, { ip, port }: HolepunchMessage): void {
    const host = ipFromBytes(ip)
    const ours = placeOf(initiator)
    if (host === undefined || port === 0 || ours === undefined) {
      this.#refuse(initiator, { ip, port }, HolepunchError.noSuchPeer)
      return
    }
    const target = this.#find({ host, port })
    const theirs = target === undefined ? undefined : placeOf(target)
    if (target === undefined || target === initiator || theirs === undefined) {
      this.#refuse(initiator, { ip, port }, HolepunchError.notConnected)
    } else if (!canPunch(target)) {
      this.#refuse(initiator, { ip, port }, HolepunchError.noSupport)
    } else if (this.#shareOf(target).sent.take()) {
      this.#send(target, 'connect', ours)
      this.#send(initiator, 'connect', theirs)
    }
  }

  #connect(relay: Connection, { ip, port }: HolepunchMessage): void {
    const host = ipFromBytes(ip)
    if (host !== undefined && mayName(relay.stream.remote.host, host)) this.#parts.dial({ host, port })
  }

  #find({ host, port }: Endpoint): Connection | undefined {
    for (const connection of this.#parts.connections) {
      const { endpoint, stream, isAdded } = connection
      if (!isAdded || stream.remote.host !== host) continue
      if (endpoint.port === port || stream.remote.port === port) return connection
    }
    return undefined
  }

  #refuse(initiator: Connection, target: Pick<HolepunchMessage, 'ip' | 'port'>, error: number): void {
    this.#write(initiator, { kind: 'error', ...target, error })
  }

  #send(to: Connection, kind: 'rendezvous' | 'connect', { host, port }: Endpoint): void {
    const ip = ipToBytes(host)
    if (ip !== undefined) this.#write(to, { kind, ip, port })
  }

  #write(to: Connection, message: HolepunchMessage): void {
    const id = to.extensions.remoteId(UT_HOLEPUNCH)
    if (id === undefined) return
    to.encoder.extended(id, encodeHolepunch(message))
    this.#parts.connections.flushSoon(to)
  }

  #shareOf(connection: Connection): Share {
    const known = this.#shares.get(connection)
    if (known !== undefined) return known
    const { clock } = this.#parts
    const share = {
      reachable: new Set<string>(),
      received: new Allowance(clock, MESSAGES),
      sent: new Allowance(clock, MESSAGES),
    }
    this.#shares.set(connection, share)
    return share
  }
}

function canPunch({ isAdded, extensions }: Connection): boolean {
  return isAdded && extensions.remoteId(UT_HOLEPUNCH) !== undefined
}

/**
 * Where the peer's uTP packets come from: a gateway may have given them another port than the one that it listens at. Of
 * a peer on TCP only the latter is known, if that.
 */
function placeOf({ stream, known }: Connection): Endpoint | undefined {
  return stream.transport === 'utp' ? stream.remote : known?.endpoint
}
