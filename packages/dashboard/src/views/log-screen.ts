// The log, newest at the bottom. Names of torrents are before their lines, but not in the log of one.

import type { LogLine } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import type { Painter } from './painter.ts'

const STYLES: Readonly<Record<LogLine['level'], Style>> = {
  debug: STYLE.dim,
  info: STYLE.plain,
  warning: STYLE.waiting,
  error: STYLE.bad,
}

/** The log of everything. */
export function drawLog(painter: Painter, rect: Rect): void {
  const lines = painter.world.log
  const hashes = new Set(lines.map(({ infoHash }) => infoHash))
  const names = new Map<string, string>()
  for (const { infoHash, name } of painter.world.book.rows()) if (hashes.has(infoHash)) names.set(infoHash, name)
  drawLines(
    painter,
    rect,
    lines.map((line) => named(line, names.get(line.infoHash))),
  )
}

function named(line: LogLine, name: string | undefined): LogLine {
  return name === undefined || line.text.includes(name) ? line : { ...line, text: `${name}: ${line.text}` }
}

/** Some lines of it. */
export function drawLines(painter: Painter, rect: Rect, lines: readonly LogLine[]): void {
  if (lines.length === 0) {
    painter.left({ x: rect.x + 1, y: rect.y, width: rect.width - 1 }, painter.say('noLog'), STYLE.dim)
    return
  }
  const cursor = Math.min(painter.ui.line, lines.length - 1)
  const first = painter.scene.scroll.first('log', { cursor, length: lines.length, height: rect.height })
  for (let i = 0; i < rect.height; i++) {
    const line = lines[first + i]
    if (line === undefined) break
    const y = rect.y + i
    const x = painter.left({ x: rect.x + 1, y, width: 9 }, clockOf(line.atMs), STYLE.dim)
    const level = painter.left({ x, y, width: 8 }, line.level, STYLES[line.level])
    painter.left({ x: level + 1, y, width: rect.x + rect.width - level - 1 }, line.text, STYLES[line.level])
    painter.press({ ...rect, y, height: 1 }, { type: 'line', line: first + i })
    if (first + i === cursor) painter.grid.highlight({ ...rect, y })
  }
}

/** Local time of day. */
function clockOf(atMs: number): string {
  const date = new Date(atMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} `
}
