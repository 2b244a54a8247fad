// Padding at the end of a piece is not transferred, checked against a layout that looks at every byte.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { BLOCK_LENGTH, Layout } from '../src/index.ts'
import type { BlockId, ByteRun, PieceIndex } from '../src/index.ts'

const file = fc.record({ length: fc.nat(200_000), isPad: fc.boolean() })

describe('Layout with padding', () => {
  it('leaves out the blocks of nothing but padding at the end of a piece', () => {
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (files, factor) => {
        const pieceLength = factor * BLOCK_LENGTH
        const { padding, totalLength, dataEnds } = place(files)
        fc.pre(totalLength > 0)
        const layout = new Layout({ totalLength, pieceLength, padding })
        for (let piece = 0; piece < layout.pieces; piece++) {
          const begin = piece * pieceLength
          const whole = Math.min(pieceLength, totalLength - begin)
          const data = Math.max(0, dataEnds(begin, begin + whole) - begin)
          const expected = Math.min(whole, Math.max(1, Math.ceil(data / BLOCK_LENGTH)) * BLOCK_LENGTH)
          expect(layout.pieceLength(piece as PieceIndex)).toBe(expected)
          expect(layout.hashedLength(piece as PieceIndex)).toBe(whole)
          expect(layout.blocksIn(piece as PieceIndex)).toBe(Math.ceil(expected / BLOCK_LENGTH))
          expect(layout.contains(piece, 0, whole)).toBe(true)
          const beyond = layout.block(piece, layout.blocksIn(piece as PieceIndex) * BLOCK_LENGTH, BLOCK_LENGTH)
          expect(beyond).toBeUndefined()
        }
      }),
    )
  })

  it('gives the last block before padding its full length, as peers expect it', () => {
    const layout = new Layout({
      totalLength: 98_304,
      pieceLength: 65_536,
      padding: [{ offset: 20_000, length: 45_536 }],
    })
    const span = { piece: 0 as PieceIndex, begin: 0, length: 0 }
    expect(layout.blockSpan(1 as BlockId, span)).toEqual({ piece: 0, begin: BLOCK_LENGTH, length: BLOCK_LENGTH })
    expect(layout.block(0, BLOCK_LENGTH, BLOCK_LENGTH)).toBe(1)
    expect(layout.block(0, BLOCK_LENGTH, 20_000 - BLOCK_LENGTH)).toBeUndefined()
  })
})

/** The padding of files that lie one after the other, runs side by side joined. */
function place(files: readonly { readonly length: number; readonly isPad: boolean }[]): {
  padding: ByteRun[]
  totalLength: number
  dataEnds: (from: number, to: number) => number
} {
  const padding: { offset: number; length: number }[] = []
  const data: ByteRun[] = []
  let offset = 0
  for (const { length, isPad } of files) {
    const last = padding.at(-1)
    if (isPad && last !== undefined && last.offset + last.length === offset) last.length += length
    else (isPad ? padding : data).push({ offset, length })
    offset += length
  }
  const dataEnds = (from: number, to: number): number =>
    data.reduce((end, run) => {
      const isInside = run.length > 0 && run.offset < to && run.offset + run.length > from
      return isInside ? Math.max(end, Math.min(to, run.offset + run.length)) : end
    }, from)
  return { padding, totalLength: offset, dataEnds }
}
