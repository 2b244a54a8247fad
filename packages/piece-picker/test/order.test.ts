import { seededRandom } from '@ccbt/primitives'
import type { BlockId } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import type { PiecePicker } from '../src/index.ts'
import { connect, pick, pickerOf, piece, range, slot, sorted } from './fixture.ts'

/** Fetches pieces of one block from a peer, each verified before the next is picked; returns their order. */
function fetchOrder(picker: PiecePicker, peer: number): number[] {
  const order: number[] = []
  for (let [block] = pick(picker, slot(peer), 1); block !== undefined; [block] = pick(picker, slot(peer), 1)) {
    expect(picker.received(slot(peer), block)).toBe('piece-complete')
    picker.verified(piece(block))
    order.push(block)
  }
  return order
}

describe('order of pieces', () => {
  it('takes the rarest first, by the numbers of the moment', () => {
    const { picker } = pickerOf(6, 1)
    connect(picker, 0, 'all')
    connect(picker, 1, [0, 1, 2, 3])
    connect(picker, 2, [0, 1, 5])
    connect(picker, 3, [0])
    expect(fetchOrder(picker, 3)).toEqual([0])
    expect(pick(picker, slot(0), 1)).toEqual([4])
    picker.peerHas(slot(3), piece(5))
    picker.peerHas(slot(3), piece(2))
    picker.peerRemoved(slot(1))
    // Copies by now: 1: seed + 2; 2: seed + 3; 3: seed; 5: seed + 2 + 3.
    expect(fetchOrder(picker, 0)[0]).toBe(3)
  })

  it('breaks ties differently for different seeds, and reaches every piece as a first one', () => {
    const firsts = range(0, 200).map((seed) => {
      const { picker } = pickerOf(8, 1, { random: seededRandom(seed) })
      return pick(picker, connect(picker, 0, 'all'), 1)[0]
    })
    expect(new Set(firsts).size).toBe(8)
  })

  it('takes the first pieces at random, though others are rarer', () => {
    const firsts = range(0, 100).map((seed) => {
      const { picker } = pickerOf(100, 1, { random: seededRandom(seed), randomFirst: 2 })
      connect(picker, 1, range(1, 100))
      return pick(picker, connect(picker, 0, 'all'), 3)
    })
    // Piece 0 is the rarest: hardly ever among the first two, always the third then.
    expect(firsts.filter(([a, b]) => a === 0 || b === 0).length).toBeLessThan(20)
    expect(firsts.every((blocks) => blocks.some((block) => block === 0))).toBe(true)
  })

  it('goes by index when sequential, and back to the rarest', () => {
    const { picker } = pickerOf(6, 1, { strategy: 'sequential' })
    connect(picker, 0, 'all')
    connect(picker, 1, [0, 1, 2, 3, 4])
    expect(pick(picker, slot(0), 2)).toEqual([0, 1])
    picker.setStrategy('rarest')
    expect(pick(picker, slot(0), 1)).toEqual([5])
    picker.setStrategy('sequential')
    expect(pick(picker, slot(0), 9)).toEqual([2, 3, 4])
  })

  it('fetches higher priorities first and nothing of priority 0', () => {
    const { picker } = pickerOf(5, 1)
    for (const [n, p] of ([1, 0, 7, 4, 0] as const).entries()) picker.setPriority(piece(n), p)
    connect(picker, 0, 'all')
    expect(picker.missing).toBe(3)
    expect(fetchOrder(picker, 0)).toEqual([2, 3, 0])
    expect(picker.isComplete).toBe(true)
    expect(picker.isInteresting(slot(0))).toBe(false)
    picker.setPriority(piece(4), 1)
    expect(picker.isInteresting(slot(0))).toBe(true)
    expect(fetchOrder(picker, 0)).toEqual([4])
  })

  it('does not go on with a piece that is no longer wanted, though no other block is free', () => {
    const { picker } = pickerOf(2, 4, { endgameDuplicates: 1 })
    const a = connect(picker, 0, [0])
    expect(pick(picker, a, 2)).toEqual([0, 1])
    expect(pick(picker, connect(picker, 1, [1]), 9).length).toBe(4)
    // The other piece keeps the first peer interesting.
    picker.peerHas(a, piece(1))
    picker.setPriority(piece(0), 0)
    expect(pick(picker, a, 9)).toEqual([])
  })

  it('leaves an open piece for a new one of higher priority, then finishes it', () => {
    const { picker } = pickerOf(3, 4)
    const peer = connect(picker, 0, 'all')
    const first = Math.floor(pick(picker, peer, 1)[0]! / 4)
    const urgent = (first + 1) % 3
    picker.setPriority(piece(urgent), 7)
    const next = pick(picker, peer, 7).map((block) => Math.floor(block / 4))
    expect(next).toEqual([urgent, urgent, urgent, urgent, first, first, first])
  })

  it('keeps each peer on its own piece, and gives a newcomer the most complete one', () => {
    const { picker } = pickerOf(9, 4)
    // Both open a piece of their own while the other may not touch it.
    const a = connect(picker, 0, [0])
    const b = connect(picker, 1, [1])
    expect(pick(picker, a, 1)).toEqual([0])
    expect(pick(picker, b, 2)).toEqual([4, 5])
    picker.peerHas(a, piece(1))
    picker.peerHas(b, piece(0))
    expect(pick(picker, a, 1)).toEqual([1])
    expect(pick(picker, a, 1)).toEqual([2])
    expect(pick(picker, b, 1)).toEqual([6])
    picker.released(a, pick(picker, a, 1)[0]!)
    picker.released(a, 2 as BlockId)
    expect(pick(picker, connect(picker, 2, 'all'), 1)).toEqual([7])
    expect(picker.openPieces).toBe(2)
  })

  it('opens no new piece while there is no memory, but continues open ones', () => {
    let canOpen = true
    const { picker } = pickerOf(4, 4, { canOpen: () => canOpen })
    const peer = connect(picker, 0, 'all')
    pick(picker, peer, 1)
    canOpen = false
    expect(pick(picker, peer, 9).length).toBe(3)
    expect(picker.inEndgame).toBe(false)
    expect(picker.openPieces).toBe(1)
    canOpen = true
    expect(pick(picker, peer, 99).length).toBe(12)
  })
})

