// One frame of the screen as cells. A wide character has its text in the first of its two cells and '' in the second;
// whatever is put over a half of it replaces the whole, so a row always has exactly as many columns as the screen.

import type { Cell } from '../text/cell-text.ts'
import { CURSOR } from './style.ts'
import type { Style } from './style.ts'

/** Columns and rows. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Where something is drawn. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A frame. Everything outside of it is cut off. */
export class CellGrid implements Size {
  readonly columns: number
  readonly rows: number
  /** Row by row; '' is the second half of the character before it. */
  readonly texts: string[]
  readonly styles: Uint8Array

  constructor({ columns, rows }: Size) {
    this.columns = columns
    this.rows = rows
    this.texts = Array.from<string>({ length: columns * rows }).fill(' ')
    this.styles = new Uint8Array(columns * rows)
  }

  /** Puts cells from (x, y) on, up to `end` (exclusive), and returns the column after the last one. */
  put(
    at: { readonly x: number; readonly y: number; readonly end: number },
    cells: readonly Cell[],
    style: Style,
  ): number {
    const end = Math.min(at.end, this.columns)
    let { x } = at
    if (at.y < 0 || at.y >= this.rows || x < 0) return x
    for (const { text, width } of cells) {
      if (x + width > end) break
      this.#set(at.y * this.columns + x, x, text, style)
      if (width === 2) this.#setTail(at.y * this.columns + x + 1, x + 1, style)
      x += width
    }
    return x
  }

  /** Gives every cell of a rectangle a style and, with `text`, a character of one column. */
  paint({ x, y, width, height }: Rect, style: Style, text?: string): void {
    const endX = Math.min(x + width, this.columns)
    for (let row = Math.max(0, y); row < Math.min(y + height, this.rows); row++) {
      for (let column = Math.max(0, x); column < endX; column++) {
        const index = row * this.columns + column
        if (text === undefined) this.styles[index] = style
        else this.#set(index, column, text, style)
      }
    }
  }

  /** Marks a row as the one under the cursor. */
  highlight({ x, y, width }: Omit<Rect, 'height'>): void {
    if (y < 0 || y >= this.rows) return
    const start = y * this.columns
    for (let i = start + Math.max(0, x); i < start + Math.min(x + width, this.columns); i++) this.styles[i]! |= CURSOR
  }

  /** The text of a row. */
  line(y: number): string {
    return this.texts.slice(y * this.columns, (y + 1) * this.columns).join('')
  }

  #set(index: number, column: number, text: string, style: Style): void {
    if (this.texts[index] === '' && column > 0) this.texts[index - 1] = ' '
    if (column + 1 < this.columns && this.texts[index + 1] === '') this.texts[index + 1] = ' '
    this.texts[index] = text
    this.styles[index] = style
  }

  #setTail(index: number, column: number, style: Style): void {
    if (column + 1 < this.columns && this.texts[index + 1] === '') this.texts[index + 1] = ' '
    this.texts[index] = ''
    this.styles[index] = style
  }
}
