// A box in the middle of the screen.

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Painter } from './painter.ts'

const LINES = { corners: ['┌', '┐', '└', '┘'], horizontal: '─', vertical: '│' } as const
const ASCII_LINES = { corners: ['+', '+', '+', '+'], horizontal: '-', vertical: '|' } as const

/** Draws an empty box as large as asked or as fits, and returns its inside. */
export function drawBox(painter: Painter, size: { width: number; height: number }, title: string): Rect {
  const { columns, rows } = painter.grid
  const width = Math.min(size.width, columns)
  const height = Math.min(size.height, rows)
  const x = Math.floor((columns - width) / 2)
  const y = Math.floor((rows - height) / 2)
  const { corners, horizontal, vertical } = painter.isAscii ? ASCII_LINES : LINES
  const [topLeft, topRight, bottomLeft, bottomRight] = corners
  painter.grid.paint({ x, y, width, height }, STYLE.plain, ' ')
  const line = horizontal.repeat(Math.max(0, width - 2))
  painter.left({ x, y, width }, topLeft + line + topRight, STYLE.border)
  painter.left({ x, y: y + height - 1, width }, bottomLeft + line + bottomRight, STYLE.border)
  for (let row = y + 1; row < y + height - 1; row++) {
    painter.left({ x, y: row, width: 1 }, vertical, STYLE.border)
    painter.left({ x: x + width - 1, y: row, width: 1 }, vertical, STYLE.border)
  }
  painter.left({ x: x + 2, y, width: width - 4 }, ` ${title} `, STYLE.title)
  return { x: x + 2, y: y + 1, width: width - 4, height: height - 2 }
}
