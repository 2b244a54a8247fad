import { fromHex, toHex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createRc4Engine } from '../src/index.ts'

/** The cipher as it is written in books. */
class NaiveRc4 {
  readonly #s = Array.from({ length: 256 }, (_, i) => i)
  #i = 0
  #j = 0

  constructor(key: Uint8Array) {
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + this.#s[i]! + key[i % key.length]!) % 256
      this.#swap(i, j)
    }
  }

  next(): number {
    this.#i = (this.#i + 1) % 256
    this.#j = (this.#j + this.#s[this.#i]!) % 256
    this.#swap(this.#i, this.#j)
    return this.#s[(this.#s[this.#i]! + this.#s[this.#j]!) % 256]!
  }

  #swap(a: number, b: number): void {
    const kept = this.#s[a]!
    this.#s[a] = this.#s[b]!
    this.#s[b] = kept
  }
}

const engine = createRc4Engine()

/** RFC 6229: key, then 16 bytes of the key stream at some offsets. */
const VECTORS: readonly (readonly [string, Readonly<Record<number, string>>])[] = [
  [
    '0102030405',
    {
      0: 'b2396305f03dc027ccc3524a0a1118a8',
      240: '28cb1132c96ce286421dcaadb8b69eae',
      1024: '30abbcc7c20b01609f23ee2d5f6bb7df',
      4096: 'ff25b58995996707e51fbdf08b34d875',
    },
  ],
  [
    '0102030405060708090a0b0c0d0e0f10',
    {
      0: '9ac7cc9a609d1ef7b2932899cde41b97',
      240: '065902e4b620f6cc36c8589f66432f2b',
      1024: 'bdf0324e6083dcc6d3cedd3ca8c53c16',
      4096: 'a36a4c301ae8ac13610ccbc12256cacc',
    },
  ],
  ['833222772a', { 0: '80ad97bdc973df8a2e879e92a497efda', 4096: 'bf42c3018c2f7c66bfde524975768115' }],
  [
    'ebb46227c6cc8b37641910833222772a',
    { 0: '720c94b63edf44e131d950ca211a5a30', 1024: 'b515a8c5011754f59003058bdb81514e' },
  ],
]

describe('RC4', () => {
  it.each(VECTORS)('gives the key stream of RFC 6229 for %s', (key, expected) => {
    const stream = new Uint8Array(4128)
    engine.cipher(fromHex(key)!, 0).apply(stream, stream)
    for (const [at, hex] of Object.entries(expected))
      expect(toHex(stream.subarray(Number(at), Number(at) + 16))).toBe(hex)
  })

  it('drops 1024 bytes of the key stream unless told otherwise', () => {
    const key = fromHex('0102030405')!
    const whole = new Uint8Array(1040)
    engine.cipher(key, 0).apply(whole, whole)
    const rest = new Uint8Array(16)
    engine.cipher(key).apply(rest, rest)
    expect(toHex(rest)).toBe(toHex(whole.subarray(1024)))
  })

  it('equals the naive cipher, however the stream is cut and wherever the bytes lie', () => {
    const lengths = fc.array(fc.oneof(fc.nat(40), fc.nat(3000), fc.constantFrom(64_511, 64_512, 64_513, 130_000)), {
      maxLength: 6,
    })
    const key = fc.uint8Array({ minLength: 1, maxLength: 256 })
    fc.assert(
      fc.property(key, lengths, fc.nat(9), (key, lengths, offset) => {
        const [naive, cipher] = [new NaiveRc4(key), engine.cipher(key, 0)]
        for (const length of lengths) {
          const around = new Uint8Array(offset + length + 3).fill(7)
          const bytes = around.subarray(offset, offset + length)
          const expected = bytes.map((byte) => byte ^ naive.next())
          cipher.apply(bytes, bytes)
          expect(Buffer.compare(bytes, expected)).toBe(0)
          expect([...around.subarray(0, offset), ...around.subarray(offset + length)]).toEqual(
            Array.from({ length: offset + 3 }, () => 7),
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('keeps the ciphers of one engine apart', () => {
    const keys = [1, 2, 3].map((byte) => Uint8Array.of(byte, 9))
    const naive = keys.map((key) => new NaiveRc4(key))
    const ciphers = keys.map((key) => engine.cipher(key, 0))
    fc.assert(
      fc.property(fc.nat(2), fc.nat(50), (which, length) => {
        const bytes = new Uint8Array(length)
        ciphers[which]!.apply(bytes, bytes)
        expect([...bytes]).toEqual(Array.from({ length }, () => naive[which]!.next()))
      }),
    )
  })

  it('leaves its input alone when the output is elsewhere', () => {
    const input = Uint8Array.of(1, 2, 3)
    const output = new Uint8Array(3)
    engine.cipher(Uint8Array.of(5)).apply(input, output)
    engine.cipher(Uint8Array.of(5)).apply(output, output)
    expect([...input]).toEqual([1, 2, 3])
    expect([...output]).toEqual([1, 2, 3])
  })
})
