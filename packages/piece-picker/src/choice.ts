// Which blocks a peer is asked for: those that somebody waits for, then of the highest priority those of open pieces, then
// those of new ones; when none is left, blocks that others have been asked for.

import type { Clock, Layout, PieceIndex, Random } from '@ccbt/primitives'
import type { Batch } from './batch.ts'
import { bestToContinue, mayContinue } from './continuation.ts'
import { Endgame } from './endgame.ts'
import { GONE } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import type { Peer } from './peer-table.ts'
import type { PieceBook } from './piece-book.ts'
import { findRun, NO_RUN, runFrom } from './run.ts'
import type { Run } from './run.ts'
import { Urgent } from './urgent.ts'
import type { Wants } from './wants.ts'

/** What a {@link Choice} looks at besides the book. */
export interface ChoiceParts {
  readonly layout: Layout
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
  readonly wants: Wants
  /** How many peers a block may be asked of. */
  readonly copies: number
  /** See {@link PickerOptions.canOpen}. */
  readonly canOpen: () => boolean
}

/** Fills batches for peers; what is chosen counts as asked of the peer. */
export class Choice {
  readonly urgent: Urgent = new Urgent()
  readonly endgame: Endgame
  readonly #layout: Layout
  readonly #clock: Pick<Clock, 'now'>
  readonly #wants: Wants
  readonly #canOpen: () => boolean

  constructor(parts: ChoiceParts) {
    this.#layout = parts.layout
    this.#clock = parts.clock
    this.#wants = parts.wants
    this.#canOpen = parts.canOpen
    this.endgame = new Endgame(parts)
  }

  /** Blocks of any pieces. */
  fill(book: PieceBook, peer: Peer, batch: Batch): void {
    this.#takeUrgent(book, peer, batch)
    while (batch.count < batch.want) {
      const open = this.#choose(book, peer)
      if (open === undefined) break
      this.#take(book, open, peer, batch)
    }
    if (batch.count < batch.want && book.inEndgame) this.endgame.duplicate(peer, book.ledger.all, batch)
  }

  /** Free blocks of these pieces. */
  fillAmong(book: PieceBook, pieces: Iterable<PieceIndex>, peer: Peer, batch: Batch): void {
    for (const piece of pieces) {
      if (batch.count === batch.want) break
      if (!peer.pieces.has(piece) || !this.#wants.missing.has(piece)) continue
      const open = book.openIfAllowed(piece)
      if (open?.allows(peer.slot) === true) this.#take(book, open, peer, batch)
    }
  }

  /** All blocks of pieces that follow one another and that nobody has begun. */
  fillRun(book: PieceBook, peer: Peer, batch: Batch): void {
    const most = Math.floor(batch.want / this.#layout.blocksPerPiece)
    if (most === 0) return
    const run = this.#chooseRun(book, peer, most)
    for (let piece = run.first; piece < run.first + run.count && this.#canOpen(); piece++)
      this.#take(book, book.open(piece as PieceIndex), peer, batch)
  }

  /** Blocks of pieces that somebody waits for, and those that are late of them. */
  #takeUrgent(book: PieceBook, peer: Peer, batch: Batch): void {
    const { pieces } = this.urgent
    for (let place = peer.lead; place < pieces.length && batch.count < batch.want; place++) {
      const piece = pieces[place]!
      if (!this.#wants.missing.has(piece) || !peer.pieces.has(piece)) continue
      const open = book.openIfAllowed(piece)
      if (open === undefined) continue
      if (mayContinue(open, peer)) this.#take(book, open, peer, batch)
      else if (peer.lead === 0 && this.urgent.isLate(place, open.askedAtMs, this.#clock.now()))
        this.endgame.rescue(open, peer, batch)
    }
  }

  /** The piece to give a peer blocks of: the highest priority first, then an open one, else a new one is opened. */
  #choose(book: PieceBook, peer: Peer): OpenPiece | undefined {
    const { priorities } = this.#wants
    const { ledger, order } = book
    const topFree = ledger.topFreePriority
    if (topFree > 0 && topFree >= book.frontier.topPriority && order.staysWithPiece) {
      const own = ledger.get(peer.current)
      if (own !== undefined && priorities[own.piece] === topFree && mayContinue(own, peer)) return own
    }
    const open = topFree === 0 ? undefined : bestToContinue(ledger.withFree, peer, { priorities, order })
    if (!this.#canOpen()) return open
    const minPriority = open === undefined ? 1 : priorities[open.piece]! + 1
    const next = this.#layout.piece(order.next(peer, minPriority))
    return next === undefined ? open : book.open(next)
  }

  #chooseRun({ frontier, ledger, order }: PieceBook, peer: Peer, most: number): Run {
    const candidates = { frontier, theirs: peer.pieces, priorities: this.#wants.priorities }
    for (const piece of this.urgent.pieces) {
      const run = runFrom(candidates, piece, most)
      if (run.count > 0) return run
    }
    if (frontier.topPriority < ledger.topFreePriority) return NO_RUN
    return findRun(candidates, { most, isFirst: order.goesByIndex })
  }

  /** Requests free blocks of a piece. */
  #take(book: PieceBook, open: OpenPiece, peer: Peer, batch: Batch): void {
    const before = batch.count
    for (; batch.count < batch.want && open.free > 0; batch.count++) {
      const block = open.nextFree()
      open.ask(block, peer.slot)
      batch.out[batch.count] = open.firstBlock + block
    }
    const taken = batch.count - before
    if (taken === 0) return
    open.askedAtMs = this.#clock.now()
    if (open.exclusive === GONE) open.exclusive = peer.slot
    peer.asked(taken, open.askedAtMs)
    peer.current = open.piece
    book.ledger.refile(open)
  }
}
