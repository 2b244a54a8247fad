// The picker's contract, written the slow and obvious way: plain sets and loops over everything. It does not pick; it
// judges each picked block, and predicts every other answer.

import type { BlockId, Layout, PeerSlot } from '@ccbt/primitives'
import { NO_SLOT } from '../src/index.ts'
import type { Strategy } from '../src/index.ts'

interface NaivePiece {
  /** By block: who delivered it, or nobody. */
  delivered: Map<number, PeerSlot>
  asked: Map<number, Set<PeerSlot>>
  /** undefined = everyone; 'next' = the next one that picks. */
  exclusive: PeerSlot | 'next' | undefined
}

interface NaivePeer {
  pieces: Set<number>
  late: number
}

export interface NaiveOptions {
  layout: Layout
  randomFirst: number
  copies: number
}

export class NaiveModel {
  readonly peers = new Map<PeerSlot, NaivePeer>()
  readonly have = new Set<number>()
  readonly open = new Map<number, NaivePiece>()
  readonly held = new Set<number>()
  readonly priorities: number[]
  strategy: Strategy = 'rarest'
  /** Where round-robin goes on. */
  turn = 0
  /** Pieces that somebody waits for, the first one most; and how many of them a peer leaves to others. */
  urgent: number[] = []
  readonly lead = new Map<PeerSlot, number>()
  canOpen = true
  readonly #o: NaiveOptions

  constructor(o: NaiveOptions) {
    this.#o = o
    this.priorities = Array.from({ length: o.layout.pieces }, () => 4)
  }

  get pieces(): number[] {
    return this.priorities.map((_, piece) => piece)
  }

  isMissing(piece: number): boolean {
    return this.priorities[piece] !== 0 && !this.have.has(piece)
  }

  availability(piece: number): number {
    return [...this.peers.values()].filter((peer) => peer.pieces.has(piece)).length
  }

  freeBlocks(piece: number): number[] {
    const open = this.open.get(piece)
    const all = this.blocksOf(piece)
    return open ? all.filter((b) => !open.delivered.has(b) && (open.asked.get(b)?.size ?? 0) === 0) : all
  }

  blocksOf(piece: number): number[] {
    const { layout } = this.#o
    const index = layout.piece(piece)!
    return Array.from({ length: layout.blocksIn(index) }, (_, n) => layout.firstBlock(index) + n)
  }

  get inEndgame(): boolean {
    if (this.held.size > 0 || this.open.size === 0 || !this.pieces.some((p) => this.isMissing(p))) return false
    return !this.pieces.some((p) => this.isMissing(p) && this.availability(p) > 0 && this.freeBlocks(p).length > 0)
  }

  outstanding(slot: PeerSlot): number {
    let count = 0
    for (const open of this.open.values()) for (const slots of open.asked.values()) if (slots.has(slot)) count++
    return count
  }

