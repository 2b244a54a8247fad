// The list of torrents, with a graph of the whole above and states, labels and trackers beside it where there is room.

import { WIDE } from '../app/commands.ts'
import type { TorrentRow } from '@ccbt/rpc-client'
import type { FacetCount } from '../model/torrent-query.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { drawRateGraph } from './rate-graph.ts'
import type { Painter } from './painter.ts'
import { drawTable } from './table.ts'
import { torrentColumns } from './torrent-columns.ts'

const SIDEBAR_WIDTH = 22
/** From so many rows on there is a graph. */
const TALL = 32
const GRAPH_HEIGHT = 5

export function drawTorrents(painter: Painter, rect: Rect): void {
  const { ui, world } = painter
  const graphHeight = painter.grid.rows >= TALL ? GRAPH_HEIGHT : 0
  if (graphHeight > 0) drawRateGraph(painter, { ...rect, height: graphHeight }, world.book.session)
  const below = { ...rect, y: rect.y + graphHeight, height: rect.height - graphHeight }
  const hasSidebar = (ui.sidebar.isShown ?? painter.grid.columns >= WIDE) && painter.grid.columns >= 2 * SIDEBAR_WIDTH
  const side = hasSidebar ? SIDEBAR_WIDTH : 0
  if (hasSidebar) drawSidebar(painter, { ...below, width: side })
  const list = { ...below, x: side, width: below.width - side }
  const rows = world.listing.rows(ui.query)
  if (rows.length === 0) return drawNothing(painter, list)
  const hasLine = rows.length < world.book.size || ui.marked.size > 0
  drawTable<TorrentRow>(painter, hasLine ? { ...list, height: list.height - 1 } : list, {
    name: 'torrents',
    columns: torrentColumns(painter),
    rows,
    cursor: ui.sidebar.isFocused ? -1 : world.listing.place(ui.query, ui.cursorId),
    pressOf: ({ id }) => ({ type: 'torrent', id }),
  })
  if (hasLine) drawCounts(painter, { ...list, y: list.y + list.height - 1 }, rows.length)
}

function drawCounts(painter: Painter, { x, y, width }: Rect, shown: number): void {
  const { marked, query } = painter.ui
  painter.words({ x: x + 1, y, width: width - 2 }, [
    [painter.say('shownCount', shown, painter.world.book.size), STYLE.dim],
    [marked.size === 0 ? '' : painter.say('selectedCount', marked.size), STYLE.marked],
    [query.text === '' ? '' : `${painter.say('filter')}${query.text}`, STYLE.key],
  ])
}

function drawNothing(painter: Painter, { x, y, width, height }: Rect): void {
  const { book } = painter.world
  const key = book.view === undefined ? 'waiting' : book.size === 0 ? 'noTorrents' : 'noMatch'
  painter.left({ x: x + 1, y: y + Math.min(1, height - 1), width: width - 1 }, painter.say(key), STYLE.dim)
}

function drawSidebar(painter: Painter, rect: Rect): void {
  const facets = painter.world.listing.facets()
  const { cursor, isFocused } = painter.ui.sidebar
  const present = facets.findIndex(({ facet }) => isSame(facet, painter.ui.query.facet))
  const at = isFocused ? cursor : Math.max(0, present)
  const first = painter.scene.scroll.first('sidebar', { cursor: at, length: facets.length, height: rect.height })
  for (let i = 0; i < rect.height; i++) {
    const y = rect.y + i
    painter.left({ x: rect.x + rect.width - 2, y, width: 1 }, painter.isAscii ? '|' : '│', STYLE.border)
    const line = facets[first + i]
    if (line === undefined) continue
    const slot = { x: rect.x, y, width: rect.width - 3 }
    const isPresent = first + i === present
    const text = `${isPresent ? '>' : ' '}${facetText(painter, line)}`
    painter.left({ ...slot, width: slot.width - 6 }, text, isPresent ? STYLE.title : STYLE.plain)
    painter.right(slot, String(line.count), STYLE.dim)
    painter.press({ ...slot, height: 1 }, { type: 'facet', facet: line.facet, place: first + i })
    if (isFocused && first + i === cursor) painter.grid.highlight(slot)
  }
}

function isSame(a: FacetCount['facet'], b: FacetCount['facet']): boolean {
  return a.kind === b.kind && ('value' in a ? a.value : '') === ('value' in b ? b.value : '')
}

function facetText(painter: Painter, { facet }: FacetCount): string {
  switch (facet.kind) {
    case 'all':
    case 'active':
      return painter.say(facet.kind)
    case 'phase':
      return painter.say(facet.value)
    case 'label':
      return `#${facet.value}`
    case 'tracker':
      return `@${facet.value}`
  }
}
