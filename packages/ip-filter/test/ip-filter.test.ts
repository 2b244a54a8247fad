import { ipFromBytes } from '@ccbt/address'
import { seededRandom } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IpFilterParser } from '../src/index.ts'
import { parse } from './support.ts'

interface Family {
  readonly bits: number
  readonly text: (ip: bigint) => string
}

const FAMILIES: readonly Family[] = [
  { bits: 32, text: (ip) => textOf(ip, 4) },
  { bits: 128, text: (ip) => textOf(ip, 16) },
]

function textOf(ip: bigint, bytes: number): string {
  return ipFromBytes(Uint8Array.from({ length: bytes }, (_, i) => Number((ip >> BigInt(8 * (bytes - 1 - i))) & 255n)))!
}

/** Addresses with few different bits, at the ends of words and of the whole space: ranges overlap and touch often. */
function addresses({ bits }: Family): fc.Arbitrary<bigint> {
  const top = 1n << BigInt(bits)
  const near = (middle: bigint): fc.Arbitrary<bigint> =>
    fc.integer({ min: -6, max: 6 }).map((offset) => (((middle + BigInt(offset)) % top) + top) % top)
  const middles = [0n, 0x0a00_0000n, 0x8000_0000n, 1n << 31n, 1n << 32n, 3n << 32n, 1n << 64n, 5n << 96n]
  return fc.oneof(...middles.map((middle) => near(middle % top)), fc.bigInt({ min: 0n, max: top - 1n }))
}

interface Range {
  readonly first: bigint
  readonly last: bigint
}

function rangesOf(family: Family): fc.Arbitrary<Range[]> {
  const range = fc
    .tuple(addresses(family), addresses(family))
    .map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a }))
  const short = fc.tuple(addresses(family), fc.bigInt({ min: 0n, max: 3n })).map(([first, more]) => {
    const end = (1n << BigInt(family.bits)) - 1n
    return { first, last: first + more > end ? end : first + more }
  })
  return fc.array(fc.oneof({ weight: 5, arbitrary: short }, { weight: 1, arbitrary: range }), { maxLength: 40 })
}

describe.each(FAMILIES)('a filter of addresses of $bits bits', (family) => {
  it('blocks exactly what the lines name, wherever the text is cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 5 })
    fc.assert(
      fc.property(rangesOf(family), fc.array(addresses(family)), cuts, (ranges, others, where) => {
        const lines = ranges.map(({ first, last }) => `${family.text(first)} - ${family.text(last)} , 000 , x`)
        const { filter } = parse(lines.join('\r\n'), where)
        const edges = ranges.flatMap(({ first, last }) => [first - 1n, first, last, last + 1n])
        for (const ip of [...others, ...edges]) {
          if (ip < 0n || ip >> BigInt(family.bits) !== 0n || isOtherFamily(ip, family)) continue
          const isIn = ranges.some(({ first, last }) => first <= ip && ip <= last)
          expect(filter.isBlocked(family.text(ip)), family.text(ip)).toBe(isIn)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('keeps no two ranges that overlap or touch', () => {
    fc.assert(
      fc.property(rangesOf(family), (ranges) => {
        const text = ranges.map(({ first, last }) => `${family.text(first)}-${family.text(last)}`).join('\n')
        expect(parse(text).filter.ranges).toBe(merged(ranges))
      }),
      { numRuns: 500 },
    )
  })
})

/** IPv4-mapped addresses are IPv4. */
function isOtherFamily(ip: bigint, { bits }: Family): boolean {
  return bits === 128 && ip >> 32n === 0xffffn
}

function merged(ranges: readonly Range[]): number {
  let count = 0
  let end = -2n
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first > end + 1n) count++
    if (last > end) end = last
  }
  return count
}

describe('a filter', () => {
  it('does not block what is no address', () => {
    const { filter } = parse('0.0.0.0/0\n::/0')
    expect(['1.2.3.4', '::1', 'fe80::1%eth0'].every((ip) => filter.isBlocked(ip))).toBe(true)
    expect(
      ['', 'example.org', '1.2.3', '1.2.3.4:80', '[::1]', 'a'.repeat(10_000)].some((x) => filter.isBlocked(x)),
    ).toBe(false)
  })

  it('of many ranges in any order is right', () => {
    const random = seededRandom(3)
    const words = Array.from({ length: 200_000 }, () => random.u32())
    const ip = (word: number): string => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.')
    const { filter, skippedLines } = parse(words.map((word) => `x:${ip(word)}-${ip(word)}`).join('\n'))
    expect(skippedLines).toBe(0)
    expect(words.every((word) => filter.isBlocked(ip(word)))).toBe(true)
    const known = new Set(words)
    const strangers = Array.from({ length: 10_000 }, () => random.u32()).filter((word) => !known.has(word))
    expect(strangers.some((word) => filter.isBlocked(ip(word)))).toBe(false)
  })
})

describe('a list', () => {
  it('names the first lines that make no sense and counts all', () => {
    const { filter, skippedLines, problems } = parse(
      `\n1.2.3.4\n${'nonsense '.repeat(100)}\n${'bad\n'.repeat(20)}5.6.7.8`,
    )
    expect(filter.ranges).toBe(2)
    expect(skippedLines).toBe(21)
    expect(problems.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7])
    expect(problems[0]!.text).toHaveLength(80)
  })

  it('without a line that makes sense is refused, an empty one is not', () => {
    expect(() => parse('<html>\n<body>')).toThrow(
      expect.objectContaining({ code: 'IP_FILTER_INVALID', context: { line: 1, text: '<html>' } }),
    )
    expect(parse('').filter.ranges).toBe(0)
    expect(parse('# nothing\n').filter.ranges).toBe(0)
  })

  it('holds no more of a line than makes sense', () => {
    const parser = new IpFilterParser()
    parser.push('9.9.9.9\n')
    for (let n = 0; n < 1000; n++) parser.push('1'.repeat(65_536))
    parser.push('\n1.2.3.4')
    const steps = parser.finish()
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    expect(step.value).toMatchObject({ filter: { ranges: 2 }, skippedLines: 1, problems: [{ line: 2 }] })
  })

  it('is refused above its bound instead of being cut', () => {
    const parser = new IpFilterParser()
    const part = '#'.repeat(16_777_216)
    expect(() => {
      for (let n = 0; n <= 32; n++) parser.push(part)
    }).toThrow(expect.objectContaining({ code: 'IP_FILTER_TOO_LARGE' }))
  })
})
