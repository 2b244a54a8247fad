// The codec against its own output, mutations of it, and noise.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { asInt, encode } from '@ccbt/bencode'

import { readMessage, writeAnswer, writeQuery, writeRefusal } from '../../src/dht/krpc.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const id = text('abcdefghij0123456789')

describe('a message', () => {
  it('has the bytes of the examples of BEP 5', () => {
    const query = writeQuery({ transaction: text('aa'), method: 'ping', arguments: { id }, isReadOnly: false })
    expect(query).toEqual(text('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'))
    const refusal = writeRefusal(text('aa'), 201, 'A Generic Error Ocurred')
    expect(refusal).toEqual(text('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee'))
    const answer = readMessage(text('d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re'))
    expect(answer).toMatchObject({ kind: 'answer', id: text('mnopqrstuvwxyz123456'), transaction: text('aa') })
  })

  it('is read as it was written', () => {
    const transaction = fc.uint8Array({ minLength: 1, maxLength: 32 })
    fc.assert(
      fc.property(
        transaction,
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.boolean(),
        (t, target, isReadOnly) => {
          const values = { id, target, port: 7 }
          const query = readMessage(writeQuery({ transaction: t, method: 'get', arguments: values, isReadOnly }))
          expect(query).toMatchObject({ kind: 'query', transaction: t, method: 'get', id, isReadOnly })
          expect(query.kind === 'query' && asInt(query.arguments.get('port'))).toBe(7)
          const answer = readMessage(writeAnswer(t, { id, target }, Uint8Array.of(1, 2, 3, 4, 5, 6)))
          expect(answer).toMatchObject({ kind: 'answer', transaction: t, id, ip: Uint8Array.of(1, 2, 3, 4, 5, 6) })
          expect(readMessage(writeRefusal(t, 203, 'no'))).toEqual({ kind: 'refusal', transaction: t, code: 203 })
        },
      ),
    )
  })

  it('of noise, or with bytes changed, never throws', () => {
    const valid = writeAnswer(text('aaaa'), { id, values: [text('123456')], nodes: new Uint8Array(52) }, text('123456'))
    const change = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), change, (noise, changes) => {
        const broken = valid.slice()
        for (const [at, byte] of changes) broken[at] = byte
        for (const bytes of [noise, Uint8Array.of(0x64, ...noise), broken, broken.subarray(0, noise.length)]) {
          expect(['query', 'answer', 'refusal', 'invalid']).toContain(readMessage(bytes).kind)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('does not keep its datagram alive by the id', () => {
    const bytes = writeQuery({ transaction: text('aa'), method: 'ping', arguments: { id }, isReadOnly: false })
    const query = readMessage(bytes)
    expect(query.kind === 'query' && query.id.buffer.byteLength).toBe(20)
  })

  it('with a strange error list is a refusal all the same', () => {
    for (const e of [[], 'x', [text('201')], [-1], { a: 1 }]) {
      expect(readMessage(encode({ e, t: 'aa', y: 'e' })).kind).toBe('refusal')
    }
  })

  it('of ten thousand small values is not read', () => {
    const values = Array.from({ length: 4000 }, () => 1)
    expect(readMessage(encode({ r: { id, values }, t: 'aa', y: 'r' })).kind).toBe('invalid')
  })
})
