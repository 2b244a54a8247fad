// What of a torrent was found in other files of this machine, by its chunks, and was not downloaded.

import type { TorrentDetail } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { percent, shortBytes } from '../text/figures.ts'
import { drawFacts } from './facts.ts'
import type { Fact } from './facts.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'

/** A file that parts of the torrent were found in. */
type Source = NonNullable<TorrentDetail['reused']>['from'][number]

export function drawChunks(painter: Painter, rect: Rect, { reused, row }: TorrentDetail): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  if (reused === undefined) return void painter.left(inner, painter.say('noChunks'), STYLE.dim)
  const share = percent(row.totalLength === 0 ? 0 : reused.bytes / row.totalLength)
  const facts: Fact[] = [
    [painter.say('reused'), painter.say('reusedOf', shortBytes(reused.bytes), share), STYLE.good],
    [painter.say('downloadedTotal'), shortBytes(row.downloaded)],
  ]
  if (reused.index !== undefined) facts.push([painter.say('chunkIndex'), indexText(painter, reused.index)])
  drawFacts(painter, { ...inner, height: Math.min(facts.length, inner.height) }, facts)
  const rows = reused.from.toSorted((a, b) => b.bytes - a.bytes)
  if (rows.length === 0) return
  drawTable<Source>(
    painter,
    { ...inner, y: inner.y + facts.length + 1, height: inner.height - facts.length - 1 },
    {
      name: 'chunks',
      columns: [
        textColumn(painter.say('size'), { width: 6, rank: 0, isRight: true }, ({ bytes }) => [
          shortBytes(bytes),
          STYLE.plain,
        ]),
        textColumn(painter.say('reusedFrom'), { width: 20, rank: 0, isWide: true }, ({ path }) => [path, STYLE.plain]),
      ],
      rows,
      cursor: Math.min(painter.ui.line, rows.length - 1),
      pressOf: (_, line) => ({ type: 'line', line }),
    },
  )
}

function indexText(
  painter: Painter,
  { files, chunks, bytes }: NonNullable<NonNullable<TorrentDetail['reused']>['index']>,
): string {
  return painter.say('chunkIndexOf', files, chunks, shortBytes(bytes))
}
