// Rates over time: download above, upload below, each with its scale.

import type { RateHistories, RateHistory } from '../model/rate-history.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { shortBytes } from '../text/figures.ts'
import { graph, graphSamples } from './graph.ts'
import type { Painter } from './painter.ts'

const LABEL_WIDTH = 8
/** Scales are of these times a power of ten, so that they do not change with every sample. */
const STEPS = [1, 2, 5, 10]
/** Below a kilobyte a second there is nothing to see. */
const MIN_SCALE = 1000

/** Draws both directions into a rectangle. */
export function drawRateGraph(painter: Painter, rect: Rect, rates: RateHistories): void {
  const top = Math.ceil(rect.height / 2)
  drawOne(painter, { ...rect, height: top }, rates.download, STYLE.download)
  drawOne(painter, { ...rect, y: rect.y + top, height: rect.height - top }, rates.upload, STYLE.upload)
}

function drawOne(painter: Painter, rect: Rect, history: RateHistory, style: Style): void {
  const width = rect.width - LABEL_WIDTH
  if (rect.height < 1 || width < 4) return
  const look = { width, height: rect.height, isAscii: painter.isAscii }
  const samples = history.last(graphSamples(look))
  const scale = scaleOf(Math.max(...samples))
  const lines = graph(samples, scale, look)
  for (const [i, line] of lines.entries()) {
    painter.left({ x: rect.x + LABEL_WIDTH, y: rect.y + i, width }, line, style)
  }
  painter.right({ x: rect.x, y: rect.y, width: LABEL_WIDTH - 1 }, `${shortBytes(scale)}/s`, STYLE.dim)
}

/** The next round number above the highest. */
export function scaleOf(max: number): number {
  const bounded = Math.max(MIN_SCALE, max)
  const power = 10 ** Math.floor(Math.log10(bounded))
  return (STEPS.find((step) => step * power >= bounded) ?? 10) * power
}
