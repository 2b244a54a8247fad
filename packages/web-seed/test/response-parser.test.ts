import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { HttpSyntaxError } from '../src/http/line-reader.ts'
import { ResponseParser } from '../src/http/response-parser.ts'
import type { ResponseHead } from '../src/http/response-head.ts'

interface Read {
  readonly head: ResponseHead | undefined
  readonly body: string
  readonly isComplete: boolean
  readonly isReusable: boolean
  readonly error: string | undefined
}

function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

/** Reads an answer that comes in these pieces; `isEnded`: then the connection ends. */
function readCut(cuts: readonly Uint8Array[], { limit = 1000, isEnded = false } = {}): Read {
  let head: ResponseHead | undefined
  let body = ''
  let error: string | undefined
  const parser = new ResponseParser({
    head: (it) => {
      head = it
      return limit
    },
    body: (bytes) => (body += Buffer.from(bytes).toString('latin1')),
  })
  try {
    for (const cut of cuts) parser.push(cut)
    if (isEnded) parser.finish()
  } catch (thrown) {
    if (!(thrown instanceof HttpSyntaxError)) throw thrown
    error = thrown.message
  }
  return { head, body, isComplete: parser.isComplete, isReusable: parser.isReusable, error }
}

function read(text: string, options: { limit?: number; isEnded?: boolean } = {}): Read {
  return readCut([latin1(text)], options)
}

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`

describe('response parser', () => {
  it('reads a body by length and says that the connection can be kept', () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\nhello`)).toMatchObject({
      body: 'hello',
      isComplete: true,
      isReusable: true,
    })
  })

  it('reads an empty body', () => {
    expect(read(`${OK}Content-Length: 0\r\n\r\n`)).toMatchObject({ body: '', isComplete: true })
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ body: '', isComplete: true, isReusable: true })
    expect(read('HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n')).toMatchObject({ body: '', isComplete: true })
  })

  it('is complete only when all of the body is there', () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\nhell`, { isEnded: true })).toMatchObject({ isComplete: false })
    expect(read(`${CHUNKED}5\r\nhello\r\n`, { isEnded: true })).toMatchObject({ body: 'hello', isComplete: false })
  })

  it('reads sections with extensions and trailers', () => {
    expect(read(`${CHUNKED}3;a="b"\r\nhel\r\n0002\r\nlo\r\n0\r\nExpires: never\r\n\r\n`)).toMatchObject({
      body: 'hello',
      isComplete: true,
      isReusable: true,
    })
  })

  it('reads a body up to the end of the connection', () => {
    expect(read(`${OK}\r\nhel`)).toMatchObject({ body: 'hel', isComplete: false })
    expect(read(`${OK}\r\nhello`, { isEnded: true })).toMatchObject({
      body: 'hello',
      isComplete: true,
      isReusable: false,
    })
  })

  it('skips interim answers', () => {
    const text = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`
    expect(read(text)).toMatchObject({ body: 'x', isComplete: true, head: { status: 200 } })
  })

  it('gives fields by name in lower case, without the space around, joined when repeated', () => {
    const { head } = read(`${OK}A-b: \t x y \t\r\nVia: 1\r\nVIA: 2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n`)
    expect(Object.fromEntries(head!.fields)).toEqual({ 'a-b': 'x y', via: '1, 2', empty: '', 'content-length': '0' })
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n', true],
  ])('knows whether the connection can be kept after %j', (text, isReusable) => {
    expect(read(text)).toMatchObject({ isComplete: true, isReusable })
  })

  it('keeps no connection with bytes after the answer', () => {
    const { body, isComplete, isReusable, error } = read(`${OK}Content-Length: 5\r\n\r\nhello!`)
    expect({ body, isComplete, isReusable }).toEqual({ body: 'hello', isComplete: true, isReusable: false })
    expect(error).toBe('more bytes than announced')
  })
})

