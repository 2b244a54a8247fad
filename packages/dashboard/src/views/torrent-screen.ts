// One torrent: its name, its tabs, and the one that is open.

import type { TorrentDetail } from '@ccbt/rpc-client'

import { TABS } from '../app/ui-state.ts'
import { logOf } from '../app/world.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { percent, shortRate } from '../text/figures.ts'
import { drawChunks } from './chunks-tab.ts'
import { drawFiles } from './files-tab.ts'
import { drawLines } from './log-screen.ts'
import { drawOverview } from './overview-tab.ts'
import type { Painter } from './painter.ts'
import { drawPeers } from './peers-tab.ts'
import { phaseStyle } from './torrent-columns.ts'
import { drawTrackers } from './trackers-tab.ts'

export function drawTorrent(painter: Painter, rect: Rect): void {
  const { detail, book } = painter.world
  const row = book.row(painter.ui.cursorId)
  const line = { x: rect.x + 1, y: rect.y, width: rect.width - 2 }
  if (row === undefined || detail === 'gone') return void painter.left(line, painter.say('gone'), STYLE.dim)
  const state = `${painter.say(row.phase)} ${percent(row.progress)} ${shortRate(row.downloadBps)}`
  const width = painter.width(state)
  painter.left({ ...line, width: line.width - width - 1 }, row.name, STYLE.strong)
  painter.right(line, state, phaseStyle(row.phase))
  drawTabs(painter, { ...line, y: rect.y + 1 })
  if (detail === undefined || detail.row.id !== row.id) return
  drawTab(painter, { ...rect, y: rect.y + 2, height: rect.height - 2 }, detail)
}

function drawTabs(painter: Painter, { x, y, width }: Omit<Rect, 'height'>): void {
  let at = x
  for (const tab of TABS) {
    const isOpen = tab === painter.ui.tab
    const text = isOpen ? `[${painter.say(tab)}]` : ` ${painter.say(tab)} `
    const end = painter.left({ x: at, y, width: x + width - at }, text, isOpen ? STYLE.title : STYLE.dim)
    painter.press({ x: at, y, width: end - at, height: 1 }, { type: 'tab', tab })
    at = end
  }
}

function drawTab(painter: Painter, rect: Rect, detail: TorrentDetail): void {
  switch (painter.ui.tab) {
    case 'overview':
      return drawOverview(painter, rect, detail)
    case 'files':
      return drawFiles(painter, rect, detail)
    case 'peers':
      return drawPeers(painter, rect, detail)
    case 'trackers':
      return drawTrackers(painter, rect, detail)
    case 'chunks':
      return drawChunks(painter, rect, detail)
    case 'log':
      return drawLines(painter, rect, logOf(painter.world, detail.row))
  }
}
