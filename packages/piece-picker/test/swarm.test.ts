// Whole downloads from swarms that come, go, choke, stall and lie: every block is accepted exactly once per download
// of its piece, and the torrent completes as long as each piece is at some honest peer.

import { randomBelow, seededRandom } from '@ccbt/primitives'
import type { BlockId, PeerSlot, PieceIndex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { NO_SLOT } from '../src/index.ts'
import type { PickerOptions, PiecePicker } from '../src/index.ts'
import { connect, pickerOf, range, slot, sorted } from './fixture.ts'

const PIECES = 120
const BLOCKS = 8
const PEERS = 12

interface Result {
  accepted: number[]
  wasted: number
  maxOpen: number
}

interface SwarmOptions {
  seed: number
  /** Slots that never answer; and one that sends wrong data. */
  stalled?: number[]
  liar?: number
  picker?: Partial<PickerOptions>
}

class Swarm {
  readonly picker: PiecePicker
  readonly result: Result = { accepted: [], wasted: 0, maxOpen: 0 }
  readonly #random
  readonly #o: SwarmOptions
  readonly #inFlight = new Map<PeerSlot, BlockId[]>()
  readonly #out = new Uint32Array(16)
  /** Pieces with a block of the liar in them. */
  readonly #tainted = new Set<number>()
  readonly #accused = new Map<number, number>()

  constructor(o: SwarmOptions) {
    this.#o = o
    this.#random = seededRandom(o.seed)
    const { picker } = pickerOf(PIECES, BLOCKS, { random: seededRandom(o.seed + 1), ...o.picker })
    this.picker = picker
    for (const n of range(0, PEERS)) this.#connect(n)
  }

  /** Peer 0 has everything and stays honest; the others have random parts. */
  #connect(n: number): void {
    const share = 10 + randomBelow(this.#random, 90)
    connect(this.picker, n, n === 0 ? 'all' : range(0, PIECES).filter(() => randomBelow(this.#random, 100) < share))
    this.#inFlight.set(slot(n), [])
  }

  run(): Result {
    for (let round = 0; !this.picker.isComplete; round++) {
      if (round > 50_000) throw new Error(`seed ${this.#o.seed}: ${this.picker.missing} pieces left`)
      this.#turn(slot(randomBelow(this.#random, PEERS)))
      if (round % 64 === 0) this.picker.checkInvariants()
      this.result.maxOpen = Math.max(this.result.maxOpen, this.picker.openPieces)
    }
    return this.result
  }

  #turn(peer: PeerSlot): void {
    const flight = this.#inFlight.get(peer)!
    const chance = randomBelow(this.#random, 400)
    if (chance === 0 && peer !== 0) {
      this.picker.peerRemoved(peer)
      this.#connect(peer)
    } else if (chance < 4) {
      this.picker.releasedAll(peer)
      flight.length = 0
    } else if (chance < 20) this.picker.peerHas(peer, randomBelow(this.#random, PIECES) as PieceIndex)
    else {
      const count = this.picker.pick(peer, Math.max(0, 8 - flight.length), this.#out)
      for (const block of this.#out.subarray(0, count)) flight.push(block as BlockId)
      if (this.#o.stalled?.includes(peer) !== true) this.#answer(peer, flight, 1 + randomBelow(this.#random, 8))
    }
  }

  #answer(peer: PeerSlot, flight: BlockId[], count: number): void {
    for (const block of flight.splice(0, count)) {
      const receipt = this.picker.received(peer, block)
      const piece = Math.floor(block / BLOCKS)
      if (receipt === 'duplicate') this.result.wasted++
      else {
        expect(receipt).not.toBe('unrequested')
        this.result.accepted.push(block)
        if (peer === this.#o.liar) this.#tainted.add(piece)
      }
      this.picker.otherRequesters(block, peer, (other) => {
        this.picker.released(other, block)
        const theirs = this.#inFlight.get(other)!
        theirs.splice(theirs.indexOf(block), 1)
      })
      if (receipt === 'piece-complete') this.#check(piece as PieceIndex)
    }
  }

  #check(piece: PieceIndex): void {
    if (!this.#tainted.delete(piece)) return this.picker.verified(piece)
    const out = new Uint16Array(BLOCKS)
    const count = this.picker.contributors(piece, out)
    const suspects = new Set(out.subarray(0, count))
    this.picker.failed(piece)
    for (let n = this.result.accepted.length - 1; n >= 0; n--) {
      if (Math.floor(this.result.accepted[n]! / BLOCKS) === piece) this.result.accepted.splice(n, 1)
    }
    const [only] = suspects
    if (suspects.size === 1 && only !== undefined && only !== NO_SLOT) {
      this.#accused.set(only, (this.#accused.get(only) ?? 0) + 1)
    }
    // The next suspect alone; one that has been proved wrong is left out.
    const next = [...suspects].find((s) => s !== NO_SLOT && !this.#accused.has(s))
    if (next !== undefined && this.picker.hasPiece(slot(next), piece)) this.picker.setExclusive(piece, slot(next))
    else this.picker.setExclusive(piece, slot(0))
  }

  get accused(): number[] {
    return [...this.#accused.keys()]
  }
}

const ALL = range(0, PIECES * BLOCKS)

describe('a swarm', () => {
  it.each(range(1, 9))('is downloaded with each block accepted once (seed %i)', (seed) => {
    const strategy = seed % 2 === 0 ? 'rarest' : 'sequential'
    const { accepted, maxOpen } = new Swarm({ seed, picker: { strategy } }).run()
    // Chokes and departures leave pieces behind, which are open but continued before new ones.
    expect(maxOpen).toBeLessThanOrEqual(PEERS * 2)
    expect(sorted(accepted)).toEqual(ALL)
  })

  it('is downloaded though peers take requests and never answer', () => {
    const { accepted } = new Swarm({ seed: 20, stalled: [3, 4] }).run()
    expect(sorted(accepted)).toEqual(ALL)
  })

  it('is downloaded within a bound on open pieces', () => {
    let open = (): number => 0
    const swarm = new Swarm({ seed: 21, picker: { canOpen: () => open() < 5 } })
    open = (): number => swarm.picker.openPieces
    const { accepted, maxOpen } = swarm.run()
    expect(maxOpen).toBe(5)
    expect(sorted(accepted)).toEqual(ALL)
  })

  it('is downloaded though one peer sends wrong data, and only that one is found guilty', () => {
    const swarm = new Swarm({ seed: 22, liar: 5 })
    const { accepted } = swarm.run()
    expect(sorted(accepted)).toEqual(ALL)
    expect(swarm.accused).toEqual([5])
  })
})
