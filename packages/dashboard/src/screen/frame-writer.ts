// Writes frames as the bytes that turn the last one into the next: nothing when nothing changed. After a character whose
// width terminals may disagree about, the next one is placed by its column, so one wrong glyph never moves a neighbour.

import { CellGrid } from './cell-grid.ts'
import type { Style } from './style.ts'

/** Up to so many unchanged plain cells are written again instead of skipped: a jump takes as many bytes. */
const MAX_REWRITE = 4
/** Shorter runs of blanks at the end of a row are written as blanks. */
const MIN_CLEAR = 6
/** ASCII, box drawing, blocks, braille: one column everywhere. */
const CERTAIN = /^[\x20-\x7e\u2500-\u259f\u2800-\u28ff]$/

/** The terminal after the last frame. */
export class FrameWriter {
  readonly #sgrOf: (style: Style) => string
  #last: CellGrid | undefined
  #parts: string[] = []
  /** Where the terminal's cursor is; -1 = not known. */
  #at = -1
  #style = -1

  /** `sgrOf` gives the parameters of Select Graphic Rendition for a style; '' is the terminal's own look. */
  constructor(sgrOf: (style: Style) => string) {
    this.#sgrOf = sgrOf
  }

  /** Forgets what the terminal shows: the next frame is written as a whole. */
  forget(): void {
    this.#last = undefined
  }

  /** The bytes that make the terminal show `next`. */
  frame(next: CellGrid): string {
    this.#parts = []
    this.#at = -1
    this.#style = -1
    const last = this.#sameSize(next) ?? this.#cleared(next)
    for (let y = 0; y < next.rows; y++) this.#row(next, last, y)
    this.#last = next
    if (this.#style > 0) this.#parts.push('\x1b[0m')
    return this.#parts.join('')
  }

  #sameSize(next: CellGrid): CellGrid | undefined {
    const last = this.#last
    return last !== undefined && last.columns === next.columns && last.rows === next.rows ? last : undefined
  }

  #cleared(next: CellGrid): CellGrid {
    this.#parts.push('\x1b[0m\x1b[2J')
    return new CellGrid(next)
  }

  #row(next: CellGrid, last: CellGrid, y: number): void {
    const start = y * next.columns
    const end = start + next.columns
    let blankFrom = end
    while (blankFrom > start && isBlank(next, blankFrom - 1)) blankFrom--
    for (let i = start; i < end; i++) {
      if (!differs(next, last, i) || next.texts[i] === '') continue
      if (i >= blankFrom && end - i >= MIN_CLEAR) {
        this.#clear(i, next.columns)
        return
      }
      this.#bridge(next, i)
      this.#cell(next, i)
    }
  }

  /** Brings the cursor to a cell: over a few unchanged ones by writing them again, else by a jump. */
  #bridge(next: CellGrid, index: number): void {
    const from = this.#at
    const isSameRow = from >= index - (index % next.columns)
    if (isSameRow && from < index && index - from <= MAX_REWRITE && this.#isPlain(next, from, index)) {
      for (let i = from; i < index; i++) this.#cell(next, i)
    }
    this.#move(index, next.columns)
  }

  #isPlain(grid: CellGrid, from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (!CERTAIN.test(grid.texts[i]!) || grid.styles[i] !== this.#style) return false
    return true
  }

  #cell(grid: CellGrid, index: number): void {
    this.#select(grid.styles[index]!)
    const text = grid.texts[index]!
    if (CERTAIN.test(text)) {
      this.#parts.push(text)
      this.#at = (index + 1) % grid.columns === 0 ? -1 : index + 1
      return
    }
    // Where the terminal draws it narrower, the second column would keep what was there.
    if (grid.texts[index + 1] === '') {
      this.#parts.push('  ')
      this.#at = -1
      this.#move(index, grid.columns)
    }
    this.#parts.push(text)
    this.#at = -1
  }

  #clear(index: number, columns: number): void {
    this.#move(index, columns)
    this.#select(0)
    this.#parts.push('\x1b[K')
  }

  #move(index: number, columns: number): void {
    if (this.#at === index) return
    const column = (index % columns) + 1
    const row = Math.floor(index / columns) + 1
    this.#parts.push(`\x1b[${row};${column}H`)
    this.#at = index
  }

  #select(style: Style): void {
    if (style === this.#style) return
    const sgr = this.#sgrOf(style)
    this.#parts.push(sgr === '' ? '\x1b[0m' : `\x1b[0;${sgr}m`)
    this.#style = style
  }
}

function differs(next: CellGrid, last: CellGrid, index: number): boolean {
  return next.texts[index] !== last.texts[index] || next.styles[index] !== last.styles[index]
}

function isBlank(grid: CellGrid, index: number): boolean {
  return grid.texts[index] === ' ' && grid.styles[index] === 0
}
