// Asks the peers of a v1 torrent what its blocks hash to: its own hashes cover whole pieces, and an older version of a file
// has most blocks of a piece that is wrong. Nothing proves the answers: they say which blocks are worth a try, the piece's
// hash decides.
//
// One question at a time, of as many blocks as fit into an answer; the last answer is kept.

import type { BlockId, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import { MAX_BLOCK_HASHES, XetReject } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import { pause } from '../pause.ts'
import type { Connection } from '../peer/connection.ts'

/** Length of a SHA-256. */
export const BLOCK_HASH_BYTES = 32

/** Peers that one question is put to. */
const MAX_PEERS = 4
/** How long one peer is waited for, and how soon one that was busy is asked again. */
const PATIENCE_MS = 4000
const BUSY_MS = 500

/** What a {@link BlockHashes} works with. */
export interface BlockHashesParts {
  readonly layout: Layout
  readonly clock: Clock
  /** Peers that have the piece and tell the hashes of blocks. */
  readonly askable: (piece: PieceIndex) => Iterable<Connection>
  readonly send: (connection: Connection, message: XetMessage) => void
  /** A number that no open request of a peer has. */
  readonly nextId: () => number
}

/** Hashes of blocks that follow one another. */
interface Told {
  readonly first: number
  readonly hashes: Uint8Array
}

interface Question {
  readonly id: number
  readonly first: number
  readonly count: number
  readonly peer: Connection
  readonly answer: (told: Told | 'busy' | undefined) => void
}

/** The hashes of one torrent's blocks. */
export class BlockHashes {
  readonly #parts: BlockHashesParts
  #open: Question | undefined
  #told: Told | undefined
  readonly #abort = new AbortController()

  constructor(parts: BlockHashesParts) {
    this.#parts = parts
  }

  /**
   * SHA-256 of each block of a piece, 32 bytes each; `undefined` when nobody tells. What is asked for reaches as far as pieces
   * for which `isWanted` holds.
   */
  async of(piece: PieceIndex, isWanted: (piece: PieceIndex) => boolean): Promise<Uint8Array | undefined> {
    const { layout } = this.#parts
    const first = layout.firstBlock(piece)
    const out = new Uint8Array(layout.blocksIn(piece) * BLOCK_HASH_BYTES)
    for (let at = 0; at < out.length;) {
      const told = await this.#from(first + at / BLOCK_HASH_BYTES, isWanted)
      if (told === undefined) return undefined
      const part = told.subarray(0, out.length - at)
      out.set(part, at)
      at += part.length
    }
    return out
  }

  /** Takes an answer. False when it was not asked of this peer. @throws PEER_PROTOCOL_VIOLATED */
  received(connection: Connection, { id, first, hashes }: Extract<XetMessage, { type: 'blocks' }>): boolean {
    const open = this.#open
    if (open?.id !== id || open.peer !== connection) return false
    if (first !== open.first || hashes.length !== open.count * BLOCK_HASH_BYTES) {
      open.answer(undefined)
      throw violated('sent hashes of other blocks than it was asked for')
    }
    open.answer({ first, hashes: hashes.slice() })
    return true
  }

  /** The peer does not tell. False when it was not asked. */
  rejected(connection: Connection, { id, code }: Extract<XetMessage, { type: 'reject' }>): boolean {
    const open = this.#open
    if (open?.id !== id || open.peer !== connection) return false
    open.answer(code === XetReject.busy ? 'busy' : undefined)
    return true
  }

  /** The peer has gone. */
  left(connection: Connection): void {
    if (this.#open?.peer === connection) this.#open.answer(undefined)
  }

  stop(): void {
    this.#abort.abort()
    this.#open?.answer(undefined)
  }

  /** The hashes that are known from this block on. */
  async #from(block: number, isWanted: (piece: PieceIndex) => boolean): Promise<Uint8Array | undefined> {
    const isKnown = ({ first, hashes }: Told): boolean =>
      block >= first && block < first + hashes.length / BLOCK_HASH_BYTES
    if (this.#told === undefined || !isKnown(this.#told)) {
      this.#told = await this.#search(block, this.#reach(block, isWanted))
    }
    return this.#told?.hashes.subarray((block - this.#told.first) * BLOCK_HASH_BYTES)
  }

  /** How many blocks to ask for: to the end of the last piece that is wanted and near enough. */
  #reach(block: number, isWanted: (piece: PieceIndex) => boolean): number {
    const { layout } = this.#parts
    const first = layout.pieceOf(block as BlockId)
    const end = Math.min(block + MAX_BLOCK_HASHES, layout.blocks)
    let last = layout.pieceOf((end - 1) as BlockId)
    while (last > first && !isWanted(last)) last = (last - 1) as PieceIndex
    return Math.min(end, layout.firstBlock(last) + layout.blocksIn(last)) - block
  }

  async #search(first: number, count: number): Promise<Told | undefined> {
    const asked = new Set<Connection>()
    const piece = this.#parts.layout.pieceOf(first as BlockId)
    const isNew = (peer: Connection): boolean => !asked.has(peer)
    while (!this.#abort.signal.aborted && asked.size < MAX_PEERS) {
      const peer = Array.from(this.#parts.askable(piece)).find(isNew)
      if (peer === undefined) return undefined
      asked.add(peer)
      const told = await this.#ask(peer, first, count)
      if (told !== undefined) return told
    }
    return undefined
  }

  /** Puts the question to one peer, again when it is busy. */
  async #ask(peer: Connection, first: number, count: number): Promise<Told | undefined> {
    const { clock } = this.#parts
    const { signal } = this.#abort
    const untilMs = clock.now() + PATIENCE_MS
    let told = await this.#askOnce(peer, first, count)
    while (told === 'busy' && clock.now() < untilMs && !signal.aborted && !peer.isClosed) {
      await pause(clock, BUSY_MS, signal)
      told = await this.#askOnce(peer, first, count)
    }
    return told === 'busy' ? undefined : told
  }

  async #askOnce(peer: Connection, first: number, count: number): Promise<Told | 'busy' | undefined> {
    const { clock, nextId, send } = this.#parts
    if (this.#abort.signal.aborted) return undefined
    const { promise, resolve } = Promise.withResolvers<Told | 'busy' | undefined>()
    const cancel = clock.after(PATIENCE_MS, () => resolve(undefined))
    this.#open = { id: nextId(), first, count, peer, answer: resolve }
    send(peer, { type: 'blocks-get', id: this.#open.id, first, count })
    const told = await promise
    cancel()
    this.#open = undefined
    return told
  }
}
