// Random scripts against the naive model: after every step all answers agree, every picked block is legal, and the
// picker's own counters hold.

import { Bitfield, Layout, seededRandom } from '@ccbt/primitives'
import type { BlockId, PeerSlot, PieceIndex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPicker, NO_SLOT } from '../src/index.ts'
import type { PiecePicker, Priority, Strategy } from '../src/index.ts'
import { hurriedClock } from './fixture.ts'
import { NaiveModel } from './naive-model.ts'

const SLOTS = 5
const COPIES = 3
/** A peer with as many requests under way is asked for no block that another was asked for. */
const BUSY_REQUESTS = 1
/** Scripts per test; more, by the environment, for a long search. */
const RUNS = Number(process.env['RUNS'] ?? 100)

const STRATEGIES: readonly Strategy[] = ['rarest', 'sequential', 'round-robin']

type Step = readonly [op: string, a: number, b: number, c: number]

class Run {
  readonly layout: Layout
  readonly model: NaiveModel
  readonly picker: PiecePicker
  readonly #out = new Uint32Array(64)

  constructor(pieces: number, blocks: number, seed: number) {
    this.layout = new Layout({ totalLength: pieces * blocks * 16_384 - 5000, pieceLength: blocks * 16_384 })
    const randomFirst = seed % 3
    this.model = new NaiveModel({ layout: this.layout, randomFirst, copies: COPIES })
    this.picker = createPicker({
      clock: hurriedClock(),
      layout: this.layout,
      random: seededRandom(seed),
      randomFirst,
      endgameDuplicates: COPIES,
      canOpen: () => this.model.canOpen,
    })
  }

  step([op, a, b, c]: Step): void {
    const slot = (a % SLOTS) as PeerSlot
    const piece = (b % this.layout.pieces) as PieceIndex
    if (this.model.peers.has(slot)) this.#peerStep(op, slot, piece, c)
    else this.#addPeer(slot, c)
    this.#pieceStep(op, slot, piece, c)
    this.check()
  }

