// Seeding for the first time (BEP 16): we pretend to have nothing and show each peer one piece at a time, so that each
// piece leaves us about once and the peers have something to give each other. The next one is shown when another peer
// was seen to have the last, because then the first has passed it on.

import { Bitfield, randomBelow } from '@ccbt/primitives'
import type { Clock, Layout, PieceIndex, Random } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { Connection } from '../peer/connection.ts'
import type { ConnectionTable } from '../swarm/connection-table.ts'

/**
 * Pieces that are shown at the same time at least, over all peers. With fewer our line is idle while few peers pass
 * them on; with two for each of eight peers, a fifth more is sent twice.
 */
const MIN_OFFERS = 4
/** A peer that wants nothing of what it was shown, or that nobody takes it from, is shown more. */
const PATIENCE_MS = 30_000

/** What {@link SuperSeed} works with. */
export interface SuperSeedParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly connections: ConnectionTable
  readonly clock: Clock
  readonly random: Random
}

/** A piece that was shown to a peer and is not spread yet. */
interface Offer {
  readonly atMs: number
  /** Other peers that had it then. */
  readonly others: number
  sentBytes: number
}

/** What one peer knows of our pieces. */
interface Share {
  readonly shown: Bitfield
  readonly open: Map<PieceIndex, Offer>
  /** Got from us; many clients do not tell that to whom they got it from. */
  readonly silent: Set<PieceIndex>
  /** It has or was shown every piece: there is nothing to look for any more. */
  isSpent: boolean
}

/** Decides which piece each peer of one torrent is shown. */
export class SuperSeed {
  readonly #parts: SuperSeedParts
  readonly #shares = new Map<Connection, Share>()
  /** By piece: to how many peers it is an open offer. */
  readonly #offered: Uint16Array
  /** By piece: how many peers got it from us and did not say so. */
  readonly #silent: Uint16Array

  constructor(parts: SuperSeedParts) {
    this.#parts = parts
    this.#offered = new Uint16Array(parts.layout.pieces)
    this.#silent = new Uint16Array(parts.layout.pieces)
  }

  /** A peer has said hello; its first piece waits until it has told what it has, at most until the next tick. */
  joined(connection: Connection): void {
    const shown = new Bitfield(this.#parts.layout.pieces)
    this.#shares.set(connection, { shown, open: new Map(), silent: new Set(), isSpent: false })
  }

  left(connection: Connection): void {
    const share = this.#shares.get(connection)
    if (share === undefined) return
    for (const piece of share.open.keys()) this.#offered[piece]!--
    for (const piece of share.silent) this.#silent[piece]!--
    this.#shares.delete(connection)
  }

  /** Whether the peer may ask for this piece. */
  isShown(connection: Connection, piece: PieceIndex): boolean {
    return this.#shares.get(connection)?.shown.has(piece) ?? false
  }

  /** A peer says that it has one more piece. */
  peerHas(connection: Connection, piece: PieceIndex): void {
    if (this.#shares.get(connection)?.silent.delete(piece) === true) this.#silent[piece]!--
    this.#spread(piece)
  }

  /** A peer was sent a block. */
  sent(connection: Connection, piece: PieceIndex, bytes: number): void {
    const share = this.#shares.get(connection)
    const offer = share?.open.get(piece)
    if (share === undefined || offer === undefined) return
    offer.sentBytes += bytes
    if (offer.sentBytes < this.#parts.layout.pieceLength(piece) || this.#has(connection, piece)) return
    share.silent.add(piece)
    this.#silent[piece]!++
    this.#spread(piece)
  }

  /** A peer has told all that it has: it can be shown its first piece. */
  told(connection: Connection): void {
    const share = this.#shares.get(connection)
    if (share !== undefined) this.#update(connection, share, this.#parts.clock.now())
  }

  /** Called once a second. */
  tick(): void {
    const nowMs = this.#parts.clock.now()
    for (const [connection, share] of this.#shares) this.#update(connection, share, nowMs)
  }

  /** One more has the piece: who was shown it may be due for the next. */
  #spread(piece: PieceIndex): void {
    const nowMs = this.#parts.clock.now()
    for (const [connection, share] of this.#shares) {
      if (share.open.has(piece)) this.#update(connection, share, nowMs)
    }
  }

  #update(connection: Connection, share: Share, nowMs: number): void {
    const { open, shown } = share
    for (const [piece, offer] of open) {
      if (!this.#isSpread(connection, piece, offer) && !isStale(connection, offer, nowMs)) continue
      open.delete(piece)
      this.#offered[piece]!--
    }
    const most = Math.ceil(MIN_OFFERS / this.#shares.size)
    while (open.size < most && !share.isSpent) {
      const piece = this.#choose(connection, shown)
      if (piece === undefined) {
        share.isSpent = true
        return
      }
      open.set(piece, { atMs: nowMs, others: this.#othersWith(connection, piece), sentBytes: 0 })
      this.#offered[piece]!++
      shown.set(piece)
      connection.encoder.have(piece)
      this.#parts.connections.flushSoon(connection)
    }
  }

  /** Somebody else got it since; or the peer has it and there is nobody else who lacks it. */
  #isSpread(connection: Connection, piece: PieceIndex, offer: Offer): boolean {
    const others = this.#othersWith(connection, piece)
    if (others > offer.others) return true
    return this.#has(connection, piece) && others >= this.#shares.size - 1
  }

  #othersWith(connection: Connection, piece: PieceIndex): number {
    return this.#copies(piece) - (this.#has(connection, piece) ? 1 : 0)
  }

  /** Peers that have it. */
  #copies(piece: PieceIndex): number {
    return this.#parts.picker.availability(piece) + this.#silent[piece]!
  }

  #has(connection: Connection, piece: PieceIndex): boolean {
    if (this.#parts.picker.hasPiece(connection.slot, piece)) return true
    return this.#shares.get(connection)?.silent.has(piece) ?? false
  }

  /** Of what the peer lacks, the piece that the fewest have or will have; one of them at random. */
  #choose({ slot }: Connection, shown: Bitfield): PieceIndex | undefined {
    const { layout, picker, random } = this.#parts
    const start = randomBelow(random, layout.pieces)
    let best: PieceIndex | undefined
    let fewest = Infinity
    for (let n = 0; n < layout.pieces && fewest > 0; n++) {
      const piece = ((start + n) % layout.pieces) as PieceIndex
      const copies = this.#copies(piece) + this.#offered[piece]!
      if (copies >= fewest || shown.has(piece) || picker.hasPiece(slot, piece)) continue
      best = piece
      fewest = copies
    }
    return best
  }
}

/** Choked peers that want it are not late: it is their turn later. */
function isStale({ amChoking, peerInterested, uploads }: Connection, { atMs }: Offer, nowMs: number): boolean {
  return nowMs - atMs >= PATIENCE_MS && uploads.length === 0 && !(amChoking && peerInterested)
}
