// Bytes of a terminal as inputs, however they are cut; and lines that are edited with them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { editLine, lineOf } from '../src/app/line-edit.ts'
import { splitWords } from '../src/app/words.ts'
import { InputDecoder } from '../src/terminal/input-decoder.ts'
import type { Input } from '../src/terminal/input.ts'

function decode(...parts: readonly (string | Uint8Array)[]): Input[] {
  const decoder = new InputDecoder()
  const inputs = parts.flatMap((part) => decoder.push(typeof part === 'string' ? Buffer.from(part) : part))
  return [...inputs, ...decoder.flush()]
}

function keysOf(text: string): string[] {
  return decode(text).map((input) => (input.type === 'key' ? input.key : input.type))
}

const piece = fc.constantFrom(
  'a',
  '가',
  '😀',
  '\r',
  '\t',
  '\x7f',
  '\x1b[A',
  '\x1bOP',
  '\x1b[1;5C',
  '\x1b[3~',
  '\x1b[<0;10;5M',
  '\x1b[<65;1;1M',
  '\x1b[200~pasted \x1b[2J text\r\nof two lines\x1b[201~',
)

describe('input', () => {
  it('is the same wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.array(fc.nat(), { maxLength: 5 }), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const places = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b)
        const parts = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
        expect(decode(...parts)).toEqual(decode(bytes))
        expect(decode(bytes).length).toBe(pieces.length)
      }),
    )
  })

  it('of any bytes is bounded and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (parts) => {
        const length = parts.reduce((sum, part) => sum + part.length, 0)
        expect(decode(...parts).length).toBeLessThanOrEqual(length)
      }),
    )
  })

  it.each([
    ['jG', ['j', 'G']],
    ['\x03\x1a', ['C-c', 'C-z']],
    ['\x1b[A\x1bOB\x1b[1;5C\x1b[Z', ['up', 'down', 'C-right', 'S-tab']],
    ['\x1b[5~\x1b[6~\x1b[H\x1b[F', ['pageup', 'pagedown', 'home', 'end']],
    ['\x1b', ['escape']],
    ['\x1b\x1b', ['escape', 'escape']],
    ['\x1bp', ['M-p']],
    ['\x1b[?1;2c', []],
  ])('%j is %j', (text, keys) => expect(keysOf(text)).toEqual(keys))

  it('gives a key that comes in one read with a mouse event', () => {
    expect(decode('\x1b[<0;3;4Mq')).toEqual([
      { type: 'mouse', action: 'press', x: 2, y: 3 },
      { type: 'key', key: 'q' },
    ])
  })

  it('cuts a paste that has no end', () => {
    const decoder = new InputDecoder()
    decoder.push(Buffer.from('\x1b[200~'))
    for (let i = 0; i < 100; i++) decoder.push(Buffer.alloc(10_000, 'x'))
    const [paste] = decoder.push(Buffer.from('\x1b[201~'))
    expect(paste).toMatchObject({ type: 'paste' })
    expect(paste?.type === 'paste' ? paste.text.length : 0).toBe(65_536)
  })
})

describe('a line', () => {
  it('keeps its cursor between whole characters', () => {
    const keys = ['a', '😀', '가', 'space', 'left', 'right', 'home', 'end', 'backspace', 'delete', 'C-w', 'C-u', 'C-k']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...keys)), (script) => {
        let line = lineOf('')
        for (const key of script) {
          line = editLine(line, { type: 'key', key }) ?? line
          expect(line.cursor).toBeGreaterThanOrEqual(0)
          expect(line.cursor).toBeLessThanOrEqual(line.text.length)
          expect(line.text.isWellFormed()).toBe(true)
          expect(line.text.slice(0, line.cursor).isWellFormed()).toBe(true)
        }
      }),
    )
  })

  it.each([
    ['info a.torrent', ['info', 'a.torrent']],
    [`add 'a b' "c \\"d" e\\ f`, ['add', 'a b', 'c "d', 'e f']],
    ['  ', []],
  ])('%j has the words %j', (text, words) => expect(splitWords(text)).toEqual(words))
})