  #addPeer(slot: PeerSlot, c: number): void {
    this.model.peers.set(slot, { pieces: new Set(), late: 0 })
    this.picker.peerAdded(slot)
    this.#setPieces(slot, c)
  }

  #setPieces(slot: PeerSlot, c: number): void {
    const kind = c % 4
    const random = seededRandom(c)
    const pieces = this.model.pieces.filter(() => kind === 0 || (kind > 1 && random.u32() % 2 === 0))
    this.model.setPieces(slot, pieces)
    if (kind === 0) this.picker.peerHasAll(slot)
    else if (kind === 1) this.picker.peerHasNone(slot)
    else {
      const bits = new Bitfield(this.layout.pieces)
      for (const piece of pieces) bits.set(piece)
      this.picker.peerBitfield(slot, bits)
    }
  }

  #peerStep(op: string, slot: PeerSlot, piece: PieceIndex, c: number): void {
    const { model, picker } = this
    if (op === 'pick') this.#pick(slot, c % 9)
    else if (op === 'answer') this.#answer(slot, c)
    else if (op === 'stray') this.#receive(slot, (c % this.layout.blocks) as BlockId)
    else if (op === 'has') {
      model.peers.get(slot)!.pieces.add(piece)
      expect(picker.peerHas(slot, piece)).toBe(model.isMissing(piece))
    } else if (op === 'lost') {
      model.setPieces(
        slot,
        [...model.peers.get(slot)!.pieces].filter((p) => p !== piece),
      )
      picker.peerLost(slot, piece)
    } else if (op === 'bitfield') this.#setPieces(slot, c)
    else if (op === 'remove') {
      model.removePeer(slot)
      model.lead.delete(slot)
      picker.peerRemoved(slot)
    } else if (op === 'release') {
      const block = this.#requestOf(slot, c) ?? ((c % this.layout.blocks) as BlockId)
      model.release(slot, block)
      picker.released(slot, block)
    } else if (op === 'choke') {
      model.releaseAll(slot)
      picker.releasedAll(slot)
    } else if (op === 'exclusive') {
      const to = c % 3 === 0 ? undefined : slot
      model.setExclusive(piece, to)
      picker.setExclusive(piece, to)
    } else if (op === 'allowed-fast') this.#pickAmong(slot, piece)
  }

  #pieceStep(op: string, slot: PeerSlot, piece: PieceIndex, c: number): void {
    const { model, picker } = this
    if (op === 'verify' && c % 5 === 0) this.#verify(piece)
    else if (op === 'fail') {
      if (!model.open.has(piece)) model.have.delete(piece)
      model.close(piece)
      picker.failed(piece)
    } else if (op === 'abandon') {
      expect(picker.abandon(piece)).toBe(model.open.get(piece)?.delivered.size ?? 0)
      model.close(piece)
    } else if (op === 'priority') {
      const priority = (c % 4 === 0 ? 0 : c % 8) as Priority
      model.priorities[piece] = priority
      picker.setPriority(piece, priority)
    } else if (op === 'strategy') {
      model.strategy = STRATEGIES[c % STRATEGIES.length]!
      model.turn = 0
      picker.setStrategy(model.strategy)
    } else if (op === 'restore') this.#restore(piece, c)
    else if (op === 'hold') this.#hold(piece, c % 2 === 0)
    else if (op === 'urgent') this.#hurry(c)
    else if (op === 'lead' && model.peers.has(slot)) {
      model.lead.set(slot, c % 3)
      picker.setLead(slot, c % 3)
    } else if (op === 'memory') model.canOpen = c % 3 !== 0
  }

  /** All blocks but one, or fewer. */
  #restore(piece: PieceIndex, c: number): void {
    const blocks = this.model.blocksOf(piece)
    const there = blocks.filter((_, n) => n !== c % blocks.length && (c >> n) % 2 === 0)
    const bits = new Bitfield(blocks.length)
    for (const block of there) bits.set(block - blocks[0]!)
    this.model.restore(piece, there)
    this.picker.restored(piece, bits)
  }

  /** Somebody waits for some pieces, in any order; nothing is late. */
  #hurry(c: number): void {
    const random = seededRandom(c)
    this.model.urgent = Array.from({ length: c % 5 }, () => random.u32() % this.layout.pieces)
    this.picker.setUrgent(this.model.urgent as PieceIndex[], Number.POSITIVE_INFINITY)
  }

  #hold(piece: PieceIndex, isHeld: boolean): void {
    if (isHeld) this.model.held.add(piece)
    else this.model.held.delete(piece)
    this.picker.setHeld(piece, isHeld)
  }

  #verify(piece: PieceIndex): void {
    this.model.close(piece)
    this.model.have.add(piece)
    this.picker.verified(piece)
  }

  #pick(slot: PeerSlot, want: number): void {
    const count = this.picker.pick(slot, want, this.#out)
    expect(count).toBeLessThanOrEqual(want)
    for (const block of this.#out.subarray(0, count)) expect(this.model.judge(slot, block)).toBe(undefined)
    if (count === want) return
    expect(this.model.candidates(slot)).toEqual([])
    const isBusy = this.picker.outstanding(slot) >= BUSY_REQUESTS
    if (this.model.inEndgame && !isBusy) expect([...this.model.doubles(slot)]).toEqual([])
  }

  #pickAmong(slot: PeerSlot, piece: PieceIndex): void {
    const may = this.model.candidates(slot).includes(piece)
    const free = this.model.freeBlocks(piece)
    const count = this.picker.pickAmong(slot, [piece], 2, this.#out)
    expect(count).toBe(may ? Math.min(2, free.length) : 0)
    for (const block of this.#out.subarray(0, count)) {
      expect(free).toContain(block)
      this.model.ask(slot, block)
    }
  }

  #requestOf(slot: PeerSlot, c: number): BlockId | undefined {
    const asked = Array.from({ length: this.layout.blocks }, (_, n) => n as BlockId)
    const mine = asked.filter((block) => this.model.isRequested(slot, block))
    return mine[c % mine.length]
  }

  /** The peer sends some block that it was asked for. */
  #answer(slot: PeerSlot, c: number): void {
    const block = this.#requestOf(slot, c)
    if (block !== undefined) this.#receive(slot, block)
  }

  #receive(slot: PeerSlot, block: BlockId): void {
    const others = this.model.open.get(this.layout.pieceOf(block))?.asked.get(block) ?? new Set()
    const visited = new Set<PeerSlot>()
    this.picker.otherRequesters(block, slot, (other) => visited.add(other))
    expect(visited).toEqual(new Set([...others].filter((other) => other !== slot)))
    const accepts = this.picker.accepts(slot, block)
    const receipt = this.picker.received(slot, block)
    expect(receipt).toBe(this.model.receive(slot, block))
    expect(accepts).toBe(receipt === 'accepted' || receipt === 'piece-complete')
    if (receipt === 'piece-complete') this.#finish(this.layout.pieceOf(block))
  }

  /** A complete piece is verified two times out of three. */
  #finish(piece: PieceIndex): void {
    const out = new Uint16Array(this.layout.blocksPerPiece)
    expect(this.picker.contributors(piece, out)).toBe(this.layout.blocksIn(piece))
    const { delivered } = this.model.open.get(piece)!
    const expected = this.model.blocksOf(piece).map((block) => {
      const slot = delivered.get(block)!
      return this.model.peers.has(slot) ? slot : undefined
    })
    // The model does not notice when a slot stands for another peer than the one that delivered.
    for (const [n, slot] of expected.entries()) if (out[n] !== NO_SLOT) expect(out[n]).toBe(slot)
    if (piece % 3 !== 0) return this.#verify(piece)
    this.model.close(piece)
    this.picker.failed(piece)
  }

  check(): void {
    const { model, picker } = this
    picker.checkInvariants()
    const missing = model.pieces.filter((p) => model.isMissing(p))
    expect(picker.missing).toBe(missing.length)
    expect(picker.isComplete).toBe(missing.length === 0)
    expect(picker.openPieces).toBe(model.open.size)
    expect(picker.inEndgame).toBe(model.inEndgame)
    expect(picker.have.count).toBe(model.have.size)
    const availability = model.pieces.map((p) => picker.availability(p as PieceIndex))
    expect(availability).toEqual(model.pieces.map((p) => model.availability(p)))
    const blocks = Array.from({ length: this.layout.blocks }, (_, n) => n as BlockId)
    for (const [slot, peer] of model.peers) {
      expect(picker.isInteresting(slot)).toBe(missing.some((p) => peer.pieces.has(p)))
      expect(picker.outstanding(slot)).toBe(model.outstanding(slot))
      expect(picker.pieceCount(slot)).toBe(peer.pieces.size)
      const wrong = blocks.filter((b) => picker.isRequestedFrom(slot, b) !== model.isRequested(slot, b))
      expect(wrong).toEqual([])
    }
  }
}

