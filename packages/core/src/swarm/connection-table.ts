// The connections of one torrent by slot, and the set of those with something to send. A slot is not given out again
// soon after its connection has ended: blame for a bad piece is found by slot, perhaps long after the sender has left.

import type { Endpoint } from '@ccbt/address'
import { bug } from '@ccbt/primitives'
import type { PeerSlot } from '@ccbt/primitives'

import type { Connection } from '../peer/connection.ts'

/** Slots are given out in a circle of this size; the picker's tables are as large. */
const SLOTS = 4096

/** What is known of one that sent blocks, also after it has gone. */
export type Sender = Pick<Connection, 'endpoint' | 'address' | 'peerIdHex'>

/** All connections of a torrent, handshaken or not. */
export class ConnectionTable {
  readonly #connections = new Map<number, Connection>()
  /** Of closed connections with blocks that may not be verified yet; no longer than there are slots. */
  readonly #gone = new Map<number, Sender>()
  readonly #dirty = new Set<Connection>()
  readonly #taken = new Set<number>()
  #nextSlot = 0

  get size(): number {
    return this.#connections.size
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#connections.values()
  }

  /** Where the other sides are. */
  remotes(): Endpoint[] {
    return Array.from(this, ({ stream }) => stream.remote)
  }

  bySlot(slot: number): Connection | undefined {
    return this.#connections.get(slot)
  }

  /** Who sends or has sent with this slot. */
  senderOf(slot: number): Sender | undefined {
    return this.#connections.get(slot) ?? this.#gone.get(slot)
  }

  /** The connection that sends fastest, among those for which this is true. */
  fastestSender(has: (slot: PeerSlot) => boolean): Connection | undefined {
    let best: Connection | undefined
    for (const connection of this) {
      if (!connection.isAdded || connection.peerChoking || connection.window.isSnubbed) continue
      if (!has(connection.slot)) continue
      if (best === undefined || connection.downloadMeter.bps > best.downloadMeter.bps) best = connection
    }
    return best
  }

  /** A slot for a new connection. */
  freeSlot(): PeerSlot {
    for (let tries = 0; tries < SLOTS; tries++) {
      const slot = this.#nextSlot
      this.#nextSlot = (slot + 1) % SLOTS
      if (!this.#connections.has(slot) && !this.#taken.has(slot)) return slot as PeerSlot
    }
    throw bug('more connections than slots')
  }

  /** A slot for a sender that is no connection; it is not given out again. */
  takeSlot(): PeerSlot {
    const slot = this.freeSlot()
    this.#taken.add(slot)
    this.#gone.delete(slot)
    return slot
  }

  add(connection: Connection): void {
    this.#connections.set(connection.slot, connection)
    this.#gone.delete(connection.slot)
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection.slot)
    this.#dirty.delete(connection)
    const { slot, endpoint, address, peerIdHex } = connection
    if (connection.downloadMeter.total > 0) this.#gone.set(slot, { endpoint, address, peerIdHex })
  }

  /** Sends the connection's output at the end of this turn of the event loop, together with that of others. */
  flushSoon(connection: Connection): void {
    if (this.#dirty.size === 0) setImmediate(() => this.#flushDirty())
    this.#dirty.add(connection)
  }

  #flushDirty(): void {
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    for (const connection of dirty) connection.flush()
  }
}
