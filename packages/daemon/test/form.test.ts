// Forms as clients write them, and as nobody should.

import { isCcbtError } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { formOf } from '../src/qbittorrent/form.ts'
import type { Form } from '../src/qbittorrent/form.ts'

const BOUNDARY = 'x-y'

function read(body: Buffer, type = `multipart/form-data; boundary=${BOUNDARY}`, query = ''): Form {
  return formOf({ body, headers: { 'content-type': type }, query: new URLSearchParams(query) })
}

interface Part {
  readonly name: string
  readonly isFile: boolean
  readonly content: Uint8Array
}

function written(parts: readonly Part[]): Buffer {
  const lines = parts.flatMap(({ name, isFile, content }) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${isFile ? '; filename="a"' : ''}\r\n\r\n`,
    content,
    '\r\n',
  ])
  return Buffer.concat([...lines, `--${BOUNDARY}--\r\n`].map((line) => Buffer.from(line)))
}

describe('a form', () => {
  it('with files and fields is read as it was written', () => {
    const part = fc.record({
      name: fc.stringMatching(/^[a-zA-Z]{1,10}$/),
      isFile: fc.boolean(),
      content: fc.oneof(fc.uint8Array(), fc.constantFrom(Buffer.from('\r\n\r\n--x-'), Buffer.from('--\r\n\r\n'))),
    })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const { fields, files } = read(written(parts))
        expect(files.map((file) => Buffer.from(file))).toEqual(
          parts.filter(({ isFile }) => isFile).map(({ content }) => Buffer.from(content)),
        )
        const texts = parts.filter(({ isFile }) => !isFile)
        const expected = texts.map(({ name, content }) => [name, Buffer.from(content).toString('utf8')])
        expect(fields).toEqual(Object.fromEntries(expected))
      }),
    )
  })

  it('of any bytes is read or refused', () => {
    const piece = fc.constantFrom(
      `--${BOUNDARY}`,
      `--${BOUNDARY}--`,
      '\r\n',
      '\r\n\r\n',
      'content-disposition: ',
      'name="',
      ';',
      'a',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        try {
          read(Buffer.from(pieces.join('')))
        } catch (error) {
          expect(isCcbtError(error, 'DAEMON_REQUEST_INVALID')).toBe(true)
        }
      }),
    )
  })

  it('with too many parts or names is refused', () => {
    const parts = Array.from({ length: 1001 }, (_, i) => ({ name: `n${i}`, isFile: false, content: Buffer.from('') }))
    expect(() => read(written(parts))).toThrow('too many')
    const type = 'application/x-www-form-urlencoded'
    expect(() => read(Buffer.from('a=1&'.repeat(1001)), type)).toThrow('too many')
  })

  it('has names of the query as well, and no name reaches what objects have', () => {
    const { fields } = read(Buffer.from('__proto__=x&b=2+3%20'), 'application/x-www-form-urlencoded', 'a=1&b=1')
    expect(Object.entries(fields)).toEqual([
      ['a', '1'],
      ['b', '2 3 '],
      ['__proto__', 'x'],
    ])
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
  })
})
