import { homedir } from 'node:os'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCHEMA, SETTING_KEYS } from '../src/schema.ts'
import { formatValue, parseText, parseValue } from '../src/value.ts'
import type { ValueSpec } from '../src/value.ts'

const rate: ValueSpec = { type: 'rate', min: '0', max: '1T' }
const time: ValueSpec = { type: 'time', min: '1s', max: '36500d' }
const list: ValueSpec = { type: 'list', items: 'endpoint', maxItems: 2 }
const path: ValueSpec = { type: 'path' }

describe('values', () => {
  it.each<[ValueSpec, unknown, unknown]>([
    [rate, '10M', 10_000_000],
    [rate, '2 MB/s', 2_000_000],
    [rate, 1500, 1500],
    [rate, '1T', 1e12],
    [{ type: 'size', min: '0', max: '1G' }, '0.5GiB', 536_870_912],
    [time, '2h', 7_200_000],
    [time, 30, 30_000],
    [time, 1.5, 1500],
    [{ type: 'boolean' }, false, false],
    [{ type: 'integer', min: 0, max: 5 }, 5, 5],
    [{ type: 'number', min: 0, max: 5 }, 0.5, 0.5],
    [{ type: 'choice', choices: ['a', 'b'] }, 'b', 'b'],
    [{ type: 'ip' }, '::1', '::1'],
    [list, ['a:1', '[::1]:2'], ['a:1', '[::1]:2']],
    [list, [], []],
    [path, 'x/../y', '/base/y'],
    [path, '/a', '/a'],
    [path, '~/a', `${homedir()}/a`],
    [{ type: 'host', maxLength: 99 }, '*.Example.ORG', '*.example.org'],
    [{ type: 'pattern', maxLength: 5 }, '^a+$', '^a+$'],
  ])('%j takes %j', (spec, raw, value) => {
    expect(parseValue(spec, raw, '/base')).toEqual({ value })
  })

  it.each<[ValueSpec, unknown, RegExp]>([
    [rate, '10X', /^must be a rate such as .*, from 0 to 1T, not '10X'$/],
    [rate, -1, /not -1$/],
    [rate, Number.NaN, /not NaN$/],
    [rate, Number.POSITIVE_INFINITY, /not Infinity$/],
    [rate, '1.1T', /from 0 to 1T/],
    [rate, true, /not true$/],
    [time, '0s', /from 1s to 36500d/],
    [time, new Date(0), /not a date$/],
    [{ type: 'boolean' }, 'true', /^must be true or false, not 'true'$/],
    [{ type: 'boolean' }, 1, /not 1$/],
    [{ type: 'integer', min: 0, max: 5 }, 6, /^must be a whole number from 0 to 5, not 6$/],
    [{ type: 'integer', min: 0, max: 5 }, 1.5, /not 1\.5$/],
    [{ type: 'integer', min: 0, max: 5 }, '1', /not '1'$/],
    [{ type: 'choice', choices: ['a', 'b'] }, 'c', /^must be 'a' or 'b', not 'c'$/],
    [{ type: 'ip' }, 'localhost', /IP address/],
    [list, 'a:1', /^must be a list of at most 2 addresses/],
    [list, ['a:1', 'b:2', 'c:3'], /not this list$/],
    [list, ['a'], /addresses such as/],
    [list, [['a:1']], /addresses such as/],
    [path, '', /path/],
    [path, 'a\0b', /path/],
    [{ type: 'text', maxLength: 3 }, 'abcd', /^must be text of 1 to 3 characters/],
    [{ type: 'pattern', maxLength: 50 }, '(', /regular expression/],
    [{ type: 'pattern', maxLength: 5 }, 'aaaaaa', /at most 5/],
    [{ type: 'host', maxLength: 99 }, 'https://x/', /host name/],
    [rate, { a: 1 }, /not a table$/],
    [rate, 'x'.repeat(1000), /not 'x{39}\.\.\.$/],
  ])('%j refuses %j', (spec, raw, problem) => {
    expect(parseValue(spec, raw, '/base')).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('are read from text as from a file', () => {
    const text = (spec: ValueSpec, given: string): unknown => parseText(spec, given, '/base')
    expect(text({ type: 'boolean' }, '1')).toEqual({ value: true })
    expect(text({ type: 'boolean' }, 'false ')).toEqual({ value: false })
    expect(text({ type: 'integer', min: -9, max: 9 }, '-3')).toEqual({ value: -3 })
    expect(text({ type: 'integer', min: 0, max: 9 }, '')).toEqual({ problem: expect.stringContaining("not ''") })
    expect(text(list, ' a:1 , b:2 ,')).toEqual({ value: ['a:1', 'b:2'] })
    expect(text(list, '')).toEqual({ value: [] })
  })

  it.each<[ValueSpec, fc.Arbitrary<number>]>([
    [{ type: 'size', min: '0', max: '8192T' }, fc.nat({ max: 2 ** 50 })],
    [
      { type: 'rate', min: '0', max: '8192T' },
      fc.oneof(
        fc.nat(5000),
        fc.nat(20).map((power) => 2 ** power * 1024),
      ),
    ],
    [
      { type: 'time', min: '0s', max: '36500d' },
      fc.oneof(
        fc.nat(2 ** 31),
        fc.nat(500).map((days) => days * 86_400_000),
      ),
    ],
  ])('%j is written as it is read', (spec, values) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parseText(spec, formatValue(spec, value), '/')).toEqual({ value })
      }),
    )
  })
})

describe('the schema', () => {
  it.each(SETTING_KEYS)('%s: the default is within its bounds and can be written and read', (key) => {
    const spec = SCHEMA[key]
    expect(spec.description).toMatch(/^[^\n]{10,200}[^.]$/)
    expect(key).toMatch(/^[a-z_]+\.[a-z_]+$/)
    if (spec.default === undefined) return
    const parsed = parseValue(spec, spec.default, '/base')
    if (!('value' in parsed)) throw new Error(`${key} ${parsed.problem}`)
    expect(parseText(spec, formatValue(spec, parsed.value), '/base')).toEqual(parsed)
  })
})