describe('response parser: hostile answers (H49)', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
    ['HTTP/0.9', '<html>\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 OK\r\n\r\n'],
    ['no status line', '\r\n'],
    ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a bare carriage return', `${OK}A: b\rC: d\r\n\r\n`],
    ['a zero byte', `${OK}A: b\0c\r\n\r\n`],
    ['a folded field', `${OK}A: b\r\n c\r\n\r\n`],
    ['space before the colon', `${OK}Content-Length : 5\r\n\r\nhello`],
    ['a field without a name', `${OK}: x\r\n\r\n`],
    ['a negative length', `${OK}Content-Length: -1\r\n\r\n`],
    ['a length with a sign', `${OK}Content-Length: +5\r\n\r\nhello`],
    ['a length of 2^63', `${OK}Content-Length: 9223372036854775808\r\n\r\n`],
    ['a length in hexadecimal', `${OK}Content-Length: 0x5\r\n\r\nhello`],
    ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['a list of lengths', `${OK}Content-Length: 5, 5\r\n\r\nhello`],
    ['length and sections', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['another transfer coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['an obfuscated transfer coding', `${OK}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['sections in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a longer body than asked for', `${OK}Content-Length: 1001\r\n\r\n`],
    ['a section of 2^63', `${CHUNKED}8000000000000000\r\n`],
    ['a longer section than asked for', `${CHUNKED}3e9\r\n`],
    ['sections longer than asked for', `${CHUNKED}1\r\nx\r\n3e8\r\n`],
    ['a section with a negative size', `${CHUNKED}-1\r\n`],
    ['a section without a size', `${CHUNKED}\r\n`],
    ['a section that is longer than it says', `${CHUNKED}1\r\nxyz\r\n`],
    ['an endless body', `${OK}\r\n${'x'.repeat(1001)}`],
  ])('refuses %s', (_, text) => {
    const { error, isReusable } = read(text)
    expect(error).toBeTypeOf('string')
    expect(isReusable).toBe(false)
  })

  it.each([
    ['header of 1 MB', `${OK}A: `, 'x', 'header too long'],
    ['endless fields', OK, 'A: b\r\n', 'header too long'],
    ['endless interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'header too long'],
    ['endless extension of a section', `${CHUNKED}1;`, 'x', 'header too long'],
    ['endless trailers', `${CHUNKED}0\r\n`, 'A: b\r\n', 'header too long'],
  ])('stops at 32 KiB of an %s', (_, start, more, message) => {
    let pushed = 0
    const parser = new ResponseParser({ head: () => 1000, body: () => {} })
    const push = (text: string): void => {
      pushed += text.length
      parser.push(latin1(text))
    }
    expect(() => {
      push(start)
      for (let i = 0; i < 1_000_000 / more.length; i++) push(more)
    }).toThrow(message)
    expect(pushed).toBeLessThanOrEqual(33_000)
  })
})

describe('response parser: however the bytes are cut', () => {
  const token = fc.stringMatching(/^[a-z]{1,8}$/)
  const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
  const length = body.map((text) => `${OK}Content-Length: ${text.length}\r\n\r\n${text}`)
  const sections = fc
    .array(
      body.filter((text) => text !== ''),
      { maxLength: 5 },
    )
    .map((texts) => `${CHUNKED}${texts.map((t) => `${t.length.toString(16)}\r\n${t}\r\n`).join('')}0\r\n\r\n`)
  const toEnd = fc.tuple(token, body).map(([name, text]) => `HTTP/1.1 206 \r\nX-${name}: y\r\n\r\n${text}`)
  /** Valid answers, some with a byte changed. */
  const answers = fc
    .tuple(fc.oneof(length, sections, toEnd), fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 2 }))
    .map(([text, change]) => {
      const bytes = latin1(text)
      if (change !== null) bytes[change[0] % bytes.length] = change[1]
      return bytes
    })

  it('the result is the same', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), (bytes, places, isEnded) => {
        const cuts = [0, ...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b)
        const pieces = cuts.slice(1).map((end, i) => bytes.slice(cuts[i], end))
        expect(readCut(pieces, { isEnded })).toEqual(readCut([bytes], { isEnded }))
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
        expect(readCut(single, { isEnded })).toEqual(readCut([bytes], { isEnded }))
      }),
      { numRuns: 500 },
    )
  })

  it('bodies arrive as they are, without a copy', () => {
    const bytes = latin1(`${OK}Content-Length: 5\r\n\r\nhello`)
    const views: Uint8Array[] = []
    new ResponseParser({ head: () => 5, body: (view) => views.push(view) }).push(bytes)
    expect(views.map((view) => view.buffer)).toEqual([bytes.buffer])
    expect(views[0]!.byteOffset).toBe(bytes.length - 5)
  })

  it('whatever comes, only syntax errors are thrown and no more than the limit is delivered', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 30 }),
            fc.constantFrom(OK, '\r\n', 'a:b\r\n', CHUNKED, '3\r\n').map(latin1),
          ),
          { maxLength: 20 },
        ),
        (pieces) => {
          expect(readCut(pieces, { limit: 10, isEnded: true }).body.length).toBeLessThanOrEqual(10)
        },
      ),
      { numRuns: 500 },
    )
  })
})
