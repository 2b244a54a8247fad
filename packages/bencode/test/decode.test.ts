import { createHash } from 'node:crypto'
import { isCcbtError } from '@ccbt/primitives'
import { asBytes, asDict, asInt, asList, asText, decode, keyBytes, keyOf, type ScanLimits } from '@ccbt/bencode'
import { describe, expect, it } from 'vitest'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

function failure(text: string | Uint8Array, limits?: ScanLimits): string {
  try {
    decode(typeof text === 'string' ? bytes(text) : text, limits)
  } catch (error) {
    if (isCcbtError(error)) return error.code
    throw error
  }
  return 'accepted'
}

describe('decode', () => {
  it('reads each kind of value', () => {
    const dict = asDict(decode(bytes('d1:ai-42e1:bl3:one0:e1:cd1:x1:yee')).value)
    expect(asInt(dict?.get('a'))).toBe(-42)
    expect(asList(dict?.get('b'))?.map((item) => asText(item))).toEqual(['one', ''])
    expect(asText(asDict(dict?.get('c'))?.get('x'))).toBe('y')
    expect(dict?.get('d')).toBeUndefined()
    expect([...(dict?.keys() ?? [])]).toEqual(['a', 'b', 'c'])
    expect(dict?.size).toBe(3)
  })

  it('gives strings as views into the input, without a copy', () => {
    const input = bytes('l5:helloe')
    const item = asBytes(asList(decode(input).value)?.[0])
    expect(item?.buffer).toBe(input.buffer)
    expect(item?.byteOffset).toBe(3)
  })

  it('works on a view that does not start its buffer', () => {
    const input = bytes('xxxxd3:key5:valueeyy').subarray(4, 18)
    const { value, span, end } = decode(input)
    expect(asText(asDict(value)?.get('key'))).toBe('value')
    expect(span(['key'])).toEqual({ start: 6, end: 13 })
    expect(end).toBe(14)
  })

  it('answers undefined for the wrong type', () => {
    const { value } = decode(bytes('i1e'))
    expect([asDict(value), asList(value), asBytes(value), asText(value)]).toEqual(Array(4).fill(undefined))
    expect(asInt(decode(bytes('1:1')).value)).toBeUndefined()
    expect(asInt(undefined)).toBeUndefined()
  })

  it.each([
    '',
    'e',
    'd',
    'l',
    'i',
    '5:abc',
    '3',
    '3abc',
    ':',
    'x',
    'li1e',
    'd1:ae',
    'd1:a',
    'di1e1:ae',
    'dle1:ae',
    'i1',
    'i1x',
  ])('rejects the malformed %j', (text) => {
    expect(failure(text)).toBe('BENCODE_SYNTAX_INVALID')
  })

  it('says where the fault is', () => {
    try {
      decode(bytes('d1:ai007ee'))
      expect.unreachable()
    } catch (error) {
      if (!isCcbtError(error, 'BENCODE_SYNTAX_INVALID')) throw error
      expect(error.context.position).toBe(4)
      expect(error.blame).toBe('input')
    }
  })

  it('knows the raw bytes under a path, so that the hash is of what was written', () => {
    const info = 'd6:lengthi1e4:name1:b4:name1:ae' // repeated key: re-encoding would change it
    const { span } = decode(bytes(`d8:announce3:url4:info${info}5:extrali1eee`))
    const found = span(['info'])!
    expect(bytes(`d8:announce3:url4:info${info}5:extrali1eee`).subarray(found.start, found.end)).toEqual(bytes(info))
    expect(span(['info', 'length'])).toEqual({ start: found.start + 9, end: found.start + 12 })
    expect(span(['extra'])).toBeDefined()
    expect(span([])).toEqual({ start: 0, end: 66 })
    expect(span(['none'])).toBeUndefined()
    expect(span(['announce', 'deeper'])).toBeUndefined()
  })

  it('finds keys in large dictionaries and keeps binary keys distinct', () => {
    const keys = Array.from({ length: 500 }, (_, n) => createHash('sha1').update(String(n)).digest())
    keys.sort((a, b) => Buffer.compare(a, b))
    const body = Buffer.concat(keys.flatMap((key, n) => [Buffer.from('20:'), key, Buffer.from(`i${n}e`)]))
    const dict = asDict(decode(Buffer.concat([Buffer.from('d'), body, Buffer.from('e')])).value)!
    keys.forEach((key, n) => expect(dict.get(keyOf(key))).toBe(n))
    expect(dict.size).toBe(500)
    expect([...dict.entries()].map(([key]) => Buffer.from(keyBytes(key)))).toEqual(keys)
  })

  it('weighs values and lists dictionaries before it builds anything', () => {
    const dict = asDict(decode(bytes('d1:al1:x1:ye1:bld1:ni1eed1:ni2eee1:cldeleee')).value)!
    expect([dict.weight('a'), dict.weight('b'), dict.weight('none')]).toEqual([4, 10, 0])
    expect(dict.dicts('b', 2)?.map((item) => item.get('n'))).toEqual([1, 2])
    expect(dict.dicts('b', 1)).toBeUndefined()
    expect(dict.dicts('c', 9)).toBeUndefined()
    expect(dict.dicts('none', 9)).toBeUndefined()
  })
})

