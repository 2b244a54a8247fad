import { Bitfield, Layout } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findFileProblems } from '../src/sources/file-problems.ts'

const PIECE = 16_384

function scene(lengths: readonly number[], bad: readonly number[]): Parameters<typeof findFileProblems>[0] {
  let offset = 0
  const files = lengths.map((length, n) => {
    const file = { path: ['t', `f${n}`], offset, length, isPad: false }
    offset += length
    return file
  })
  const layout = new Layout({ totalLength: offset, pieceLength: PIECE })
  const good = new Bitfield(layout.pieces)
  good.fill()
  for (const piece of bad) if (piece < layout.pieces) good.clear(piece)
  return { files, layout, good, states: lengths.map((size) => ({ exists: true, size })) }
}

describe('findFileProblems', () => {
  it('finds nothing wrong with good data', () => {
    expect(findFileProblems(scene([5, 0, PIECE * 3], []))).toEqual([])
  })

  it('names missing files, empty ones too, and wrong sizes', () => {
    const states = [
      { exists: false, size: 0 },
      { exists: false, size: 0 },
      { exists: true, size: 7 },
    ]
    expect(findFileProblems({ ...scene([5, 0, 9], []), states })).toEqual([
      { problem: 'missing', path: 't/f0' },
      { problem: 'missing', path: 't/f1' },
      { problem: 'size', path: 't/f2', size: 7, length: 9 },
    ])
  })

  it('ignores padding', () => {
    const checked = scene([5], [])
    const pad = { path: ['t', '.pad', '9'], offset: 5, length: 9, isPad: true }
    expect(findFileProblems({ ...checked, files: [...checked.files, pad] })).toEqual([])
  })

  it('agrees with a count over every byte', () => {
    const sizes = fc.array(fc.nat(PIECE * 3), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(sizes, fc.uniqueArray(fc.nat(20)), (lengths, bad) => {
        fc.pre(lengths.some((length) => length > 0))
        const checked = scene(lengths, bad)
        const damaged = findFileProblems(checked).map((problem) => problem.path)
        const expected = checked.files.filter((file) => {
          for (let at = file.offset; at < file.offset + file.length; at++) {
            if (!checked.good.has(Math.floor(at / PIECE))) return true
          }
          return false
        })
        expect(damaged).toEqual(expected.map((file) => file.path.join('/')))
      }),
      { numRuns: 30 },
    )
  })
})
