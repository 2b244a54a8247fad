// Names with their values, one a line.

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import type { Painter } from './painter.ts'

/** A name and its value. */
export type Fact = readonly [label: string, value: string, style?: Style]

/** Draws facts in so many columns, downwards first; what does not fit is left out. */
export function drawFacts(painter: Painter, rect: Rect, facts: readonly Fact[], columns = 1): void {
  const labelWidth = Math.max(0, ...facts.map(([label]) => painter.width(label))) + 2
  const width = Math.floor(rect.width / columns)
  const lines = Math.ceil(facts.length / columns)
  for (const [i, [label, value, style = STYLE.plain]] of facts.entries()) {
    const y = rect.y + (i % lines)
    if (y >= rect.y + rect.height) continue
    const x = rect.x + Math.floor(i / lines) * width
    painter.left({ x, y, width: labelWidth - 1 }, label, STYLE.dim)
    painter.left({ x: x + labelWidth, y, width: width - labelWidth - 1 }, value, style)
  }
}
