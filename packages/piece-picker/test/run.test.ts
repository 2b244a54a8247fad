// Runs of consecutive unopened pieces, against a model that looks at every possible run.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connect, pick, piece, pickerOf, range, slot } from './fixture.ts'
import type { PickerOptions, PiecePicker } from '../src/index.ts'

const BLOCKS = 2

function pickRun(picker: PiecePicker, peer: number, want: number): number[] {
  const out = new Uint32Array(64)
  return [...out.subarray(0, picker.pickRun(slot(peer), want, out))]
}

const blocksOf = (pieces: number[]): number[] => pieces.flatMap((p) => [p * BLOCKS, p * BLOCKS + 1])

function withWhole(pieces: number, options: Partial<PickerOptions> = {}): PiecePicker {
  const { picker } = pickerOf(pieces, BLOCKS, options)
  connect(picker, 0, 'all')
  return picker
}

describe('pickRun', () => {
  it('takes whole pieces in order, from where the last run ended', () => {
    const picker = withWhole(10)
    expect(pickRun(picker, 0, 6)).toEqual(blocksOf([0, 1, 2]))
    expect(pickRun(picker, 0, 7)).toEqual(blocksOf([3, 4, 5]))
    expect(pickRun(picker, 0, 100)).toEqual(blocksOf([6, 7, 8, 9]))
    expect(pickRun(picker, 0, 100)).toEqual([])
    expect(picker.outstanding(slot(0))).toBe(20)
    picker.checkInvariants()
  })

  it('takes nothing where there is no room for a piece', () => {
    expect(pickRun(withWhole(3), 0, 1)).toEqual([])
  })

  it('leaves begun pieces to those who began them, and takes them when they are wanted more', () => {
    const picker = withWhole(6)
    connect(picker, 1, [2])
    pick(picker, slot(1), 1)
    expect(pickRun(picker, 0, 100)).toEqual(blocksOf([3, 4, 5]))
    picker.setPriority(piece(2), 7)
    expect(pickRun(picker, 0, 100)).toEqual([])
    expect(pick(picker, slot(0), 1)).toEqual([5])
    expect(pickRun(picker, 0, 100)).toEqual(blocksOf([0, 1]))
  })

  it('takes the first run in a sequential download', () => {
    const picker = withWhole(9, { strategy: 'sequential' })
    picker.verified(piece(0))
    picker.verified(piece(3))
    expect(pickRun(picker, 0, 100)).toEqual(blocksOf([1, 2]))
    expect(pickRun(picker, 0, 100)).toEqual(blocksOf(range(4, 9)))
  })

  it('takes nothing while no piece may be opened', () => {
    expect(pickRun(withWhole(3, { canOpen: () => false }), 0, 100)).toEqual([])
  })

  it('finds the run that a search over all runs finds', () => {
    const pieces = fc.array(fc.constantFrom('free', 'verified', 'lacking', 'low', 'unwanted'), {
      minLength: 1,
      maxLength: 80,
    })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 6 }), (states, most) => {
        const { picker } = pickerOf(states.length, BLOCKS)
        connect(
          picker,
          0,
          range(0, states.length).filter((p) => states[p] !== 'lacking'),
        )
        for (const [p, state] of states.entries()) {
          if (state === 'verified') picker.verified(piece(p))
          if (state === 'low') picker.setPriority(piece(p), 1)
          if (state === 'unwanted') picker.setPriority(piece(p), 0)
        }
        const top = states.some((s) => s === 'free' || s === 'lacking') ? 'free' : 'low'
        const lengthAt = (p: number): number => {
          let length = 0
          while (length < most && states[p + length] === top) length++
          return length
        }
        const longest = Math.max(...states.map((_, p) => lengthAt(p)))
        const first = states.findIndex((_, p) => lengthAt(p) === longest)
        expect(pickRun(picker, 0, most * BLOCKS)).toEqual(blocksOf(range(first, first + longest)))
        picker.checkInvariants()
      }),
    )
  })
})
