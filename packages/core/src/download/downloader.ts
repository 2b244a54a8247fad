// What peers are asked for, what becomes of requests that nobody answers, who is cancelled. How many blocks a peer is asked
// for is in request-allowance.ts, where those go that come back in block-intake.ts.
//
// Invariant: room for a block is reserved before it is requested, so a requested block always has a place.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { BlockId, BlockSpan, CcbtError, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'

import { dropped, violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { Blame } from './blame.ts'
import { BlockIntake } from './block-intake.ts'
import type { ConnectionTable } from '../swarm/connection-table.ts'
import { RequestAllowance } from './request-allowance.ts'
import type { WebSeeds } from './web-seeds/web-seeds.ts'

/** A peer that has sent nothing for so long while requests are open is snubbed. */
const SNUB_MS = 20_000
/** Blocks and rejects that answer nothing, before the connection is closed. */
const MAX_UNREQUESTED = 50
/** Rejects in a row of a peer that lets us download: a whole window, twice. Each is answered with another request. */
const MAX_REJECTED = 1024

/** Blocks that each peer is asked for before the next one's turn comes when somebody waits. */
const HURRIED_BLOCKS = 4

/** What a downloader works with and tells. */
export interface DownloaderParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: PieceStore
  readonly connections: ConnectionTable
  readonly blame: Blame
  readonly clock: Clock
  readonly onVerified: (piece: PieceIndex) => void
  readonly onCorrupt: (piece: PieceIndex) => void
  readonly onDiskFailed: (error: CcbtError) => void
  readonly onPayload: (bytes: number) => void
  readonly webSeeds: () => Pick<WebSeeds, 'isReceiving' | 'fill'>
}

/** The downloading half of a live torrent. */
export class Downloader {
  readonly intake: BlockIntake
  readonly #parts: DownloaderParts
  readonly #picked = new Uint32Array(512)
  readonly #span: BlockSpan
  readonly #allowance: RequestAllowance
  #isStopped = false
  #stopWritable: () => void

