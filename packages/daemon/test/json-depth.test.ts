import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseArguments } from '../src/http/arguments.ts'
import { isShallow } from '../src/http/json-depth.ts'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { '"]\\': value }
  return value
}

describe('the depth of JSON', () => {
  it('is that of what it means, whatever its texts look like', () => {
    const wild = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'a', ',') })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 130 }), wild, (depth, text) => {
        const value = { [text]: [text, nested(depth), text] }
        const json = Buffer.from(JSON.stringify(value))
        expect(isShallow(json)).toBe(depthOf(value) <= 64)
      }),
    )
  })

  it('of what is no JSON has an answer too', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof isShallow(Buffer.from(bytes)) === 'boolean'))
  })

  it('too much of it is nothing at all', () => {
    expect(parseArguments(Buffer.from(`{"tag":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toEqual({})
    expect(parseArguments(Buffer.from('{"tag":[[1]]}'))).toEqual({ tag: [[1]] })
  })
})
