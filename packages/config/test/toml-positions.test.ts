import * as fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { findPositions, lineColumn } from '../src/toml-positions.ts'
import type { PositionNode } from '../src/toml-positions.ts'

type Model = { readonly [key: string]: Model | Model[] | Leaf }
/** A value as it is written. */
type Leaf = string

const leaf = fc.constantFrom<Leaf>(
  '1',
  '0x1f',
  '1_000.5e3',
  'true',
  'inf',
  '1979-05-27T07:32:00Z',
  '1979-05-27 07:32:00',
  '07:32:00',
  '""',
  "''",
  '"a # b = \\" ] } , \\u00e9 \\\\"',
  "'c:\\x # ] }'",
  '"""\n x = 1\n[no] "" \\""" # \\\n  z"""',
  '""""quoted""""',
  "'''it''s\n[[no]]'''",
  '[]',
  '[ 1, 2 ]',
  '[\n  "a", # one ]\n  \'b\',\n]',
  '[[1], ["]"], [{ k = [{ deep = "}" }] }]]',
  '{}',
  '{ a = 1, "b c".d = [ { e = \'}\' } ], }',
)

/** Keys as they are written; no two of them are the same key. */
const key = fc.constantFrom(
  'a',
  'b-2',
  '3',
  '_',
  '"with space"',
  "'lit.eral'",
  '"\\u00e9\\t\\x41\\U0001F600"',
  '""',
  '"="',
)

const model = fc.letrec<{ table: Model; value: Model | Model[] | Leaf }>((tie) => ({
  table: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'd' },
    leaf,
    tie('table'),
    fc.array(tie('table'), { minLength: 1, maxLength: 3 }),
  ),
})).table

/** Writes a document in one of its many forms; `choose` decides about each. */
function write(root: Model, choose: (count: number) => number): string {
  const lines: string[] = []
  const gap = (): string => ['', ' ', '\t  '][choose(3)]!
  const end = (): string => ['', ' # [x] y = "z"', '  '][choose(3)]!
  const dotted = (path: readonly string[]): string => path.map((part) => gap() + part + gap()).join('.')
  const body = (table: Model, path: readonly string[], header: readonly string[]): void => {
    const late: (() => void)[] = []
    for (const [name, value] of Object.entries(table)) {
      if (typeof value === 'string') lines.push(`${dotted([...path, name])}=${gap()}${value}${end()}`)
      else if (Array.isArray(value))
        late.push(() => value.forEach((one) => section(one, [...header, name], '[[', ']]')))
      else if (choose(2) === 0 && isFlat(value)) body(value, [...path, name], [...header, name])
      else late.push(() => section(value, [...header, name], '[', ']'))
    }
    for (const write of late) write()
  }
  const section = (table: Model, header: readonly string[], open: string, close: string): void => {
    lines.push(...['', '# comment [a]'].slice(0, choose(3)), `${gap()}${open}${dotted(header)}${close}${end()}`)
    body(table, [], header)
  }
  body(root, [], [])
  return (choose(4) === 0 ? '\ufeff' : '') + lines.join(choose(2) === 0 ? '\n' : '\r\n')
}

/** With nothing that needs a header, and not empty, so that it can be written by dotted keys. */
function isFlat(table: Model): boolean {
  const values = Object.values(table)
  return values.length > 0 && values.every((value) => typeof value === 'string')
}

const KEY = /[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*'/y

function check(text: string, value: unknown, node: PositionNode): void {
  if (node.value !== undefined) {
    expect(parse(`v = ${text.slice(node.value.start, node.value.end)}`)['v']).toEqual(value)
  }
  if (Array.isArray(value)) {
    expect([...node.children.keys()]).toEqual(value.map((_, index) => String(index)))
    value.forEach((item, index) => check(text, item, node.children.get(String(index))!))
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    expect([...node.children.keys()].sort()).toEqual(Object.keys(value).sort())
    for (const [name, inner] of Object.entries(value)) {
      const child = node.children.get(name)!
      KEY.lastIndex = child.at
      expect(Object.keys(parse(`${KEY.exec(text)![0]} = 1`))).toEqual([name])
      check(text, inner, child)
    }
  } else expect(node.value).toBeDefined()
}

describe('positions of a document', () => {
  it('are those of the keys and values that the parser finds', () => {
    fc.assert(
      fc.property(model, fc.infiniteStream(fc.nat(1000)), (root, stream) => {
        const text = write(root, (count) => stream.next().value! % count)
        check(text, parse(text), findPositions(text))
      }),
      { numRuns: 500 },
    )
  })

  it('are counted in lines and columns', () => {
    const text = '\r\na = 1\n\n  [ b.c ]\nd.e = { f = [10, 20] }\n'
    const root = findPositions(text)
    const at = (...path: string[]): PositionNode => path.reduce((node, part) => node.children.get(part)!, root)
    expect(lineColumn(text, at('a').at)).toEqual({ line: 2, column: 1 })
    expect(lineColumn(text, at('a').value!.start)).toEqual({ line: 2, column: 5 })
    expect(lineColumn(text, at('b').at)).toEqual({ line: 4, column: 5 })
    expect(lineColumn(text, at('b', 'c', 'd', 'e', 'f').at)).toEqual({ line: 5, column: 9 })
    expect(lineColumn(text, at('b', 'c', 'd', 'e', 'f', '1').value!.start)).toEqual({ line: 5, column: 18 })
  })

  it('end where the text is no TOML, without an error', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '[[',
      '{',
      '}',
      '"',
      "'",
      '"""',
      "'''",
      '=',
      '.',
      ',',
      '\\',
      '\n',
      '#',
      'a',
      ' ',
      '\ufeff',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(findPositions(pieces.join('')).at).toBe(0)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['dotted keys', Array(20_000).fill('a').join('.') + ' = 1'],
    ['arrays', 'a = ' + '['.repeat(20_000)],
    ['inline tables', 'a = ' + '{ a = '.repeat(20_000)],
    ['a string', `a = """${'x'.repeat(1_000_000)}"""`],
    ['an open string', `a = """${'x"'.repeat(500_000)}`],
    ['comments', '#\n'.repeat(500_000) + 'a = 1'],
  ])('bear %s without end', (_, text) => {
    expect(findPositions(text).children.has('a')).toBe(true)
  })
})