describe('a peer with few of very many pieces', () => {
  it('finds the rarest that it has behind thousands that it has not', () => {
    const pieces = 20_000
    const { picker } = pickerOf(pieces, 1)
    // 10,000 pieces that only peer 1 has; of the others three are had by two peers, the rest by three.
    connect(picker, 1, range(0, 10_000))
    const a = connect(picker, 0, range(10_000, pieces))
    connect(picker, 2, range(10_000, pieces))
    connect(
      picker,
      3,
      range(10_000, pieces).filter((p) => ![10_007, 13_000, 19_999].includes(p)),
    )
    expect(new Set(pick(picker, a, 3))).toEqual(new Set([10_007, 13_000, 19_999]))
    expect(pick(picker, a, 1)[0]).toBeGreaterThanOrEqual(10_000)
    picker.checkInvariants()
    // A peer that has next to nothing of it.
    const lean = connect(picker, 4, [5, 10_100, 19_000])
    expect(pick(picker, lean, 3).at(0)).toBe(5)
    picker.checkInvariants()
  })

  it('continues an open piece before it opens one of lower priority', () => {
    const { picker } = pickerOf(5000, 4)
    const lean = connect(picker, 0, [3, 700])
    picker.setPriority(piece(3), 1)
    // There is so much that is more urgent that the search goes by words; but this peer has none of it.
    connect(picker, 1, range(1000, 5000))
    for (const n of range(1000, 5000)) picker.setPriority(piece(n), 7)
    expect(pick(picker, lean, 1)).toEqual([2800])
    expect(pick(picker, lean, 1)).toEqual([2801])
    // One more urgent piece makes the search start over.
    picker.setPriority(piece(900), 7)
    expect(pick(picker, lean, 1)).toEqual([2802])
    picker.checkInvariants()
    expect(pick(picker, lean, 2)).toEqual([2803, 12])
    picker.checkInvariants()
  })

  it('orders by availability however many peers there are', () => {
    const { picker } = pickerOf(80, 1)
    const peers = range(0, 70).map((n) => {
      const peer = connect(picker, n, range(0, 80 - n))
      picker.checkInvariants()
      return peer
    })
    const copies = pick(picker, peers[0]!, 80).map((block) => picker.availability(piece(block)))
    expect(copies).toEqual(sorted(range(0, 80).map((n) => picker.availability(piece(n)))))
    expect(copies.at(-1)).toBe(70)
  })

  it.each(['rarest', 'sequential'] as const)('is right about every pick in a swarm of random sets (%s)', (strategy) => {
    const pieces = 6000
    const { picker } = pickerOf(pieces, 1, { strategy })
    const random = seededRandom(3)
    const perMyriad = [5, 50, 200, 3000, 8000]
    const left = range(0, 15).map((n) => range(0, pieces).filter(() => random.u32() % 10_000 < perMyriad[n % 5]!))
    for (const [n, set] of left.entries()) connect(picker, n, set)
    const level = (p: number): number => (strategy === 'rarest' ? picker.availability(piece(p)) : p)
    for (let round = 0; round < 500; round++) {
      const n = random.u32() % 15
      const urgent = random.u32() % pieces
      picker.setPriority(piece(urgent), 5)
      const mine = left[n]!
      const key = (p: number): number => level(p) - 10_000 * picker.priority(piece(p))
      const [block] = pick(picker, slot(n), 1)
      expect(block === undefined).toBe(mine.length === 0)
      if (block === undefined) continue
      expect(mine).toContain(block)
      expect(key(block)).toBe(Math.min(...mine.map(key)))
      for (const [m, set] of left.entries()) left[m] = set.filter((p) => p !== block)
      if (round % 3 === 0) picker.verified(piece(block))
    }
    picker.checkInvariants()
  })
})
