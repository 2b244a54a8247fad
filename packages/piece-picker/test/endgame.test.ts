import type { BlockId } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { connect, pick, pickerOf, piece, slot, sorted } from './fixture.ts'

describe('endgame', () => {
  it('asks other peers for the blocks of a peer that does not answer', () => {
    const { picker } = pickerOf(2, 4)
    const slow = connect(picker, 0, 'all')
    const fast = connect(picker, 1, 'all')
    const hers = pick(picker, slow, 5)
    expect(picker.inEndgame).toBe(false)
    const his = pick(picker, fast, 3)
    expect(new Set([...hers, ...his]).size).toBe(8)
    expect(picker.inEndgame).toBe(true)
    for (const block of his) expect(picker.received(fast, block)).not.toBe('duplicate')
    expect(pick(picker, fast, 99)).toHaveLength(4)
    const cancelled: number[] = []
    expect(picker.received(fast, hers[0]!)).toBe('accepted')
    picker.otherRequesters(hers[0]!, fast, (other) => {
      cancelled.push(other)
      picker.released(other, hers[0]!)
    })
    expect(cancelled).toEqual([0])
    expect(picker.isRequestedFrom(slow, hers[0]!)).toBe(false)
    // The cancel crossed with the block.
    expect(picker.received(slow, hers[0]!)).toBe('duplicate')
    expect(picker.received(slow, hers[0]!)).toBe('unrequested')
    picker.checkInvariants()
  })

  it('asks a peer with requests under way for as many more as make four', () => {
    const { picker } = pickerOf(2, 4)
    const slow = connect(picker, 0, 'all')
    const fast = connect(picker, 1, 'all')
    const hers = pick(picker, slow, 5)
    pick(picker, fast, 3)
    const [more, ...others] = pick(picker, fast, 99)
    expect(hers).toContain(more)
    expect(others).toEqual([])
    expect(pick(picker, fast, 99)).toEqual([])
  })

  it('asks no more peers for a block than it may, and the least asked first', () => {
    const { picker } = pickerOf(1, 4, { endgameDuplicates: 3 })
    pick(picker, connect(picker, 0, 'all'), 4)
    expect(pick(picker, connect(picker, 1, 'all'), 2)).toEqual([0, 1])
    expect(pick(picker, connect(picker, 2, 'all'), 2)).toEqual([2, 3])
    expect(pick(picker, connect(picker, 3, 'all'), 9).length).toBe(4)
    expect(pick(picker, connect(picker, 4, 'all'), 9)).toEqual([])
    expect(pick(picker, slot(3), 9)).toEqual([])
  })

  it('does not double anything with one peer per block', () => {
    const { picker } = pickerOf(1, 4, { endgameDuplicates: 1 })
    pick(picker, connect(picker, 0, 'all'), 4)
    expect(pick(picker, connect(picker, 1, 'all'), 4)).toEqual([])
  })

  it('is not put off by pieces that no connected peer has', () => {
    const { picker } = pickerOf(3, 2)
    const a = connect(picker, 0, [0, 1])
    expect(pick(picker, a, 9).length).toBe(4)
    expect(picker.inEndgame).toBe(true)
    const b = connect(picker, 1, [1])
    expect(sorted(pick(picker, b, 9))).toEqual([2, 3])
    picker.peerHas(b, piece(2))
    expect(picker.inEndgame).toBe(false)
    expect(sorted(pick(picker, b, 9))).toEqual([4, 5])
  })

  it('does not double blocks of a piece that is no longer wanted', () => {
    const { picker } = pickerOf(2, 2)
    pick(picker, connect(picker, 0, 'all'), 4)
    picker.setPriority(piece(0), 0)
    const b = connect(picker, 1, 'all')
    expect(sorted(pick(picker, b, 9))).toEqual([2, 3])
    // What is on its way of the unwanted piece is taken.
    expect(picker.received(slot(0), 0 as BlockId)).toBe('accepted')
    expect(picker.received(slot(0), 1 as BlockId)).toBe('piece-complete')
    picker.verified(piece(0))
    expect(picker.missing).toBe(1)
  })
})