  constructor(parts: DownloaderParts) {
    this.#parts = parts
    this.intake = new BlockIntake({ ...parts, cancel: (slot, block) => this.#cancel(slot, block) })
    this.#allowance = new RequestAllowance(parts)
    this.#span = { piece: 0 as PieceIndex, begin: 0, length: 0 }
    this.#stopWritable = parts.store.onWritable(() => this.#writable())
  }

  /** Takes no more blocks; pieces that are being written finish by themselves. */
  stop(): void {
    this.#isStopped = true
    this.intake.stop()
    this.#stopWritable()
  }

  /** Asks for as many blocks as the connection's window has room for. */
  refill(connection: Connection): void {
    this.#ask(connection, this.#picked.length)
  }

  /** Asks for at most so many blocks; returns how many. */
  #ask(connection: Connection, most: number): number {
    if (!connection.amInterested || this.#isStopped) return 0
    const nowMs = this.#parts.clock.now()
    const more = this.#allowance.more(connection, nowMs)
    if (more === 0) return 0
    if (this.#parts.picker.outstanding(connection.slot) === 0) connection.lastBlockAtMs = nowMs
    const count = this.#pick(connection, Math.min(more, most))
    let asked = 0
    while (asked < count && this.#request(connection, this.#picked[asked] as BlockId)) asked++
    this.#giveBack(connection, asked, count)
    if (asked > 0) connection.window.onRequest(this.#picked[0]!, nowMs)
    return asked
  }

  /** The peer took its permission away; with the fast extension it rejects each request itself. */
  choked(connection: Connection): void {
    if (connection.hasFast) return
    this.#releaseAll(connection)
  }

  rejected(connection: Connection, piece: number, begin: number, length: number): void {
    const block = this.#parts.layout.block(piece, begin, length)
    if (block === undefined || !this.#parts.picker.isRequestedFrom(connection.slot, block)) {
      // BEP 6: a peer answers a cancel with a reject, or with the block that was on its way.
      if (connection.takenBack > 0) connection.takenBack--
      else this.#countUnrequested(connection)
      return
    }
    this.#parts.picker.released(connection.slot, block)
    connection.allowedFast.delete(piece as PieceIndex)
    if (!connection.peerChoking && ++connection.rejected > MAX_REJECTED) throw dropped('rejects everything')
  }

  /** Where an arriving block goes; undefined = it is skipped. */
  blockBegin(connection: Connection, piece: number, begin: number, length: number): Uint8Array | undefined {
    const block = this.#parts.layout.block(piece, begin, length)
    if (block === undefined) throw violated('sent a block that is not one')
    return this.intake.begin(connection, block, begin, length)
  }

  /** All bytes of the block that began have arrived. */
  blockEnd(connection: Connection, begin: number, length: number): void {
    const block = connection.receiving as BlockId
    connection.lastBlockAtMs = this.#parts.clock.now()
    connection.rejected = 0
    connection.downloadMeter.add(length)
    const isRequested = this.#parts.picker.isRequestedFrom(connection.slot, block)
    if (isRequested) connection.window.onBlock(block, connection.lastBlockAtMs)
    if (this.intake.end(connection, begin, length) === 'unrequested') this.#countUnrequested(connection)
  }

  /** The connection has ended: what it was asked for is free again. */
  gone(connection: Connection): void {
    this.intake.gone(connection)
  }

  /** Once a second for each connection: silent peers lose their requests. */
  tick(connection: Connection, nowMs: number): void {
    if (this.#parts.picker.outstanding(connection.slot) === 0) return
    if (nowMs - connection.lastBlockAtMs < SNUB_MS) return
    connection.window.snub()
    this.#releaseAll(connection)
    connection.lastBlockAtMs = nowMs
  }

  /**
   * Once a second for the torrent while there is no memory: gives up pieces of which nothing has come and nobody is
   * asked any more; else, when nobody sends any of the partial pieces that hold it all, the one that costs least.
   */
  relieve(): void {
    if (!this.intake.isStarved || this.#isStopped) return
    const { picker } = this.#parts
    if (this.#freeIdle() === 0 && !this.#isAnythingAsked()) {
      const piece = picker.abandonable()
      if (piece === undefined) return
      this.intake.waste.duplicate += picker.abandon(piece) * BLOCK_LENGTH
      this.intake.abandon(piece)
    }
    this.#writable()
  }

  /** Gives up the partial pieces that are wanted no longer: they bind memory. */
  dropUnwanted(): void {
    const { picker, connections } = this.#parts
    for (const piece of this.intake.reserved) {
      if (picker.priority(piece) > 0) continue
      for (const connection of connections) if (connection.isAdded) this.#cancelPiece(connection, piece)
      this.intake.waste.duplicate += picker.abandon(piece) * BLOCK_LENGTH
      this.intake.abandon(piece)
    }
  }

  /** These pieces are needed at once: what was asked for of others is taken back, and peers are asked a few blocks each in turn. */
  hurry(pieces: ReadonlySet<PieceIndex>): void {
    const { connections } = this.#parts
    const others = [...this.intake.reserved].filter((piece) => !pieces.has(piece))
    for (const connection of connections) {
      if (!connection.isAdded) continue
      for (const piece of others) this.#cancelPiece(connection, piece)
    }
    this.#freeIdle()
    for (let isAsked = true; isAsked;) {
      isAsked = false
      for (const connection of connections) if (this.#ask(connection, HURRIED_BLOCKS) > 0) isAsked = true
    }
    for (const connection of connections) connections.flushSoon(connection)
  }

  /** Gives up the memory of pieces of which nothing has come and nobody is asked any more; returns how many. */
  #freeIdle(): number {
    const { picker, layout } = this.#parts
    const senders = new Uint16Array(layout.blocksPerPiece)
    const idle = [...this.intake.reserved].filter((piece) => picker.contributors(piece, senders) === 0)
    for (const piece of idle) this.intake.abandon(piece)
    return idle.length
  }

  #cancelPiece({ slot }: Connection, piece: PieceIndex): void {
    const { picker, layout } = this.#parts
    const first: number = layout.firstBlock(piece)
    for (let n = 0; n < layout.blocksIn(piece); n++) {
      const block = (first + n) as BlockId
      if (picker.isRequestedFrom(slot, block)) this.#cancel(slot, block)
    }
  }

  #isAnythingAsked(): boolean {
    for (const { slot, isAdded } of this.#parts.connections) {
      if (isAdded && this.#parts.picker.outstanding(slot) > 0) return true
    }
    return this.#parts.webSeeds().isReceiving
  }

  #pick(connection: Connection, want: number): number {
    const { picker } = this.#parts
    if (!connection.peerChoking) return picker.pick(connection.slot, want, this.#picked)
    if (connection.allowedFast.size === 0) return 0
    return picker.pickAmong(connection.slot, connection.allowedFast, want, this.#picked)
  }

  #request(connection: Connection, block: BlockId): boolean {
    const { piece, begin, length } = this.#parts.layout.blockSpan(block, this.#span)
    if (!this.intake.reserve(piece, begin)) return false
    connection.encoder.request(piece, begin, length)
    return true
  }

  /** The write budget is spent: picked blocks from index `from` on go back until the disk has caught up. */
  #giveBack(connection: Connection, from: number, count: number): void {
    for (let i = from; i < count; i++) this.#parts.picker.released(connection.slot, this.#picked[i] as BlockId)
  }

  #writable(): void {
    if (!this.intake.isStarved || this.#isStopped) return
    this.intake.isStarved = false
    for (const connection of this.#parts.connections) {
      this.refill(connection)
      connection.flush()
    }
  }

  #cancel(slot: number, block: BlockId): void {
    const other = this.#parts.connections.bySlot(slot)
    if (other === undefined) return
    const { piece, begin, length } = this.#parts.layout.blockSpan(block, this.#span)
    this.#parts.picker.released(other.slot, block)
    other.takenBack++
    other.encoder.cancel(piece, begin, length)
    this.#parts.connections.flushSoon(other)
  }

  #releaseAll(connection: Connection): void {
    connection.takenBack += this.#parts.picker.outstanding(connection.slot)
    this.#parts.picker.releasedAll(connection.slot)
    // Those that send come first: silent peers would pass the last block round among themselves for ever.
    for (const isSnubbed of [false, true]) {
      if (isSnubbed) this.#parts.webSeeds().fill()
      for (const other of this.#parts.connections) {
        if (other === connection || other.isClosed || other.window.isSnubbed !== isSnubbed) continue
        this.refill(other)
        this.#parts.connections.flushSoon(other)
      }
    }
  }

  #countUnrequested(connection: Connection): void {
    if (++connection.unrequested > MAX_UNREQUESTED) throw violated('keeps sending what was not requested')
  }
}
