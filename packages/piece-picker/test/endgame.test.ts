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
    const [late] = pick(picker, fast, 99)
    expect(hers).toContain(late)
    const cancelled: number[] = []
    expect(picker.received(fast, late!)).not.toBe('duplicate')
    picker.otherRequesters(late!, fast, (other) => {
      cancelled.push(other)
      picker.released(other, late!)
    })
    expect(cancelled).toEqual([0])
    expect(picker.isRequestedFrom(slow, late!)).toBe(false)
    // The cancel crossed with the block.
    expect(picker.received(slow, late!)).toBe('duplicate')
    expect(picker.received(slow, late!)).toBe('unrequested')
    picker.checkInvariants()
  })

  it('asks only a peer that has nothing to do, for one block at a time', () => {
    const { picker } = pickerOf(2, 4)
    const slow = connect(picker, 0, 'all')
    const fast = connect(picker, 1, 'all')
    const hers = pick(picker, slow, 5)
    const his = pick(picker, fast, 3)
    expect(pick(picker, fast, 99)).toEqual([])
    for (const block of his) picker.received(fast, block)
    const [more, ...others] = pick(picker, fast, 99)
    expect(hers).toContain(more)
    expect(others).toEqual([])
    expect(pick(picker, fast, 99)).toEqual([])
  })

  it('asks a peer that has answered nothing for five seconds although it has requests', () => {
    let nowMs = 0
    const { picker } = pickerOf(1, 4, { clock: { now: () => nowMs } })
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    const hers = pick(picker, a, 2)
    pick(picker, b, 2)
    nowMs = 4999
    expect(pick(picker, b, 9)).toEqual([])
    nowMs = 5000
    const [late, ...others] = pick(picker, b, 9)
    expect(hers).toContain(late)
    expect(others).toEqual([])
  })

  it('asks no more peers for a block than it may, and the least asked first', () => {
    const { picker } = pickerOf(1, 4, { endgameDuplicates: 3 })
    pick(picker, connect(picker, 0, 'all'), 4)
    const asked = (n: number): BlockId | undefined => pick(picker, connect(picker, n, 'all'), 9)[0]
    expect(new Set([1, 2, 3, 4].map(asked))).toEqual(new Set([0, 1, 2, 3]))
    expect(new Set([5, 6, 7, 8].map(asked))).toEqual(new Set([0, 1, 2, 3]))
    expect(asked(9)).toBeUndefined()
  })

  it('leaves a piece for a while to those that were asked for it', () => {
    let nowMs = 0
    const { picker } = pickerOf(1, 4, { clock: { now: () => nowMs } })
    picker.setPatience(2000)
    pick(picker, connect(picker, 0, 'all'), 2)
    nowMs = 1000
    pick(picker, slot(0), 2)
    const fast = connect(picker, 1, 'all')
    nowMs = 2999
    expect(pick(picker, fast, 9)).toEqual([])
    nowMs = 3000
    expect(pick(picker, fast, 9)).toHaveLength(1)
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
    expect(pick(picker, b, 9)).toEqual([2])
    picker.peerHas(b, piece(2))
    expect(picker.inEndgame).toBe(false)
    expect(sorted(pick(picker, b, 9))).toEqual([4, 5])
  })

  it('does not double blocks of a piece that is no longer wanted', () => {
    const { picker } = pickerOf(2, 2)
    pick(picker, connect(picker, 0, 'all'), 4)
    picker.setPriority(piece(0), 0)
    const b = connect(picker, 1, 'all')
    expect(pick(picker, b, 9)).toEqual([2])
    // What is on its way of the unwanted piece is taken.
    expect(picker.received(slot(0), 0 as BlockId)).toBe('accepted')
    expect(picker.received(slot(0), 1 as BlockId)).toBe('piece-complete')
    picker.verified(piece(0))
    expect(picker.missing).toBe(1)
  })
})
