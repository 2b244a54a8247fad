// A torrent at a glance: rates, what is there of it, its health, and where it comes from.

import type { TorrentDetail } from '@ccbt/rpc-client'

import { copies, heldBack } from '../model/held-back.ts'
import { ratioOf } from '../model/torrent-query.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { localTime, shortBytes, shortRate, shortRatio, shortTime } from '../text/figures.ts'
import { drawFacts } from './facts.ts'
import type { Fact } from './facts.ts'
import type { Painter } from './painter.ts'
import { drawPieceMap } from './piece-map.ts'
import { drawRateGraph } from './rate-graph.ts'

/** From so many columns on the facts stand in two columns. */
const TWO_COLUMNS = 90
/** Lines that pictures take from the facts that do not move. */
const PICTURES = 7
const MAX_GRAPH = 24

export function drawOverview(painter: Painter, rect: Rect, detail: TorrentDetail): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  const moving = movingFacts(painter, detail)
  const facts = [...moving, ...fixedFacts(painter, detail)]
  const columns = inner.width >= TWO_COLUMNS ? 2 : 1
  // The moving facts are never given up for a picture.
  const room = Math.max(0, inner.height - Math.ceil(moving.length / columns))
  const spare = Math.max(inner.height - Math.ceil(facts.length / columns), Math.min(room, PICTURES))
  const mapHeight =
    detail.pieces === 0 || spare === 0
      ? 0
      : Math.min(mapRows(detail.pieces, inner.width), Math.max(1, Math.floor(spare / 2)))
  const graphHeight = spare - mapHeight >= 2 ? Math.min(MAX_GRAPH, spare - mapHeight) : 0
  const rates = painter.world.book.history(detail.row.id)
  if (rates !== undefined) drawRateGraph(painter, { ...inner, height: graphHeight }, rates)
  drawPieceMap(painter, { ...inner, y: inner.y + graphHeight, height: mapHeight }, detail)
  const below = graphHeight + mapHeight
  drawFacts(painter, { ...inner, y: inner.y + below, height: inner.height - below }, facts, columns)
}

/** A cell for each piece, and the line that says what they mean. */
function mapRows(pieces: number, width: number): number {
  return Math.ceil(pieces / Math.max(1, width)) + 1
}

function movingFacts(painter: Painter, detail: TorrentDetail): readonly Fact[] {
  const { row, wasted } = detail
  const rate = (bps: number, limit: number): string =>
    `${shortRate(bps) || '0B'}/s  ${limit > 0 ? painter.say('limit', `${shortBytes(limit)}/s`) : painter.say('noLimit')}`
  const error: readonly Fact[] = row.error === '' ? [] : [[painter.say('failed'), row.error, STYLE.bad]]
  return [
    ...error,
    [painter.say('progress'), painter.say('downloadedOf', shortBytes(row.wantedDone), shortBytes(row.wantedLength))],
    [painter.say('eta'), row.etaS < 0 ? '-' : shortTime(row.etaS)],
    [painter.say('download'), rate(row.downloadBps, row.downloadLimitBps), STYLE.download],
    [painter.say('upload'), rate(row.uploadBps, row.uploadLimitBps), STYLE.upload],
    [painter.say('limitedBy'), painter.say(heldBack(detail, painter.world.book.view))],
    [painter.say('health'), painter.say('copies', copies(detail).toFixed(2))],
    [painter.say('ratio'), `${shortRatio(ratioOf(row))}  ${shortBytes(row.uploaded)} / ${shortBytes(row.downloaded)}`],
    [
      painter.say('wasted'),
      [
        `${shortBytes(wasted.hashFailed)} ${painter.say('hashFailures')}`,
        `${shortBytes(wasted.duplicate)} ${painter.say('duplicates')}`,
        `${shortBytes(wasted.unrequested)} ${painter.say('unrequested')}`,
      ].join(', '),
      wasted.hashFailed > 0 ? STYLE.bad : STYLE.plain,
    ],
  ]
}

function fixedFacts(painter: Painter, detail: TorrentDetail): readonly Fact[] {
  const { row } = detail
  const facts: readonly Fact[] = [
    [painter.say('peers'), painter.say('knownPeers', detail.knownPeers, detail.bannedPeers)],
    [painter.say('size'), painter.say('pieces', detail.pieces, shortBytes(detail.pieceLength))],
    [painter.say('folder'), row.directory],
    [painter.say('infoHash'), row.infoHash],
    [painter.say('label'), row.labels.join(', ')],
    [painter.say('added'), localTime(row.addedAtMs)],
    [painter.say('completed'), localTime(row.completedAtMs)],
    [painter.say('creator'), detail.creator],
    [painter.say('created'), localTime(detail.createdAtMs)],
    [painter.say('comment'), detail.comment],
    [row.isPrivate ? painter.say('privateTorrent') : '', row.isPrivate ? painter.say('yes') : ''],
  ]
  return facts.filter(([, value]) => value !== '')
}
