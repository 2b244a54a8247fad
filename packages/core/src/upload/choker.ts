// Who may download from us. Every few seconds those who want to are judged by a policy, from figures that are kept here;
// in between a free slot is given at once.

import type { Clock, Random } from '@ccbt/primitives'

import type { Connection } from '../peer/connection.ts'
import { reliabilityOf } from '../peer/peer-scores.ts'
import type { ChokeCandidate, ChokingPolicy } from './choking-policy.ts'
import type { ConnectionTable } from '../swarm/connection-table.ts'
import type { Uploader } from './uploader.ts'

/** Slots before the first round. */
const FIRST_SLOTS = 8

/** What a choker works with. */
export interface ChokerParts {
  readonly connections: ConnectionTable
  readonly uploader: Pick<Uploader, 'choke'>
  readonly clock: Clock
  readonly random: Random
  readonly isSeeding: () => boolean
  readonly policy: ChokingPolicy
  readonly pieceLength: number
  /** 0 = none. */
  readonly uploadLimitBps: () => number
  /** Absent = as many as suit. */
  readonly fixedSlots: number | undefined
}

/** What is kept of a peer that has wanted something. */
class Figures implements ChokeCandidate {
  readonly connection: Connection
  isOptimistic = false
  receivedBytes = 0
  sentBytes = 0
  recentlyReceivedBytes = 0
  unchokedAtMs = Number.NEGATIVE_INFINITY
  optimisticAtMs = Number.NEGATIVE_INFINITY
  #receivedTotal = 0
  #sentTotal = 0
  #sentAtUnchoke = 0

  constructor(connection: Connection) {
    this.connection = connection
  }

  get isUnchoked(): boolean {
    return !this.connection.amChoking
  }

  get isSnubbed(): boolean {
    return this.connection.window.isSnubbed
  }

  get reliability(): number {
    return reliabilityOf(this.connection)
  }

  get sentSinceUnchokedBytes(): number {
    return this.connection.uploadMeter.total - this.#sentAtUnchoke
  }

  closeRound(): void {
    const { downloadMeter, uploadMeter } = this.connection
    this.receivedBytes = downloadMeter.total - this.#receivedTotal
    this.sentBytes = uploadMeter.total - this.#sentTotal
    this.recentlyReceivedBytes = this.receivedBytes + this.recentlyReceivedBytes / 2
    this.#receivedTotal = downloadMeter.total
    this.#sentTotal = uploadMeter.total
  }

  unchoked(nowMs: number): void {
    this.unchokedAtMs = nowMs
    this.#sentAtUnchoke = this.connection.uploadMeter.total
  }
}

/** Gives upload slots to the peers of one torrent. */
export class Choker {
  readonly #parts: ChokerParts
  /** Of all open connections whose peers have ever been interested. */
  readonly #figures = new Map<Connection, Figures>()
  #slots: number
  #unchoked = 0
  #roundAtMs: number

  constructor(parts: ChokerParts) {
    this.#parts = parts
    this.#slots = parts.fixedSlots ?? FIRST_SLOTS
    this.#roundAtMs = parts.clock.now()
  }

  /** The peer wants data: it gets a slot at once when one is free. */
  interested(connection: Connection): void {
    let figures = this.#figures.get(connection)
    if (figures === undefined) this.#figures.set(connection, (figures = new Figures(connection)))
    if (connection.amChoking && this.#unchoked < this.#slots) this.#try(figures)
  }

  /** The peer wants nothing any more, or is gone: its slot goes to another. */
  released(connection: Connection): void {
    const figures = this.#figures.get(connection)
    if (figures === undefined) return
    if (!connection.amChoking) this.#choke(figures)
    if (connection.isClosed) this.#figures.delete(connection)
    if (this.#unchoked < this.#slots) this.#unchokeNext()
  }

  /** Called once a second. */
  tick(nowMs: number): void {
    const { policy, random } = this.#parts
    const elapsedMs = nowMs - this.#roundAtMs
    if (elapsedMs < policy.roundMs) return
    this.#roundAtMs = nowMs
    for (const figures of this.#figures.values()) figures.closeRound()
    const choice = policy.choose({
      nowMs,
      elapsedMs,
      candidates: this.#wanting(),
      isSeeding: this.#parts.isSeeding(),
      pieceLength: this.#parts.pieceLength,
      uploadLimitBps: this.#parts.uploadLimitBps(),
      slots: this.#slots,
      fixedSlots: this.#parts.fixedSlots,
      random,
    })
    this.#slots = choice.slots
    this.#follow(new Set(choice.earned), new Set(choice.optimistic))
  }

  #follow(earned: ReadonlySet<Figures>, optimistic: ReadonlySet<Figures>): void {
    const { policy, clock } = this.#parts
    const nowMs = clock.now()
    // First those who lose a slot: never are more unchoked than there are slots.
    for (const figures of this.#figures.values()) {
      if (figures.isUnchoked && !earned.has(figures) && !optimistic.has(figures)) this.#choke(figures)
    }
    for (const figures of earned) {
      figures.isOptimistic = false
      if (!figures.isUnchoked) this.#unchoke(figures)
    }
    for (const figures of optimistic) {
      if (!figures.isUnchoked) this.#unchoke(figures)
      if (!figures.isOptimistic || nowMs - figures.optimisticAtMs >= policy.optimisticMs) figures.optimisticAtMs = nowMs
      figures.isOptimistic = true
    }
  }

  #wanting(): Figures[] {
    return Array.from(this.#figures.values()).filter(({ connection }) => connection.peerInterested)
  }

  /** Who has waited longest gets the slot that is free. */
  #unchokeNext(): void {
    let next: Figures | undefined
    for (const figures of this.#figures.values()) {
      if (figures.isUnchoked || !figures.connection.peerInterested) continue
      if (next === undefined || figures.unchokedAtMs < next.unchokedAtMs) next = figures
    }
    if (next !== undefined) this.#try(next)
  }

  /** It gets a free slot, and as much time as everybody to show what it gives: the next round may come in a moment. */
  #try(figures: Figures): void {
    this.#unchoke(figures)
    figures.isOptimistic = true
    figures.optimisticAtMs = figures.unchokedAtMs
  }

  #unchoke(figures: Figures): void {
    const { connection } = figures
    this.#unchoked++
    connection.amChoking = false
    connection.encoder.unchoke()
    figures.unchoked(this.#parts.clock.now())
    this.#parts.connections.flushSoon(connection)
  }

  #choke(figures: Figures): void {
    const { connection } = figures
    this.#unchoked--
    figures.isOptimistic = false
    connection.amChoking = true
    if (connection.isClosed) return
    connection.encoder.choke()
    this.#parts.uploader.choke(connection)
    this.#parts.connections.flushSoon(connection)
  }
}
