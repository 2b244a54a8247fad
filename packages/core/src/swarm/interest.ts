// What the peers have, and what we say about it: our interest in each, our new pieces to all. Ends connections that are
// of no use to either side.

import type { Bitfield, Layout, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

import { dropped, violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { SuperSeed } from '../upload/super-seed.ts'

/** What {@link Interest} works with. */
export interface InterestParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly connections: ConnectionTable
  /** There when nobody is to know at once what we have. */
  readonly superSeed: SuperSeed | undefined
}

/** The pieces of the peers of one torrent. */
export class Interest {
  readonly #parts: InterestParts

  constructor(parts: InterestParts) {
    this.#parts = parts
  }

  /** Tells a new connection what we have. */
  introduce(connection: Connection): void {
    const { superSeed, picker } = this.#parts
    const { have } = picker
    const { encoder } = connection
    const showsNothing = have.isEmpty || superSeed !== undefined
    superSeed?.joined(connection)
    if (connection.isGreeted && showsNothing) return
    if (connection.hasFast && showsNothing) encoder.haveNone()
    else if (connection.hasFast && have.isFull && !connection.isGreeted) encoder.haveAll()
    else if (!showsNothing) encoder.bitfield(have.bytes)
  }

  peerHas(connection: Connection, n: number): void {
    const piece = this.#parts.layout.piece(n)
    if (piece === undefined) throw violated(`has piece ${n}, which does not exist`)
    if (this.#parts.picker.peerHas(connection.slot, piece) && !connection.amInterested) this.update(connection)
    if (this.#isSeed(connection)) this.#changed(connection)
    this.#parts.superSeed?.peerHas(connection, piece)
  }

  peerHasThese(connection: Connection, pieces: Bitfield): void {
    this.#parts.picker.peerBitfield(connection.slot, pieces)
    this.#changed(connection)
  }

  peerHasAll(connection: Connection): void {
    this.#parts.picker.peerHasAll(connection.slot)
    this.#changed(connection)
  }

  peerHasNone(connection: Connection): void {
    this.#parts.picker.peerHasNone(connection.slot)
    this.#parts.superSeed?.told(connection)
  }

  /** We have one more piece: those that lack it, and seeds, are told. */
  weHave(piece: PieceIndex): void {
    const { connections, picker } = this.#parts
    for (const connection of connections) {
      if (!connection.isHandshaken) continue
      // Seeds show their users how far each peer is. With the last piece they would hang up before it is all saved.
      const isSeed = this.#isSeed(connection) && !picker.isComplete
      if (!picker.hasPiece(connection.slot, piece) || isSeed) {
        connection.encoder.have(piece)
        connections.flushSoon(connection)
      }
      if (connection.amInterested) this.update(connection)
    }
  }

  /** The peer says whether it downloads nothing more (BEP 21). */
  uploadsOnly(connection: Connection, isUploadOnly: boolean): void {
    connection.isUploadOnly = isUploadOnly
    this.#dropIfBothSeed(connection)
  }

  /** Everything wanted is there: peers that have it too are of no use. */
  completed(): void {
    for (const connection of Array.from(this.#parts.connections)) {
      this.update(connection)
      this.#dropIfBothSeed(connection)
    }
  }

  /** Tells the peer when our interest has changed. */
  update(connection: Connection): void {
    if (!connection.isHandshaken || connection.isClosed) return
    const isInteresting = this.#parts.picker.isInteresting(connection.slot)
    if (isInteresting === connection.amInterested) return
    connection.amInterested = isInteresting
    if (isInteresting) connection.encoder.interested()
    else connection.encoder.notInterested()
    this.#parts.connections.flushSoon(connection)
  }

  #changed(connection: Connection): void {
    if (connection.known !== undefined) connection.known.isSeed = this.#isSeed(connection)
    this.update(connection)
    this.#dropIfBothSeed(connection)
    this.#parts.superSeed?.told(connection)
  }

  #dropIfBothSeed(connection: Connection): void {
    if (!connection.isHandshaken || !this.#parts.picker.isComplete) return
    if (this.#isSeed(connection) || connection.isUploadOnly) connection.close(dropped('both are seeds'))
  }

  #isSeed(connection: Connection): boolean {
    return this.#parts.picker.pieceCount(connection.slot) === this.#parts.layout.pieces
  }
}
