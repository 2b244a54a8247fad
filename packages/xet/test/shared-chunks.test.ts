import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { SharedChunks } from '../src/index.ts'

/** A chunk for each number: equal numbers, equal chunks. */
function listOf(numbers: readonly number[]): { lengths: number[]; hashes: Uint8Array } {
  const hashes = new Uint8Array(numbers.length * 32)
  for (const [i, n] of numbers.entries()) hashes.fill(n, i * 32, (i + 1) * 32)
  return { lengths: numbers.map((n) => 10_000 + n), hashes }
}

describe('what groups of files have in common', () => {
  it('is what a comparison of sets gives', () => {
    const groups = fc.array(fc.array(fc.nat(20), { maxLength: 30 }), { maxLength: 5 })
    fc.assert(
      fc.property(groups, (files) => {
        const shared = new SharedChunks()
        for (const [group, numbers] of files.entries()) shared.add(group, listOf(numbers))
        const { bytes, differentBytes, pairs } = shared.report()
        const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + 10_000 + n, 0)
        expect(bytes).toBe(sum(files.flat()))
        expect(differentBytes).toBe(sum(new Set(files.flat())))
        for (const [a, left] of files.entries()) {
          for (const [b, right] of files.entries()) {
            if (a >= b) continue
            const expected = sum(new Set(left.filter((n) => right.includes(n))))
            const found = pairs.find(({ groups: [x, y] }) => x === a && y === b)
            expect(found?.bytes ?? 0).toBe(expected)
          }
        }
        expect(pairs.map((pair) => pair.bytes)).toEqual(pairs.map((pair) => pair.bytes).toSorted((a, b) => b - a))
      }),
    )
  })
})
