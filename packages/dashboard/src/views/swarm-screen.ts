// Alerts, and how well each torrent is supplied: seeds and leechers that trackers know, and whether anything moves.

import type { TorrentRow } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { shortRate } from '../text/figures.ts'
import { drawAlerts } from './alert-lines.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'
import { phaseStyle } from './torrent-columns.ts'

/** Alerts take so much of the screen at most. */
const ALERT_SHARE = 1 / 3

export function drawSwarm(painter: Painter, rect: Rect): void {
  const { alerts } = painter.world
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  const room = { ...inner, height: Math.floor(rect.height * ALERT_SHARE) }
  const lines = alerts === undefined ? 0 : drawAlerts(painter, room, alerts)
  drawHealth(painter, { ...inner, y: inner.y + lines, height: inner.height - lines })
}

function drawHealth(painter: Painter, rect: Rect): void {
  const rows = painter.world.listing.rows(painter.ui.query)
  const known = (count: number): readonly [string, Style] => [count < 0 ? '?' : String(count), STYLE.plain]
  const right = (width: number, rank: number): { width: number; rank: number; isRight: true } => ({
    width,
    rank,
    isRight: true,
  })
  drawTable<TorrentRow>(painter, rect, {
    name: 'swarm',
    columns: [
      textColumn(painter.say('name'), { width: 14, rank: 0, isWide: true }, ({ name }) => [name, STYLE.plain]),
      textColumn(painter.say('state'), { width: 11, rank: 3 }, ({ phase }) => [painter.say(phase), phaseStyle(phase)]),
      textColumn(painter.say('health'), { width: 14, rank: 0 }, (row) => healthOf(painter, row)),
      textColumn(painter.say('seeders'), right(6, 1), ({ seeders }) => known(seeders)),
      textColumn(painter.say('leechers'), right(8, 2), ({ leechers }) => known(leechers)),
      textColumn(painter.say('peers'), right(6, 2), ({ connections }) => known(connections)),
      textColumn(painter.say('download'), right(6, 3), ({ downloadBps }) => [shortRate(downloadBps), STYLE.download]),
      textColumn(painter.say('trackerHosts'), { width: 20, rank: 5 }, ({ trackerHost }) => [trackerHost, STYLE.dim]),
    ],
    rows,
    cursor: Math.min(painter.ui.line, rows.length - 1),
    pressOf: (_, line) => ({ type: 'line', line }),
  })
}

function healthOf(
  painter: Painter,
  { phase, downloadBps, connections, seeders }: TorrentRow,
): readonly [string, Style] {
  if (phase === 'failed') return [painter.say('failed'), STYLE.bad]
  if (phase !== 'downloading' && phase !== 'metadata') return ['', STYLE.plain]
  if (downloadBps > 0) return [painter.say('working'), STYLE.good]
  if (seeders > 0 || connections > 0) return [painter.say('idle'), STYLE.waiting]
  return [painter.say('stalled'), STYLE.bad]
}