  isRequested(slot: PeerSlot, block: number): boolean {
    return this.open.get(this.#pieceOf(block))?.asked.get(block)?.has(slot) ?? false
  }

  /** What is wrong with requesting this block from this peer now; undefined = nothing. Notes the request. */
  judge(slot: PeerSlot, block: number): string | undefined {
    const candidates = this.candidates(slot)
    const verdict = candidates.length > 0 ? this.#judgeFree(slot, block, candidates) : this.#judgeDouble(slot, block)
    this.ask(slot, block)
    return verdict
  }

  ask(slot: PeerSlot, block: number): void {
    const piece = this.#pieceOf(block)
    const open = this.openPiece(piece)
    if (open.exclusive === 'next') open.exclusive = slot
    const slots = open.asked.get(block) ?? new Set()
    open.asked.set(block, slots.add(slot))
  }

  openPiece(piece: number): NaivePiece {
    const open = this.open.get(piece) ?? { delivered: new Map(), asked: new Map(), exclusive: undefined }
    this.open.set(piece, open)
    return open
  }

  /** Pieces with blocks that nobody was asked for and this peer may be. */
  candidates(slot: PeerSlot): number[] {
    return this.pieces.filter((p) => {
      if (!this.isMissing(p) || !this.peers.get(slot)!.pieces.has(p) || this.freeBlocks(p).length === 0) return false
      const open = this.open.get(p)
      if (open === undefined) return this.canOpen && !this.held.has(p)
      return open.exclusive === undefined || open.exclusive === 'next' || open.exclusive === slot
    })
  }

  /** Blocks that may be asked of one more peer in endgame, with the number of those already asked. */
  doubles(slot: PeerSlot): Map<number, number> {
    const out = new Map<number, number>()
    for (const [piece, open] of this.open) {
      if (!this.isMissing(piece) || open.exclusive !== undefined || !this.peers.get(slot)!.pieces.has(piece)) continue
      for (const [block, slots] of open.asked) {
        const may = slots.size > 0 && slots.size < this.#o.copies && !slots.has(slot) && !open.delivered.has(block)
        if (may) out.set(block, slots.size)
      }
    }
    return out
  }

  /** A block arrives. */
  receive(slot: PeerSlot, block: number): string {
    const peer = this.peers.get(slot)
    if (peer === undefined) return 'unrequested'
    const piece = this.#pieceOf(block)
    if (this.isRequested(slot, block)) this.open.get(piece)!.asked.get(block)!.delete(slot)
    else if (peer.late > 0) peer.late--
    else return 'unrequested'
    const mayOpen = this.isMissing(piece) && this.canOpen && !this.held.has(piece)
    if (!this.open.has(piece) && !mayOpen) return 'duplicate'
    const open = this.openPiece(piece)
    const allowed = open.exclusive === undefined || open.exclusive === slot
    if (open.delivered.has(block) || !allowed) return 'duplicate'
    open.delivered.set(block, slot)
    return open.delivered.size === this.blocksOf(piece).length ? 'piece-complete' : 'accepted'
  }

  /** Blocks of an earlier run: no slot stands for who delivered them. */
  restore(piece: number, blocks: number[]): void {
    if (blocks.length === 0 || !this.isMissing(piece) || this.open.has(piece)) return
    const { delivered } = this.openPiece(piece)
    for (const block of blocks) delivered.set(block, NO_SLOT as PeerSlot)
  }

  release(slot: PeerSlot, block: number): void {
    if (!this.isRequested(slot, block)) return
    this.open.get(this.#pieceOf(block))!.asked.get(block)!.delete(slot)
    this.peers.get(slot)!.late++
    this.#closeIfIdle(this.#pieceOf(block))
  }

  releaseAll(slot: PeerSlot): void {
    for (const [piece, open] of new Map(this.open)) {
      for (const block of this.blocksOf(piece)) this.release(slot, block)
      if (open.exclusive === slot) this.#restart(piece, 'next')
    }
  }

  removePeer(slot: PeerSlot): void {
    this.releaseAll(slot)
    this.peers.delete(slot)
  }

  setPieces(slot: PeerSlot, pieces: Iterable<number>): void {
    const peer = this.peers.get(slot)!
    peer.pieces = new Set(pieces)
    for (const [piece, open] of new Map(this.open)) {
      if (open.exclusive === slot && !peer.pieces.has(piece)) this.#restart(piece, 'next')
    }
  }

  close(piece: number): void {
    const open = this.open.get(piece)
    if (open === undefined) return
    for (const slots of open.asked.values()) for (const slot of slots) this.peers.get(slot)!.late++
    this.open.delete(piece)
  }

  setExclusive(piece: number, slot: PeerSlot | undefined): void {
    if (slot === undefined) {
      const open = this.open.get(piece)
      if (open === undefined) return
      open.exclusive = undefined
      this.#closeIfIdle(piece)
    } else if (this.isMissing(piece) && this.open.get(piece)?.exclusive !== slot) {
      this.#restart(piece, this.peers.get(slot)?.pieces.has(piece) === true ? slot : 'next')
    }
  }

  #restart(piece: number, exclusive: PeerSlot | 'next'): void {
    this.close(piece)
    this.openPiece(piece).exclusive = exclusive
  }

  #closeIfIdle(piece: number): void {
    const open = this.open.get(piece)
    if (open === undefined || open.exclusive !== undefined || open.delivered.size > 0) return
    if ([...open.asked.values()].every((slots) => slots.size === 0)) this.open.delete(piece)
  }

  #judgeFree(slot: PeerSlot, block: number, candidates: number[]): string | undefined {
    const piece = this.#pieceOf(block)
    if (!candidates.includes(piece)) return `piece ${piece} may not be picked`
    if (!this.freeBlocks(piece).includes(block)) return `block ${block} is not free`
    const urgent = this.urgent.slice(this.lead.get(slot) ?? 0).find((p) => candidates.includes(p))
    if (urgent !== undefined)
      return piece === urgent ? undefined : `piece ${piece} before ${urgent}, which is waited for`
    const best = Math.max(...candidates.map((p) => this.priorities[p]!))
    if (this.priorities[piece] !== best) return `priority ${this.priorities[piece]} before ${best}`
    const equals = candidates.filter((p) => this.priorities[p] === best)
    const open = equals.filter((p) => this.open.has(p))
    if (open.length > 0) return this.#judgeOpen(piece, open)
    return this.#judgeNew(piece, equals)
  }

  #judgeOpen(piece: number, open: number[]): string | undefined {
    if (!open.includes(piece)) return 'a new piece before an open one'
    if (this.strategy === 'sequential' && piece !== Math.min(...open)) return `piece ${piece} before a lower open one`
    return undefined
  }

  #judgeNew(piece: number, equals: number[]): string | undefined {
    if (this.strategy === 'sequential') {
      return piece === Math.min(...equals) ? undefined : `piece ${piece} before a lower one`
    }
    if (this.strategy === 'round-robin') {
      const inTurn = equals.find((p) => p >= this.turn) ?? equals[0]
      this.turn = piece + 1
      return piece === inTurn ? undefined : `piece ${piece} before ${inTurn}, whose turn it was`
    }
    if (this.have.size + this.open.size < this.#o.randomFirst) return undefined
    const rarest = Math.min(...equals.map((p) => this.availability(p)))
    return this.availability(piece) === rarest ? undefined : `piece ${piece} before a rarer one`
  }

  #judgeDouble(slot: PeerSlot, block: number): string | undefined {
    if (!this.inEndgame) return `block ${block} asked twice outside endgame`
    const doubles = this.doubles(slot)
    const asked = doubles.get(block)
    if (asked === undefined) return `block ${block} may not be doubled`
    return asked === Math.min(...doubles.values()) ? undefined : `block ${block} is asked of ${asked} already`
  }

  #pieceOf(block: number): number {
    return this.#o.layout.pieceOf(block as BlockId)
  }
}
