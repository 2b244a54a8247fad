// The hash messages of a torrent's peers (BEP 52): what they ask of us, and what we ask of them after a bad piece. Peers
// of a v1 torrent have nothing to ask: they get a reject.

import type { CcbtError, Clock, HashRange, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'

import { violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import { LeafFinder } from './leaf-finder.ts'
import type { LeafFinderParts } from './leaf-finder.ts'
import type { PieceTrees } from './piece-trees.ts'
import { HashServer } from './serve.ts'

/** Hashes and rejects that answer nothing, before the connection is closed: answers may come late. */
const MAX_UNREQUESTED = 64

/** What an exchange works with and tells. */
export interface HashExchangeParts {
  readonly trees: PieceTrees
  readonly clock: Clock
  readonly store: Pick<PieceStore, 'leaves'>
  readonly picker: PiecePicker
  readonly connections: Iterable<Connection>
  readonly onFound: LeafFinderParts<Connection>['onFound']
  readonly onNotFound: LeafFinderParts<Connection>['onNotFound']
  readonly onReadFailed: (error: CcbtError) => void
}

/** Takes the hash messages of a v2 or hybrid torrent. */
export class HashExchange {
  readonly leaves: LeafFinder<Connection>
  readonly #parts: HashExchangeParts
  readonly #server: HashServer<Connection>
  readonly #unrequested = new WeakMap<Connection, number>()

  constructor(parts: HashExchangeParts) {
    this.#parts = parts
    const flush = (connection: Connection): void => connection.flush()
    this.leaves = new LeafFinder({ ...parts, askable: (piece) => this.#askable(piece), flush })
    this.#server = new HashServer({ ...parts, hasPiece: (piece) => parts.picker.have.has(piece), flush })
  }

  /** `range` is valid until this returns, here and below. */
  requested(connection: Connection, range: HashRange): void {
    this.#server.requested(connection, range)
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  received(connection: Connection, range: HashRange, hashes: Uint8Array): void {
    const verdict = this.leaves.received(connection, range, hashes)
    if (verdict === 'invalid') throw violated('sent hashes that prove nothing')
    if (verdict === 'unrequested') this.#countUnrequested(connection)
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  rejected(connection: Connection, range: HashRange): void {
    if (this.leaves.rejected(connection, range) === 'unrequested') this.#countUnrequested(connection)
  }

  stop(): void {
    this.#server.stop()
  }

  /** Whether a peer is there that may be asked for the hashes of a piece's blocks. */
  canAsk(piece: PieceIndex): boolean {
    return this.#askable(piece).length > 0
  }

  #askable(piece: PieceIndex): Connection[] {
    const { connections, picker } = this.#parts
    return Array.from(connections).filter(
      ({ hasV2, isAdded, isClosed, slot }) => hasV2 && isAdded && !isClosed && picker.hasPiece(slot, piece),
    )
  }

  #countUnrequested(connection: Connection): void {
    const count = (this.#unrequested.get(connection) ?? 0) + 1
    if (count > MAX_UNREQUESTED) throw violated('keeps sending hashes that were not requested')
    this.#unrequested.set(connection, count)
  }
}
