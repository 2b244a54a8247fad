import npm from 'bencode'
import fc from 'fast-check'
import { BencodeDict, decode, encode, keyBytes, keyOf, type BencodeValue, type Encodable } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

const text = (value: Encodable): string => Buffer.from(encode(value)).toString('latin1')

/** A model of a value that both sides can be compared by. */
type Model = string | number | bigint | Model[] | Map<string, Model>

function toModel(value: BencodeValue): Model {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(toModel)
  if (value instanceof BencodeDict) return new Map([...value.entries()].map(([key, item]) => [key, toModel(item)]))
  return value
}

function fromModel(model: Model): Encodable {
  if (typeof model === 'string') return keyBytes(model)
  if (Array.isArray(model)) return model.map(fromModel)
  if (model instanceof Map) return new Map([...model].map(([key, item]) => [keyBytes(key), fromModel(item)]))
  return model
}

/** Bencode by the book, in the shortest way: what `encode` must equal. */
function naive(model: Model): string {
  if (typeof model === 'string') return `${model.length}:${model}`
  if (Array.isArray(model)) return `l${model.map(naive).join('')}e`
  if (!(model instanceof Map)) return `i${model}e`
  const keys = [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')))
  return `d${keys.map((key) => naive(key) + naive(model.get(key)!)).join('')}e`
}

const latin1 = fc.uint8Array({ maxLength: 12 }).map((raw) => keyOf(raw))
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .bigInt({ min: -(2n ** 64n), max: 2n ** 64n })
    .filter((n) => n > BigInt(Number.MAX_SAFE_INTEGER) || n < BigInt(Number.MIN_SAFE_INTEGER)),
)
const { model } = fc.letrec<{ model: Model }>((tie) => ({
  model: fc.oneof(
    { maxDepth: 5 },
    latin1,
    integer,
    fc.array(tie('model'), { maxLength: 5 }),
    fc.array(fc.tuple(latin1, tie('model')), { maxLength: 20 }).map((pairs) => new Map(pairs)),
  ),
}))

describe('encode', () => {
  it('writes each kind of value', () => {
    expect(text({ b: 1, a: ['x', new Uint8Array([255])], c: new Map([['k', 2n ** 63n]]) })).toBe(
      'd1:al1:x1:\xffe1:bi1e1:cd1:ki9223372036854775808eee',
    )
    expect(text(-0)).toBe('i0e')
    expect(text('\u{1f600}')).toBe(`4:${Buffer.from('\u{1f600}').toString('latin1')}`)
    expect(text(Buffer.from('buf'))).toBe('3:buf')
  })

  it('leaves out undefined entries', () => {
    expect(text({ a: undefined, b: 1 })).toBe('d1:bi1ee')
  })

  it('sorts keys by raw bytes, where UTF-16 order differs', () => {
    const keys = ['\u{1f600}', '\uff5e'] // f0 9f 98 80 and ef bd 9e: UTF-16 puts the first one first
    expect(text(Object.fromEntries(keys.map((key) => [key, 1])))).toBe(
      Buffer.from('d3:\uff5ei1e4:\u{1f600}i1ee').toString('latin1'),
    )
    expect(
      text(
        new Map([
          [Uint8Array.of(200), 1],
          [Uint8Array.of(99), 2],
        ]),
      ),
    ).toBe('d1:ci2e1:\xc8i1ee')
  })

  it.each([
    ['a fraction', 1.5],
    ['NaN', Number.NaN],
    ['an unsafe number', 2 ** 53],
  ])('refuses %s', (_, value) => {
    expect(() => encode(value)).toThrow(/cannot bencode the number/)
  })

  it('refuses repeated keys and cycles', () => {
    expect(() =>
      encode(
        new Map([
          [Uint8Array.of(97), 1],
          [Uint8Array.of(97), 2],
        ]),
      ),
    ).toThrow(/repeated/)
    const cycle: Encodable[] = []
    cycle.push(cycle)
    expect(() => encode(cycle)).toThrow(/nested deeper/)
  })

  it('equals bencode by the book, and decodes to the same value', () => {
    fc.assert(
      fc.property(model, (value) => {
        const encoded = encode(fromModel(value))
        expect(Buffer.from(encoded).toString('latin1')).toBe(naive(value))
        const decoded = decode(encoded, { strictKeys: true })
        expect(toModel(decoded.value)).toEqual(value)
        expect(decoded.warnings).toEqual([])
        expect(encode(decoded.value)).toEqual(encoded)
      }),
      { numRuns: 500 },
    )
  })
})

describe('against the npm package', () => {
  it('agrees on what both can express', () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'abcxyz019 :'.split('')), maxLength: 8 })
    const { plain } = fc.letrec<{ plain: Model }>((tie) => ({
      plain: fc.oneof(
        { maxDepth: 4 },
        ascii,
        fc.maxSafeInteger(),
        fc.array(tie('plain'), { maxLength: 5 }),
        fc.array(fc.tuple(ascii, tie('plain')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
      ),
    }))
    fc.assert(
      fc.property(plain, (value) => {
        const encoded = npm.encode(toLibrary(value))
        expect(Buffer.from(encode(fromModel(value)))).toEqual(Buffer.from(encoded))
        expect(fromLibrary(npm.decode(encoded))).toEqual(fromLibrary(toLibrary(toModel(decode(encoded).value))))
      }),
    )
  })

  function toLibrary(value: Model): unknown {
    if (Array.isArray(value)) return value.map(toLibrary)
    return value instanceof Map ? new Map([...value].map(([key, item]) => [key, toLibrary(item)])) : value
  }

  function fromLibrary(value: unknown): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
    if (Array.isArray(value)) return value.map(fromLibrary)
    if (value instanceof Map) return fromLibrary(Object.fromEntries(value))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromLibrary(item)]))
  }
})

describe('arbitrary bytes', () => {
  it('either decode or throw a typed error; what is accepted strictly is canonical', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'dleei0123456789:-ab'.split('')), maxLength: 60 })
    let accepted = 0
    fc.assert(
      fc.property(soup, (input) => {
        const bytes = new Uint8Array(Buffer.from(input, 'latin1'))
        try {
          expect(encode(decode(bytes, { strictKeys: true }).value)).toEqual(bytes)
          accepted++
        } catch (error) {
          if (!isCcbtError(error)) throw error
          expect(error.blame).toBe('input')
        }
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it('a document with one byte changed never breaks anything', () => {
    const document = encode({
      announce: 'http://t/a',
      info: { length: 100, name: 'n', pieces: new Uint8Array(20) },
      list: [[1], {}],
    })
    fc.assert(
      fc.property(fc.nat(document.length - 1), fc.nat(255), (at, byte) => {
        const changed = document.slice()
        changed[at] = byte
        try {
          const { value, end } = decode(changed)
          expect(end).toBe(changed.length)
          toModel(value) // reads every value
        } catch (error) {
          if (!isCcbtError(error)) throw error
        }
      }),
      { numRuns: 3000 },
    )
  })
})
