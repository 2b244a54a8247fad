// The columns of the torrent list.

import type { Phase, TorrentRow } from '@ccbt/rpc-client'

import type { TextKey } from '../languages/english.ts'
import { ratioOf } from '../model/torrent-query.ts'
import type { SortKey } from '../model/torrent-query.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { percent, shortBytes, shortRate, shortRatio, shortTime } from '../text/figures.ts'
import { bar, sparkline } from './graph.ts'
import type { Painter } from './painter.ts'
import { textColumn } from './table.ts'
import type { Column, Slot } from './table.ts'

const PHASE_STYLES: Readonly<Record<Phase, Style>> = {
  starting: STYLE.dim,
  metadata: STYLE.waiting,
  checking: STYLE.waiting,
  queued: STYLE.dim,
  downloading: STYLE.active,
  seeding: STYLE.good,
  finished: STYLE.good,
  paused: STYLE.dim,
  failed: STYLE.bad,
}

/** How a phase looks. */
export function phaseStyle(phase: Phase): Style {
  return PHASE_STYLES[phase]
}

const SPARK_WIDTH = 8
/** Names are told apart by a third of the screen, or by so many columns; others give way for that. */
const MAX_NAME = 28
/** Where the bar is narrower than this, percent alone are shown. */
const MIN_BAR = 4

/** All columns, in the words of the language. */
export function torrentColumns(painter: Painter): readonly Column<TorrentRow>[] {
  const { query, marked } = painter.ui
  const nameWidth = Math.max(8, Math.min(MAX_NAME, Math.floor(painter.grid.columns / 3)))
  const arrow = painter.isAscii ? (query.isDescending ? 'v' : '^') : query.isDescending ? '▾' : '▴'
  const title = (key: TextKey, sort: SortKey): { title: string; press: Column<TorrentRow>['press'] & object } => ({
    title: painter.say(key) + (query.sort === sort ? arrow : ''),
    press: { type: 'sort', key: sort },
  })
  const text = (
    [key, sort]: readonly [TextKey, SortKey],
    options: { width: number; rank: number; isRight?: boolean; isWide?: boolean },
    textOf: (row: TorrentRow) => readonly [string, Style],
  ): Column<TorrentRow> => ({ ...textColumn('', options, textOf), ...title(key, sort) })
  const right = (width: number, rank: number): { width: number; rank: number; isRight: true } => ({
    width,
    rank,
    isRight: true,
  })
  return [
    textColumn('', { width: 1, rank: 0 }, (row) => [marked.has(row.id) ? '*' : ' ', STYLE.marked]),
    text(['name', 'name'], { width: nameWidth, rank: 0, isWide: true }, (row) => [row.name, nameStyle(row)]),
    text(['state', 'state'], { width: 11, rank: 3 }, (row) => [painter.say(row.phase), phaseStyle(row.phase)]),
    { ...title('progress', 'progress'), width: 12, rank: 1, draw: drawProgress },
    text(['size', 'size'], right(5, 6), (row) => [sizeText(row), STYLE.plain]),
    text(['download', 'download'], right(6, 0), (row) => [shortRate(row.downloadBps), STYLE.download]),
    { title: '', width: SPARK_WIDTH, rank: 8, draw: drawSparkline },
    text(['upload', 'upload'], right(6, 2), (row) => [shortRate(row.uploadBps), STYLE.upload]),
    text(['eta', 'eta'], right(6, 4), (row) => [row.etaS < 0 ? '' : shortTime(row.etaS), STYLE.plain]),
    text(['ratio', 'ratio'], right(5, 7), (row) => [shortRatio(ratioOf(row)), STYLE.dim]),
    text(['peers', 'peers'], right(7, 5), (row) => [peersText(row), STYLE.plain]),
    text(['label', 'label'], { width: 12, rank: 9 }, (row) => [row.labels.join(','), STYLE.dim]),
  ]
}

function nameStyle({ phase }: TorrentRow): Style {
  if (phase === 'failed') return STYLE.bad
  return phase === 'paused' ? STYLE.dim : STYLE.plain
}

function sizeText({ wantedLength, totalLength }: TorrentRow): string {
  return totalLength === 0 ? '?' : shortBytes(wantedLength)
}

/** Connected, and how many seeds the tracker knows. */
function peersText({ connections, seeders }: TorrentRow): string {
  if (connections === 0 && seeders < 0) return ''
  return seeders < 0 ? String(connections) : `${connections}/${seeders}`
}

function drawProgress(painter: Painter, slot: Slot, row: TorrentRow): void {
  const label = percent(row.progress)
  const width = slot.width - 7
  const style = row.phase === 'failed' ? STYLE.bad : STYLE.barDone
  if (width < MIN_BAR) return painter.right(slot, label, style)
  const [done, rest] = bar(row.progress, width, painter.isAscii)
  const x = painter.left({ ...slot, width }, done, style)
  painter.left({ ...slot, x, width: slot.x + width - x }, rest, STYLE.barRest)
  painter.right(slot, label)
}

function drawSparkline(painter: Painter, slot: Slot, row: TorrentRow): void {
  const history = painter.world.book.history(row.id)
  if (history === undefined) return
  const isDown = row.phase !== 'seeding' && row.phase !== 'finished'
  const samples = (isDown ? history.download : history.upload).last(slot.width)
  painter.left(slot, sparkline(samples, painter.isAscii), isDown ? STYLE.download : STYLE.upload)
}
