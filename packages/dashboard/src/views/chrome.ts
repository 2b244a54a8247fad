// What is around every screen: totals and limits at the top, notices and keys at the bottom.

import { KEYMAP, scopesOf } from '../app/keymap.ts'
import type { Binding } from '../app/keymap.ts'
import { SCREENS } from '../app/ui-state.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { shortBytes, shortRate } from '../text/figures.ts'
import type { Painter } from './painter.ts'

/** On lower screens, the names of the others give way to the one that is open. */
const MIN_ROWS_FOR_TABS = 10
/** On narrower ones, the name and the limits give way to the rates. */
const MIN_COLUMNS_FOR_LIMITS = 60

/** Draws the head and the foot; returns what is left for the screen. */
export function drawChrome(painter: Painter): Rect {
  const { columns, rows } = painter.grid
  drawTotals(painter)
  drawFoot(painter, rows - 1)
  if (rows < MIN_ROWS_FOR_TABS) return { x: 0, y: 1, width: columns, height: rows - 2 }
  drawTabs(painter)
  return { x: 0, y: 2, width: columns, height: rows - 3 }
}

function drawTotals(painter: Painter): void {
  const { columns } = painter.grid
  painter.grid.paint({ x: 0, y: 0, width: columns, height: 1 }, STYLE.header, ' ')
  const { view, size } = painter.world.book
  if (view === undefined) return
  const [down, up] = painter.isAscii ? ['D', 'U'] : ['▼', '▲']
  const isNarrow = columns < MIN_COLUMNS_FOR_LIMITS
  const rate = (sign: string, bps: number, limit: number): string => {
    const text = `${sign} ${shortRate(bps) || '0B'}/s`
    return limit > 0 && !isNarrow ? `${text} (${painter.say('limit', `${shortBytes(limit)}/s`)})` : text
  }
  painter.words({ x: 1, y: 0, width: columns - 2 }, [
    [isNarrow ? '' : 'ccbt', STYLE.header],
    [rate(down, view.downloadBps, view.downloadLimitBps), STYLE.header],
    [rate(up, view.uploadBps, view.uploadLimitBps), STYLE.header],
    [painter.say('torrentCount', size), STYLE.header],
    [painter.say('peerCount', view.connections), STYLE.header],
    [view.freeBytes < 0 ? '' : painter.say('free', shortBytes(view.freeBytes)), STYLE.header],
    [view.dhtNodes === 0 ? '' : painter.say('dhtCount', view.dhtNodes), STYLE.header],
  ])
}

function drawTabs(painter: Painter): void {
  let x = 0
  for (const [place, screen] of SCREENS.entries()) {
    const isOpen = painter.ui.screen === screen
    const name = `${place + 1} ${painter.say(screen)}`
    const [text, style] = isOpen ? [`[${name}]`, STYLE.title] : [` ${name} `, STYLE.dim]
    const end = painter.left({ x, y: 1, width: painter.grid.columns - x }, text, style)
    painter.press({ x, y: 1, width: end - x, height: 1 }, { type: 'command', command: screen })
    x = end
  }
}

function drawFoot(painter: Painter, y: number): void {
  const { columns } = painter.grid
  const { notice } = painter.ui
  const slot = { x: 1, y, width: columns - 2 }
  if (!painter.world.isConnected && painter.world.book.view !== undefined) {
    painter.left(slot, painter.say('lost'), STYLE.bad)
  } else if (notice === undefined) drawKeys(painter, slot)
  else painter.left(slot, notice.text, notice.isError ? STYLE.bad : STYLE.good)
}

function drawKeys(painter: Painter, { x, y, width }: Omit<Rect, 'height'>): void {
  const end = x + width
  let at = x
  for (const binding of commonKeys(painter)) {
    const [key = ''] = binding.keys
    const help = painter.say(binding.help)
    const needed = painter.width(key) + 1 + painter.width(help)
    if (at + needed > end) break
    const start = at
    at = painter.left({ x: at, y, width: end - at }, key, STYLE.key) + 1
    at = painter.left({ x: at, y, width: end - at }, help, STYLE.dim)
    painter.press({ x: start, y, width: at - start, height: 1 }, { type: 'command', command: binding.command })
    at += 2
  }
}

/** Keys worth a place in the foot; of one key only what it does here. */
function commonKeys({ ui }: Painter): readonly Binding[] {
  const scopes = scopesOf(ui)
  const bindings = scopes.flatMap((scope) => KEYMAP.filter((binding) => binding.scope === scope))
  const taken = new Set<string>()
  return bindings.filter(({ keys: [key = ''], isCommon }) => {
    const isFirst = !taken.has(key)
    taken.add(key)
    return isFirst && isCommon === true
  })
}
