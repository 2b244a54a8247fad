// The pieces of a torrent from the first to the last: what is there, and how many peers have the rest.

import type { TorrentDetail } from '@ccbt/rpc-client'

import type { TextKey } from '../languages/english.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { shares } from './graph.ts'
import type { Painter } from './painter.ts'

interface Sign {
  readonly text: string
  readonly ascii: string
  readonly style: Style
  readonly name: TextKey
}

const HERE: Sign = { text: '█', ascii: '#', style: STYLE.shade4, name: 'mapHere' }
const PARTLY: Sign = { text: '▄', ascii: '=', style: STYLE.shade3, name: 'mapPartly' }
const MANY: Sign = { text: '▓', ascii: '%', style: STYLE.dim, name: 'mapMany' }
const FEW: Sign = { text: '▒', ascii: ':', style: STYLE.dim, name: 'mapFew' }
const ONE: Sign = { text: '░', ascii: '.', style: STYLE.shade2, name: 'mapOne' }
const NOBODY: Sign = { text: '·', ascii: '_', style: STYLE.shade1, name: 'mapNobody' }
const MISSING: Sign = { ...NOBODY, style: STYLE.dim, name: 'mapMissing' }
/** From so many peers on, one that leaves does not matter. */
const MANY_PEERS = 5
/** From so many lines on the last one says what the signs mean. */
const MIN_HEIGHT_FOR_LEGEND = 3

/** Draws as many equal parts of the torrent as there are cells. */
export function drawPieceMap(painter: Painter, rect: Rect, detail: TorrentDetail): void {
  const hasLegend = rect.height >= MIN_HEIGHT_FOR_LEGEND
  const cells = rect.width * (hasLegend ? rect.height - 1 : rect.height)
  const all = shares(Buffer.from(detail.have, 'base64'), detail.pieces, cells)
  const supply = Buffer.from(detail.availability ?? '', 'base64')
  for (const [cell, share] of all.entries()) {
    const { text, ascii, style } = signOf(share, supplyOf(supply, cell, all.length))
    const at = { x: rect.x + (cell % rect.width), y: rect.y + Math.floor(cell / rect.width), width: 1 }
    painter.left(at, painter.isAscii ? ascii : text, style)
  }
  if (hasLegend) drawLegend(painter, { ...rect, y: rect.y + Math.ceil(all.length / rect.width) }, supply.length > 0)
}

function drawLegend(painter: Painter, at: Rect, isSupplyKnown: boolean): void {
  const signs = isSupplyKnown ? [HERE, PARTLY, MANY, FEW, ONE, NOBODY] : [HERE, PARTLY, MISSING]
  const words = signs.map(
    ({ text, ascii, style, name }) => [`${painter.isAscii ? ascii : text} ${painter.say(name)}`, style] as const,
  )
  painter.words(at, words)
}

/** Peers that have the rarest missing piece of a cell; undefined when the daemon does not tell. */
function supplyOf(supply: Uint8Array, cell: number, cells: number): number | undefined {
  if (supply.length === 0) return undefined
  const from = Math.floor((cell * supply.length) / cells)
  const to = Math.max(from + 1, Math.floor(((cell + 1) * supply.length) / cells))
  return Math.min(...supply.subarray(from, to))
}

/** What nobody has is shown before what is partly there: the torrent cannot be completed. */
function signOf(share: number, peers: number | undefined): Sign {
  if (share >= 1) return HERE
  if (peers === 0) return NOBODY
  if (share > 0) return PARTLY
  if (peers === undefined) return MISSING
  if (peers >= MANY_PEERS) return MANY
  return peers > 1 ? FEW : ONE
}
