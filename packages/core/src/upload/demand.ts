// Who wants what we have. Those who do compete for upload slots; while there is anybody, what was just downloaded is kept in
// memory for them.

import type { PieceStore } from '@ccbt/disk-io'

import type { Connection } from '../peer/connection.ts'
import type { Choker } from './choker.ts'
import type { ConnectionTable } from '../swarm/connection-table.ts'

/** What a {@link Demand} works with. */
export interface DemandParts {
  readonly connections: ConnectionTable
  readonly choker: Pick<Choker, 'interested' | 'released'>
  readonly store: Pick<PieceStore, 'isServing'>
}

/** The interest of the peers of one torrent. */
export class Demand {
  readonly #parts: DemandParts

  constructor(parts: DemandParts) {
    this.#parts = parts
  }

  /** The peer says whether it wants something; however often. */
  said(connection: Connection, isInterested: boolean): void {
    connection.flood.count()
    if (connection.peerInterested === isInterested) return
    connection.peerInterested = isInterested
    if (isInterested) this.#parts.choker.interested(connection)
    else this.#parts.choker.released(connection)
    this.#updateServing()
  }

  /** The connection has ended. */
  left(connection: Connection): void {
    this.#parts.choker.released(connection)
    this.#updateServing()
  }

  #updateServing(): void {
    let isServing = false
    for (const { peerInterested } of this.#parts.connections) isServing ||= peerInterested
    this.#parts.store.isServing = isServing
  }
}