const OFTEN = ['pick', 'pick', 'pick', 'pick', 'answer', 'answer', 'answer', 'answer', 'answer', 'has', 'release']
const SELDOM = ['stray', 'lost', 'bitfield', 'remove', 'choke', 'exclusive', 'allowed-fast']
const PIECES = [
  'verify',
  'fail',
  'abandon',
  'priority',
  'priority',
  'strategy',
  'memory',
  'restore',
  'hold',
  'urgent',
  'lead',
]

function steps(ops: string[]): fc.Arbitrary<Step[]> {
  const step = fc.tuple(fc.constantFrom(...ops), fc.nat(99), fc.nat(99), fc.nat(999))
  return fc.array(step, { minLength: 1, maxLength: 150, size: 'max' })
}

describe('the picker against the naive model', () => {
  for (const [name, ops] of [
    ['requests and answers only', OFTEN],
    ['everything', [...OFTEN, ...OFTEN, ...SELDOM, ...PIECES]],
    ['peers that come, go, choke and lose pieces', [...OFTEN, ...SELDOM]],
    ['commands', [...OFTEN, ...PIECES, 'exclusive']],
  ] as const) {
    it(`agrees on ${name}`, () => {
      const size = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }), fc.nat(1000))
      fc.assert(
        fc.property(size, steps([...ops]), ([pieces, blocks, seed], script) => {
          const run = new Run(pieces, blocks, seed)
          run.check()
          for (const step of script) run.step(step)
        }),
        { numRuns: RUNS },
      )
    })
  }
})
