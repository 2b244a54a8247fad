// Text and frames against a real terminal emulator: what it shows after any series of frames is the last frame.

import { Terminal } from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CellGrid } from '../src/screen/cell-grid.ts'
import { FrameWriter } from '../src/screen/frame-writer.ts'
import { STYLE } from '../src/screen/style.ts'
import { sgrOfTheme } from '../src/screen/theme.ts'
import { cellsOf, CellText, widthOf } from '../src/text/cell-text.ts'

/** What hostile names are made of, with ordinary text between. */
const hostileText = fc.string({
  maxLength: 40,
  unit: fc.oneof(
    fc.constantFrom(
      '\x1b[2J',
      '\x1b]0;title\x07',
      '\x9b',
      '\r',
      '\n',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u200d',
      '\ufe0f',
      '\u0301',
      '\u0e49',
      '\u1161',
      '가',
      '漢',
      '👨\u200d👩\u200d👧',
      '❤\ufe0f',
      '👍🏽',
      '🇰🇷',
      '\ud800',
      '\ue0b0',
      'ﬃ',
      'Ｗ',
      'a',
      ' ',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

const FORBIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u

describe('cells of a text', () => {
  it('contain nothing that a terminal obeys or hides, in either character set', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const cell of cellsOf(text, 'unicode')) {
          expect(cell.text).not.toMatch(FORBIDDEN)
          expect(cell.text).not.toMatch(/^\p{M}/u)
        }
        for (const cell of cellsOf(text, 'ascii'))
          expect(cell).toEqual({ width: 1, text: expect.stringMatching(/^[ -~]$/) })
      }),
    )
  })

  it.each([
    ['plain', 'plain'],
    ['a\x1b[2Jb', 'a\\x1b[2Jb'],
    ['evil\u202efdp.exe', 'evil\\u{202e}fdp.exe'],
    ['🇰🇷', 'KR'],
    ['👨\u200d👩\u200d👧', '👨👩👧'],
    ['e\u0301', 'é'],
    ['\u0301x', '\\u{301}x'],
    ['x\u0316\u0316\u0316', 'x\u0316\u0316\\u{316}'],
  ])('of %j are %j', (text, shown) => {
    const cells = cellsOf(text, 'unicode')
    expect(cells.map((cell) => cell.text).join('')).toBe(shown)
  })

  it('are as wide as the columns they take', () => {
    const text = new CellText('unicode')
    expect(text.width('abc')).toBe(3)
    expect(text.width('가나다')).toBe(6)
    expect(text.width('😀')).toBe(2)
    expect(widthOf(text.cells('e\u0301'))).toBe(1)
  })
})

const columns = 24
const rows = 5

/** Something put somewhere, over what is there. */
interface Stroke {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly style: number
}

const strokeOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Stroke> =>
  fc.record({
    x: fc.integer({ min: 0, max: columns - 1 }),
    y: fc.integer({ min: 0, max: rows - 1 }),
    text,
    style: fc.constantFrom(STYLE.plain, STYLE.bad, STYLE.header),
  })

function draw(strokes: readonly Stroke[]): CellGrid {
  const grid = new CellGrid({ columns, rows })
  for (const { x, y, text, style } of strokes) grid.put({ x, y, end: columns }, cellsOf(text, 'unicode'), style)
  return grid
}

async function shown(terminal: Terminal, bytes: string): Promise<string[]> {
  await new Promise<void>((resolve) => terminal.write(bytes, resolve))
  return Array.from({ length: rows }, (_, y) => {
    const line = terminal.buffer.active.getLine(y)
    return Array.from({ length: columns }, (_, x) => line?.getCell(x))
      .map((cell) => (cell?.getWidth() === 0 ? '' : cell?.getChars() || ' '))
      .join('|')
  })
}

/** The grid as {@link shown} tells it. */
function linesOf(grid: CellGrid): string[] {
  return Array.from({ length: rows }, (_, y) => grid.texts.slice(y * columns, (y + 1) * columns).join('|'))
}

/** Only characters whose width the emulator's tables (Unicode 6) agree about. */
const agreedText = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', ' ', '가', '漢', 'Ｗ') })

describe('a frame', () => {
  it('turns the last one into the next, whatever was there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(strokeOf(agreedText), { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
        async (frames) => {
          const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true })
          const writer = new FrameWriter(sgrOfTheme('dark', 256))
          terminal.write('\x1b[?7l')
          for (const strokes of frames) {
            const grid = draw(strokes)
            const lines = await shown(terminal, writer.frame(grid))
            expect(lines).toEqual(linesOf(grid))
            expect(writer.frame(draw(strokes))).toBe('')
          }
          terminal.dispose()
        },
      ),
    )
  })

  it('keeps every column that ASCII is in, whatever stands before it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true })
        const grid = new CellGrid({ columns, rows })
        grid.put({ x: 0, y: 0, end: 16 }, cellsOf(text, 'unicode'), STYLE.plain)
        grid.put({ x: 18, y: 0, end: columns }, cellsOf('<end>', 'unicode'), STYLE.good)
        const [line = ''] = await shown(terminal, new FrameWriter(sgrOfTheme('dark', 256)).frame(grid))
        expect(line.endsWith('|<|e|n|d|>| ')).toBe(true)
        terminal.dispose()
      }),
    )
  })

  it('rows always have as many columns as the screen', () => {
    fc.assert(
      fc.property(fc.array(strokeOf(hostileText), { maxLength: 12 }), (strokes) => {
        const grid = draw(strokes)
        for (let y = 0; y < rows; y++) {
          const texts = grid.texts.slice(y * columns, (y + 1) * columns)
          for (const [x, text] of texts.entries()) {
            const width = text === '' ? 0 : widthOf(cellsOf(text, 'unicode'))
            expect(width === 2).toBe(texts[x + 1] === '')
          }
        }
      }),
    )
  })
})
