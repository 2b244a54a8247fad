// Addresses exchanged with the peers of one public torrent (BEP 11): every minute each is told whom we are connected to
// now and were not the minute before, and the other way round. What they tell is a hint from a stranger.

import { ipFromBytes, ipToBytes } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { Allowance } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import { encodePex, MAX_PEX_PEERS, parsePex, PexFlag, UT_HOLEPUNCH, UT_PEX } from '@ccbt/wire-protocol'
import type { PexPeer } from '@ccbt/wire-protocol'

import type { Connection } from '../peer/connection.ts'
import { mayName } from '../peer/hearsay.ts'
import type { FoundPeer } from '../peer/peer-book.ts'
import type { SourceSnapshot } from '../snapshot.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Holepunch } from './holepunch.ts'

const EVERY_MS = 60_000
/** Addresses that one peer may give at once and per minute. */
const MAX_ADDRESSES = 2 * MAX_PEX_PEERS
const ADDRESSES = { burst: MAX_ADDRESSES, perSecond: MAX_ADDRESSES / 60 } as const

/** What {@link Pex} works with. */
export interface PexParts {
  readonly connections: ConnectionTable
  readonly picker: PiecePicker
  readonly clock: Clock
  /** Absent where nobody is dialled with the help of others. */
  readonly holepunch: Pick<Holepunch, 'introduced'> | undefined
  readonly onPeers: (addresses: readonly FoundPeer[]) => void
}

/** What is known of one peer's share in the exchange. */
interface Exchange {
  /** Whom it was told of, by `ip port`. */
  readonly told: Map<string, PexPeer>
  nextAtMs: number
  /** Addresses that it may still give. */
  readonly allowance: Allowance
}

/** The exchange of one torrent. */
export class Pex {
  readonly #parts: PexParts
  /** Forgotten with the connection. */
  readonly #exchanges = new WeakMap<Connection, Exchange>()
  #peersReceived = 0

  constructor(parts: PexParts) {
    this.#parts = parts
  }

  /** Called once a second. */
  tick(nowMs: number): void {
    let current: Map<string, PexPeer> | undefined
    for (const connection of this.#parts.connections) {
      const id = connection.extensions.remoteId(UT_PEX)
      if (id === undefined || !connection.isAdded) continue
      const exchange = this.#exchangeOf(connection)
      if (nowMs < exchange.nextAtMs) continue
      current ??= this.#reachable()
      const message = differences(exchange.told, current, keyOf(connection.endpoint))
      if (message === undefined) continue
      exchange.nextAtMs = nowMs + EVERY_MS
      connection.encoder.extended(id, encodePex(message))
      this.#parts.connections.flushSoon(connection)
    }
  }

  /** Takes the payload of a ut_pex message. @throws WIRE_EXTENSION_INVALID */
  received(connection: Connection, payload: Uint8Array): void {
    const { added } = parsePex(payload)
    this.#peersReceived += added.length
    const taken = added.slice(0, this.#exchangeOf(connection).allowance.takeUpTo(added.length))
    const isSeeding = this.#parts.picker.isComplete
    const useful = taken.filter(({ flags }) => !isSeeding || (flags & PexFlag.isSeed) === 0)
    const { host } = connection.stream.remote
    this.#parts.holepunch?.introduced(connection, peersOf(useful.filter(canPunch), host))
    this.#parts.onPeers(peersOf(useful, host))
  }

  /** What has come of it. When its next news come, the peers decide. */
  describe(): SourceSnapshot {
    return { kind: 'pex', state: 'idle', peersReceived: this.#peersReceived }
  }

  #exchangeOf(connection: Connection): Exchange {
    const known = this.#exchanges.get(connection)
    if (known !== undefined) return known
    const allowance = new Allowance(this.#parts.clock, ADDRESSES)
    const exchange = { told: new Map<string, PexPeer>(), nextAtMs: 0, allowance }
    this.#exchanges.set(connection, exchange)
    return exchange
  }

  /** Those we are connected to and whose listening address we know. */
  #reachable(): Map<string, PexPeer> {
    const { connections, picker } = this.#parts
    const peers = new Map<string, PexPeer>()
    for (const connection of connections) {
      const { known, isAdded, stream, extensions } = connection
      const ip = known === undefined ? undefined : ipToBytes(known.endpoint.host)
      if (known === undefined || ip === undefined || !isAdded) continue
      const flags =
        (picker.pieceCount(connection.slot) === picker.have.size ? PexFlag.isSeed : 0) |
        (connection.direction === 'out' ? PexFlag.isReachable : 0) |
        (known.speaksUtp ? PexFlag.supportsUtp : 0) |
        (extensions.remoteId(UT_HOLEPUNCH) === undefined ? 0 : PexFlag.supportsHolepunch) |
        (stream.isEncrypted ? PexFlag.prefersEncryption : 0)
      peers.set(keyOf(known.endpoint), { ip, port: known.endpoint.port, flags })
    }
    return peers
  }
}

/** What changed since the last message, which is then up to date; `undefined` when nothing did. */
function differences(
  told: Map<string, PexPeer>,
  current: ReadonlyMap<string, PexPeer>,
  ownKey: string,
): { added: PexPeer[]; dropped: PexPeer[] } | undefined {
  const added: PexPeer[] = []
  const dropped: PexPeer[] = []
  for (const [key, peer] of told) {
    if (current.has(key) || dropped.length === MAX_PEX_PEERS) continue
    dropped.push({ ...peer, flags: 0 })
    told.delete(key)
  }
  for (const [key, peer] of current) {
    if (told.has(key) || key === ownKey || added.length === MAX_PEX_PEERS) continue
    added.push(peer)
    told.set(key, peer)
  }
  return added.length + dropped.length === 0 ? undefined : { added, dropped }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`
}

/** The peers that somebody at `teller` may name. */
function peersOf(peers: readonly PexPeer[], teller: string): FoundPeer[] {
  return peers.flatMap(({ ip, port, flags }) => {
    const host = ipFromBytes(ip)
    if (host === undefined || !mayName(teller, host)) return []
    return [{ host, port, speaksUtp: (flags & PexFlag.supportsUtp) !== 0 }]
  })
}

function canPunch({ flags }: PexPeer): boolean {
  return (flags & PexFlag.supportsHolepunch) !== 0
}
