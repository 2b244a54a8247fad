// Who may download from us. Every 10 s the interested peers are ranked: while downloading by what they give us, while
// seeding by what they take; the best keep a slot, and one more is unchoked at random so that new peers get a chance
// (BEP 3). A free slot is given at once.

import { randomBelow } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'

import type { Connection } from '../peer/connection.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Uploader } from './uploader.ts'

const ROUND_MS = 10_000
/** Every third round the optimistic slot goes to another peer. */
const OPTIMISTIC_ROUNDS = 3
/** Slots while little is uploaded; more come with the rate. */
const MIN_SLOTS = 8
const MAX_SLOTS = 100

/** What a choker works with. */
export interface ChokerParts {
  readonly connections: ConnectionTable
  readonly uploader: Pick<Uploader, 'choke'>
  readonly clock: Clock
  readonly random: Random
  readonly isSeeding: () => boolean
}

/** Gives upload slots to the peers of one torrent. */
export class Choker {
  readonly #parts: ChokerParts
  #optimistic: Connection | undefined
  #round = 0
  #slots = MIN_SLOTS
  #nextRoundAtMs: number

  constructor(parts: ChokerParts) {
    this.#parts = parts
    this.#nextRoundAtMs = parts.clock.now() + ROUND_MS
  }

  /** The peer wants data: it gets a slot at once when one is free. */
  interested(connection: Connection): void {
    if (!connection.amChoking) return
    if (this.#unchokedCount() < this.#slots) this.#unchoke(connection)
  }

  /** The peer wants nothing any more, or is gone: its slot goes to another. */
  released(connection: Connection): void {
    if (connection === this.#optimistic) this.#optimistic = undefined
    if (!connection.amChoking && !connection.isClosed) this.#choke(connection)
    const next = this.#waiting()[0]
    if (next !== undefined && this.#unchokedCount() < this.#slots) this.#unchoke(next)
  }

  /** Called once a second. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextRoundAtMs) return
    this.#nextRoundAtMs = nowMs + ROUND_MS
    this.#round++
    this.#slots = slotsFor(this.#uploadBps())
    const wanting = [...this.#parts.connections].filter((c) => c.isHandshaken && c.peerInterested)
    if (wanting.length <= this.#slots) {
      for (const connection of wanting) if (connection.amChoking) this.#unchoke(connection)
      return
    }
    const rank = this.#parts.isSeeding()
      ? (c: Connection): number => c.uploadMeter.bps
      : (c: Connection): number => c.downloadMeter.bps
    wanting.sort((a, b) => rank(b) - rank(a))
    const keep = new Set(wanting.slice(0, this.#slots - 1))
    this.#chooseOptimistic(wanting.filter((c) => !keep.has(c)))
    if (this.#optimistic !== undefined) keep.add(this.#optimistic)
    for (const connection of wanting) {
      if (keep.has(connection) && connection.amChoking) this.#unchoke(connection)
      if (!keep.has(connection) && !connection.amChoking) this.#choke(connection)
    }
  }

  #chooseOptimistic(rest: readonly Connection[]): void {
    const isDue = this.#round % OPTIMISTIC_ROUNDS === 0
    if (this.#optimistic !== undefined && !isDue && rest.includes(this.#optimistic)) return
    this.#optimistic = rest[randomBelow(this.#parts.random, Math.max(1, rest.length))]
  }

  #waiting(): Connection[] {
    return [...this.#parts.connections].filter((c) => c.isHandshaken && c.peerInterested && c.amChoking && !c.isClosed)
  }

  #uploadBps(): number {
    let bps = 0
    for (const connection of this.#parts.connections) bps += connection.uploadMeter.bps
    return bps
  }

  #unchokedCount(): number {
    let count = 0
    for (const connection of this.#parts.connections) if (!connection.amChoking && !connection.isClosed) count++
    return count
  }

  #unchoke(connection: Connection): void {
    connection.amChoking = false
    connection.encoder.unchoke()
    this.#parts.connections.flushSoon(connection)
  }

  #choke(connection: Connection): void {
    connection.amChoking = true
    connection.encoder.choke()
    this.#parts.uploader.choke(connection)
    this.#parts.connections.flushSoon(connection)
  }
}

/** The old rule of the field, the root of 0.6 x KB/s: each peer gets enough, and there is enough for all the line. */
function slotsFor(uploadBps: number): number {
  return Math.min(Math.max(Math.round(Math.sqrt((0.6 * uploadBps) / 1000)), MIN_SLOTS), MAX_SLOTS)
}