describe('hostile input', () => {
  it('H1: 200 000 nested lists or dictionaries are too deep, not a stack overflow', () => {
    expect(failure('l'.repeat(200_000) + 'e'.repeat(200_000))).toBe('BENCODE_DEPTH_EXCEEDED')
    expect(failure('d0:'.repeat(200_000) + 'e'.repeat(200_000))).toBe('BENCODE_DEPTH_EXCEEDED')
    expect(failure('l'.repeat(200_000), { maxDepth: Infinity })).toBe('BENCODE_DEPTH_EXCEEDED')
    expect(failure('l'.repeat(64) + 'e'.repeat(64))).toBe('accepted')
    expect(failure('l'.repeat(65) + 'e'.repeat(65))).toBe('BENCODE_DEPTH_EXCEEDED')
  })

  it.each([
    'i007e',
    'i-0e',
    'ie',
    'i-e',
    'i1.5e',
    'i+1e',
    'i 1e',
    'i1e5',
    'i0x1e',
    'i--1e',
    'i00e',
    `i${'9'.repeat(21)}e`,
    `i${'9'.repeat(400)}e`,
  ])('H2: rejects the integer %s', (text) => {
    expect(failure(text)).toMatch(/^BENCODE_(SYNTAX_INVALID|TRAILING_BYTES)$/)
  })

  it('H3: integers beyond 2^53 are exact', () => {
    expect(decode(bytes('i9007199254740991e')).value).toBe(Number.MAX_SAFE_INTEGER)
    expect(decode(bytes('i9007199254740993e')).value).toBe(9007199254740993n)
    expect(decode(bytes('i-9007199254740993e')).value).toBe(-9007199254740993n)
    expect(decode(bytes('i9223372036854775808e')).value).toBe(2n ** 63n)
    expect(asInt(decode(bytes('i9007199254740993e')).value)).toBeUndefined()
  })

  it.each(['4:abc', '-1:a', '01:a', '00:', '99999999999999999999:a', '2147483648:a', '9999999999:a', '1 :a'])(
    'H4: rejects the string %s',
    (text) => {
      expect(failure(text)).toBe('BENCODE_SYNTAX_INVALID')
    },
  )

  it('H5: keys out of order or repeated are warnings, or errors when strict; the first one counts', () => {
    const unsorted = decode(bytes('d1:bi1e1:ai2ee'))
    expect(unsorted.warnings).toEqual(['dictionary keys out of order at byte 7'])
    const repeated = decode(bytes('d1:ai1e1:ai2ee'))
    expect(repeated.warnings).toEqual(['repeated dictionary key at byte 7'])
    expect(asDict(repeated.value)?.get('a')).toBe(1)
    expect([...(asDict(repeated.value)?.entries() ?? [])]).toEqual([['a', 1]])
    expect(failure('d1:bi1e1:ai2ee', { strictKeys: true })).toBe('BENCODE_KEY_ORDER')
    expect(failure('d1:ai1e1:ai2ee', { strictKeys: true })).toBe('BENCODE_KEY_ORDER')
    expect(failure('d1:ai1e2:aai2e1:bd1:ai1eee', { strictKeys: true })).toBe('accepted')
    expect(decode(bytes(`d${'1:ai1e'.repeat(1000)}e`)).warnings).toHaveLength(8)
  })

  it('H6: keys named like members of Object are plain data', () => {
    const dict = asDict(decode(bytes('d9:__proto__d1:xi1ee11:constructori2e8:toStringi3ee')).value)!
    expect(asDict(dict.get('__proto__'))?.get('x')).toBe(1)
    expect(dict.get('constructor')).toBe(2)
    expect(dict.get('toString')).toBe(3)
    const empty = asDict(decode(bytes('de')).value)!
    expect([empty.get('__proto__'), empty.get('constructor'), empty.has('toString')]).toEqual([
      undefined,
      undefined,
      false,
    ])
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('H7: trailing bytes are an error unless allowed', () => {
    expect(failure('i1ei2e')).toBe('BENCODE_TRAILING_BYTES')
    expect(failure('de\n')).toBe('BENCODE_TRAILING_BYTES')
    const { end, value } = decode(bytes('d5:piecei0eePAYLOAD'), { allowTrailing: true })
    expect(end).toBe(12)
    expect(asDict(value)?.get('piece')).toBe(0)
  })

  it('H11: the number of values is bounded, and unread values cost 8 bytes each', () => {
    expect(failure(`l${'0:'.repeat(1000)}e`, { maxTokens: 1002 })).toBe('accepted')
    expect(failure(`l${'0:'.repeat(1000)}e`, { maxTokens: 1001 })).toBe('BENCODE_SIZE_EXCEEDED')
    expect(failure(`l${'0:'.repeat(3_000_000)}e`)).toBe('BENCODE_SIZE_EXCEEDED')
  })

  it('H13: text that is not UTF-8 is no text: overlong forms, surrogates, stray bytes', () => {
    for (const hex of ['c0af', 'eda080', 'ff', 'e2 82'.replace(' ', ''), 'f8888080 80'.replace(' ', '')]) {
      const raw = Buffer.from(hex, 'hex')
      const { value } = decode(Buffer.concat([Buffer.from(`${raw.length}:`), raw]))
      expect(asText(value)).toBeUndefined()
      expect(asBytes(value)).toHaveLength(raw.length)
    }
    expect(asText(decode(Buffer.from('4:\u{1f600}')).value)).toBe('\u{1f600}')
    expect(asText(decode(Buffer.from('3:\ufeff')).value)).toBe('\ufeff')
  })
})
