// Texts as columns of a terminal. What comes out obeys one law: every cell is one or two columns wide on the screen,
// nothing in it moves the cursor, changes direction or hides, and two different texts do not become the same by it.
// Terminals disagree about joined emoji, variation selectors and flags, so these are taken apart instead of trusted.

import { isWide } from './wide-characters.ts'

/** What fills one or two columns: a character with its marks. */
export interface Cell {
  readonly text: string
  readonly width: 1 | 2
}

/** What the terminal can show: with `ascii`, everything else becomes visible escapes. */
export type Charset = 'unicode' | 'ascii'

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** Controls, format characters, surrogates, private use, unassigned, line ends, fillers, vowels and finals of Hangul. */
const UNSAFE = /^[\p{C}\p{Zl}\p{Zp}\u115f-\u11ff\u3164\uffa0\ud7b0-\ud7ff]$/u
const MARK = /^\p{M}$/u
const PICTURE = /^\p{Extended_Pictographic}$/u
/** Joins pictures, chooses between looks of a picture, colours its skin: nothing on their own. */
const PICTURE_PART = /^(?:\u200d|\ufe0e|\ufe0f|\u20e3|\p{Emoji_Modifier})$/u
/** Beyond these, marks pile up over other lines. */
const MAX_MARKS = 2
const REGIONAL_A = 0x1f1e6
const REGIONAL_Z = 0x1f1ff
/** Beyond this nothing is looked at: no screen is wider, and a name may have megabytes. */
const MAX_LENGTH = 2048
const CACHE_SIZE = 4096

/** Turns texts into cells; remembers the last few thousand, since a screen shows the same ones every second. */
export class CellText {
  readonly #charset: Charset
  readonly #cache = new Map<string, readonly Cell[]>()

  constructor(charset: Charset) {
    this.#charset = charset
  }

  /** Whether only ASCII can be shown. */
  get isAscii(): boolean {
    return this.#charset === 'ascii'
  }

  /** The cells of a text. */
  cells(text: string): readonly Cell[] {
    const known = this.#cache.get(text)
    if (known !== undefined) return known
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear()
    const cells = cellsOf(text, this.#charset)
    this.#cache.set(text, cells)
    return cells
  }

  /** Columns of a text. */
  width(text: string): number {
    return PRINTABLE_ASCII.test(text) && text.length <= MAX_LENGTH ? text.length : widthOf(this.cells(text))
  }
}

/** Columns of cells. */
export function widthOf(cells: readonly Cell[]): number {
  let width = 0
  for (const cell of cells) width += cell.width
  return width
}

/** The cells of a text; of a longer one than any screen only the beginning. */
export function cellsOf(text: string, charset: Charset): readonly Cell[] {
  const cells: Cell[] = []
  const writer = new CellWriter(cells, charset)
  for (const char of text.slice(0, MAX_LENGTH).normalize('NFC')) writer.put(char)
  return cells
}

class CellWriter {
  readonly #cells: Cell[]
  readonly #isAscii: boolean
  /** Marks that the last cell may still take; 0 = it takes none. */
  #marksLeft = 0
  #isAfterPicture = false

  constructor(cells: Cell[], charset: Charset) {
    this.#cells = cells
    this.#isAscii = charset === 'ascii'
  }

  put(char: string): void {
    const code = char.codePointAt(0) ?? 0
    if (code >= 0x20 && code < 0x7f) return this.#plain(char, 1)
    if (this.#isAscii) return this.#escape(code)
    if (code >= REGIONAL_A && code <= REGIONAL_Z) return this.#plain(String.fromCharCode(65 + code - REGIONAL_A), 1)
    if (this.#isAfterPicture && PICTURE_PART.test(char)) return
    if (UNSAFE.test(char)) return this.#escape(code)
    if (MARK.test(char)) return this.#mark(char, code)
    if (code === 0xa0) return this.#plain(' ', 1)
    this.#plain(char, isWide(code) ? 2 : 1)
    this.#isAfterPicture = PICTURE.test(char)
  }

  #plain(text: string, width: 1 | 2): void {
    this.#cells.push({ text, width })
    this.#marksLeft = text === ' ' ? 0 : MAX_MARKS
    this.#isAfterPicture = false
  }

  #mark(char: string, code: number): void {
    const last = this.#cells.at(-1)
    if (this.#marksLeft === 0 || last === undefined || /^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]$/u.test(char)) {
      return this.#escape(code)
    }
    this.#marksLeft--
    this.#cells[this.#cells.length - 1] = { text: last.text + char, width: last.width }
  }

  #escape(code: number): void {
    const hex = code.toString(16)
    const text = hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
    for (const char of text) this.#cells.push({ text: char, width: 1 })
    this.#marksLeft = 0
    this.#isAfterPicture = false
  }
}
