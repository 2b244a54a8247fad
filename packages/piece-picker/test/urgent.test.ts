// Pieces that somebody waits for, and the blocks of them that are late.

import { seededRandom } from '@ccbt/primitives'
import type { BlockId, PieceIndex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { createPicker } from '../src/index.ts'
import type { PiecePicker } from '../src/index.ts'
import { connect, layoutOf, pick, piece, pickerOf, range } from './fixture.ts'

const BLOCKS = 4

function blocksOf(...pieces: number[]): number[] {
  return pieces.flatMap((p) => range(p * BLOCKS, (p + 1) * BLOCKS))
}

/** A picker of 20 pieces whose clock stands still until it is moved. */
function timedPicker(): { picker: PiecePicker; wait: (ms: number) => void } {
  let nowMs = 0
  const clock = { now: () => nowMs }
  const picker = createPicker({ layout: layoutOf(20, BLOCKS), clock, random: seededRandom(1), randomFirst: 0 })
  return { picker, wait: (ms) => (nowMs += ms) }
}

describe('pieces that somebody waits for', () => {
  it('come in their order, before open ones and those of a higher priority', () => {
    const { picker } = pickerOf(20, BLOCKS)
    const peer = connect(picker, 0, 'all')
    picker.setPriority(piece(3), 7)
    pick(picker, peer, 1)
    picker.setUrgent([piece(12), piece(5)], Number.POSITIVE_INFINITY)
    expect(pick(picker, peer, 8)).toEqual(blocksOf(12, 5))
    // Nothing is left to hurry: the open one of the highest priority goes on.
    expect(pick(picker, peer, 3)).toEqual([13, 14, 15])
  })

  it('are left alone when they are not wanted', () => {
    const { picker } = pickerOf(20, BLOCKS)
    const peer = connect(picker, 0, 'all')
    for (let p = 0; p < 20; p++) if (p !== 7) picker.setPriority(piece(p), 0)
    picker.setUrgent([piece(12)], 0)
    expect(pick(picker, peer, 20)).toEqual(blocksOf(7))
  })

  it('are left to faster peers by those that are slow', () => {
    const { picker } = pickerOf(20, BLOCKS)
    const [slow, fast] = [connect(picker, 0, 'all'), connect(picker, 1, 'all')]
    picker.setUrgent([1, 2, 3].map(piece), Number.POSITIVE_INFINITY)
    picker.setLead(slow, 2)
    expect(pick(picker, slow, BLOCKS)).toEqual(blocksOf(3))
    expect(pick(picker, fast, 2 * BLOCKS)).toEqual(blocksOf(1, 2))
  })

  it('are where a run of a web seed begins', () => {
    const { picker } = pickerOf(20, BLOCKS)
    const server = connect(picker, 0, 'all')
    picker.setUrgent([9, 10].map(piece), Number.POSITIVE_INFINITY)
    const out = new Uint32Array(3 * BLOCKS)
    expect(picker.pickRun(server, 3 * BLOCKS, out)).toBe(3 * BLOCKS)
    expect([...out]).toEqual(blocksOf(9, 10, 11))
  })
})

describe('a block that is late', () => {
  const urgent: PieceIndex[] = [4, 5].map(piece)

  it('is asked of one more peer, the earlier piece first, and of no slow one', () => {
    const { picker, wait } = timedPicker()
    const [first, slow, fast] = [connect(picker, 0, 'all'), connect(picker, 1, 'all'), connect(picker, 2, 'all')]
    picker.setUrgent(urgent, 100)
    picker.setLead(slow, 1)
    pick(picker, first, 2 * BLOCKS)
    for (let p = 0; p < 20; p++) if (p !== 4 && p !== 5) picker.verified(piece(p))
    picker.setPatience(1_000_000)
    wait(99)
    expect(pick(picker, fast, 20)).toEqual([])
    wait(1)
    expect(pick(picker, slow, 20)).toEqual([])
    expect(pick(picker, fast, 20)).toEqual(blocksOf(4))
    wait(12)
    expect(pick(picker, fast, 20)).toEqual([])
    wait(1)
    expect(pick(picker, fast, 20)).toEqual(blocksOf(5))
    picker.checkInvariants()
  })

  it('counts once, whoever sends it first', () => {
    const { picker, wait } = timedPicker()
    const [first, fast] = [connect(picker, 0, 'all'), connect(picker, 1, 'all')]
    picker.setUrgent(urgent, 100)
    const [block] = pick(picker, first, BLOCKS) as [BlockId]
    wait(100)
    expect(pick(picker, fast, BLOCKS)).toContain(block)
    expect(picker.received(fast, block)).toBe('accepted')
    expect(picker.received(first, block)).toBe('duplicate')
  })

  it('is not doubled again before it is late again', () => {
    const { picker, wait } = timedPicker()
    const [first, second, third] = [connect(picker, 0, 'all'), connect(picker, 1, 'all'), connect(picker, 2, 'all')]
    picker.setUrgent([piece(4)], 100)
    pick(picker, first, BLOCKS)
    wait(100)
    expect(pick(picker, second, BLOCKS)).toEqual(blocksOf(4))
    expect(pick(picker, third, BLOCKS)).not.toContain(4 * BLOCKS)
  })
})
