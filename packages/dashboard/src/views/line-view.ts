// A line that is being typed, with the part around the cursor in sight.

import type { Line } from '../app/line-edit.ts'
import { STYLE } from '../screen/style.ts'
import { widthOf } from '../text/cell-text.ts'
import type { Painter } from './painter.ts'
import type { Slot } from './table.ts'

export function drawLine(painter: Painter, { x, y, width }: Slot, { text, cursor }: Line): void {
  if (width < 2) return
  const { text: texts } = painter.scene
  // One column stays for the cursor behind the last character.
  const before = [...texts.cells(text.slice(0, cursor))]
  while (widthOf(before) > width - 1) before.shift()
  const after = texts.cells(text.slice(cursor))
  const at = painter.grid.put({ x, y, end: x + width }, before, STYLE.input)
  painter.grid.put({ x: at, y, end: x + width }, after, STYLE.input)
  painter.grid.highlight({ x: at, y, width: after[0]?.width ?? 1 })
}
