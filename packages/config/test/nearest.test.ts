import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '../src/nearest.ts'
import { SETTING_KEYS } from '../src/schema.ts'

/** By its definition. */
function model(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const replaced = model(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1)
  return Math.min(replaced, model(a.slice(1), b) + 1, model(a, b.slice(1)) + 1)
}

describe('the nearest name', () => {
  it('is by the fewest letters changed', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(model(a, b))
      }),
    )
  })

  it.each([
    ['limits.downlod', 'limits.download'],
    ['Limits.Upload', 'limits.upload'],
    ['network.prot', 'network.port'],
    ['peer.max', 'peers.max'],
    ['limits.up', 'limits.upload'],
    ['ratio', 'seeding.ratio'],
  ])('%s is %s', (name, meant) => {
    expect(nearest(name, SETTING_KEYS)).toBe(meant)
  })

  it('is nothing when no name is like it', () => {
    expect(nearest('zzzzzzzzzzzz', SETTING_KEYS)).toBeUndefined()
    expect(nearest('limits.download'.padEnd(65, 'x'), SETTING_KEYS)).toBeUndefined()
    expect(nearest('a', [])).toBeUndefined()
  })
})
