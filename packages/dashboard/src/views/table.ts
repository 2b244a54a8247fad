// Lists with columns. Columns have a rank: where they do not all fit, those of the highest rank go first.

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import type { Painter } from './painter.ts'
import type { Target } from './target.ts'

/** Where a value is drawn. */
export type Slot = Omit<Rect, 'height'>

/** A column of rows of one type. */
export interface Column<R> {
  readonly title: string
  readonly width: number
  /** 0 = always there. */
  readonly rank: number
  /** Takes what the others leave. */
  readonly isWide?: boolean
  readonly isRight?: boolean
  readonly draw: (painter: Painter, slot: Slot, row: R) => void
  readonly press?: Target['action']
}

/** A column of a text. */
export function textColumn<R>(
  title: string,
  options: { width: number; rank: number; isRight?: boolean; isWide?: boolean },
  textOf: (row: R) => readonly [text: string, style: Style],
): Column<R> {
  return {
    title,
    ...options,
    draw: (painter, slot, row) => {
      const [text, style] = textOf(row)
      if (options.isRight === true) painter.right(slot, text, style)
      else painter.left(slot, text, style)
    },
  }
}

/** The columns that fit, each with its place. One blank column between two. */
export function arrange<R>(
  columns: readonly Column<R>[],
  width: number,
): { column: Column<R>; x: number; width: number }[] {
  let shown = [...columns]
  const needed = (): number => shown.reduce((sum, column) => sum + column.width + 1, -1)
  while (shown.length > 1 && needed() > width) {
    const worst = shown.reduce((a, b) => (b.rank >= a.rank ? b : a))
    if (worst.rank === 0) break
    shown = shown.filter((column) => column !== worst)
  }
  const spare = Math.max(0, width - needed())
  let x = 0
  return shown.map((column) => {
    const placed = { column, x, width: column.width + (column.isWide === true ? spare : 0) }
    x += placed.width + 1
    return placed
  })
}

/** What a table shows. */
export interface TableContent<R> {
  /** The list's name in the scroll memory. */
  readonly name: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  /** Place of the row under the cursor; -1 = none. */
  readonly cursor: number
  readonly pressOf: (row: R, place: number) => Target['action']
}

/** Draws a head and the rows that fit. */
export function drawTable<R>(painter: Painter, rect: Rect, content: TableContent<R>): void {
  if (rect.height < 1) return
  const placed = arrange(content.columns, rect.width)
  for (const { column, x, width } of placed) {
    const slot = { x: rect.x + x, y: rect.y, width: Math.min(width, rect.width - x) }
    if (column.isRight === true) painter.right(slot, column.title, STYLE.dim)
    else painter.left(slot, column.title, STYLE.dim)
    if (column.press !== undefined) painter.press({ ...slot, height: 1 }, column.press)
  }
  const height = rect.height - 1
  const { rows, cursor } = content
  const first = painter.scene.scroll.first(content.name, { cursor: Math.max(0, cursor), length: rows.length, height })
  for (let i = 0; i < height; i++) {
    const row = rows[first + i]
    if (row === undefined) break
    const y = rect.y + 1 + i
    for (const { column, x, width } of placed) {
      column.draw(painter, { x: rect.x + x, y, width: Math.min(width, rect.width - x) }, row)
    }
    painter.press({ x: rect.x, y, width: rect.width, height: 1 }, content.pressOf(row, first + i))
    if (first + i === cursor) painter.grid.highlight({ x: rect.x, y, width: rect.width })
  }
}
