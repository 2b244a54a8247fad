// Where a torrent gets its peers and data from: trackers, the DHT, peers themselves, the local network, and web seeds.

import type { SourceView, TorrentDetail, TrackerView } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { shortRate, shortTime } from '../text/figures.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'

interface Source {
  readonly tier: string
  readonly url: string
  readonly state: string
  readonly style: Style
  readonly next: string
  readonly seeders: string
  readonly leechers: string
  readonly peers: string
}

const STYLES: Readonly<Record<TrackerView['state'], Style>> = {
  idle: STYLE.dim,
  announcing: STYLE.waiting,
  working: STYLE.good,
  failed: STYLE.bad,
}

/** Names that need no translation. */
const SOURCE_NAMES: Readonly<Record<SourceView['kind'], string>> = { dht: 'DHT', pex: 'PEX', lsd: 'LSD' }

export function drawTrackers(painter: Painter, rect: Rect, detail: TorrentDetail): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  const rows = sourcesOf(painter, detail)
  if (rows.length === 0) return void painter.left(inner, painter.say('noTrackers'), STYLE.dim)
  const cursor = Math.min(painter.ui.line, rows.length - 1)
  drawTable<Source>(
    painter,
    { ...inner, height: inner.height - 1 },
    {
      name: 'trackers',
      columns: [
        textColumn('', { width: 2, rank: 1 }, ({ tier }) => [tier, STYLE.dim]),
        textColumn(painter.say('trackers'), { width: 20, rank: 0, isWide: true }, ({ url }) => [url, STYLE.plain]),
        textColumn(painter.say('state'), { width: 14, rank: 0 }, ({ state, style }) => [state, style]),
        textColumn(painter.say('nextAnnounce'), { width: 7, rank: 3, isRight: true }, ({ next }) => [
          next,
          STYLE.plain,
        ]),
        textColumn(painter.say('seeders'), { width: 6, rank: 2, isRight: true }, ({ seeders }) => [
          seeders,
          STYLE.plain,
        ]),
        textColumn(painter.say('leechers'), { width: 8, rank: 2, isRight: true }, ({ leechers }) => [
          leechers,
          STYLE.plain,
        ]),
        textColumn(painter.say('peersReceived'), { width: 6, rank: 4, isRight: true }, ({ peers }) => [
          peers,
          STYLE.plain,
        ]),
      ],
      rows,
      cursor,
      pressOf: (_, line) => ({ type: 'line', line }),
    },
  )
  // An error is longer than a column: the one under the cursor has a line of its own.
  const error = detail.trackers[cursor]?.error ?? ''
  painter.left({ ...inner, y: inner.y + inner.height - 1 }, error, STYLE.bad)
}

function sourcesOf(painter: Painter, { trackers, sources = [], webSeeds }: TorrentDetail): readonly Source[] {
  const known = (count = -1): string => (count < 0 ? '' : String(count))
  const next = (ms: number): string => (ms < 0 ? '' : shortTime(ms / 1000))
  return [
    ...trackers.map((tracker) => ({
      tier: String(tracker.tier + 1),
      url: tracker.url,
      state: painter.say(tracker.state),
      style: STYLES[tracker.state],
      next: next(tracker.nextAnnounceInMs),
      seeders: known(tracker.seeders),
      leechers: known(tracker.leechers),
      peers: known(tracker.peersReceived),
    })),
    ...sources.map(({ kind, state, nextAnnounceInMs, peersReceived }) => ({
      tier: '',
      url: SOURCE_NAMES[kind],
      state: painter.say(state === 'asking' ? 'announcing' : 'working'),
      style: state === 'asking' ? STYLE.waiting : STYLE.good,
      next: next(nextAnnounceInMs),
      seeders: '',
      leechers: '',
      peers: known(peersReceived),
    })),
    ...webSeeds.map(({ url, state, downloadBps }) => ({
      tier: 'W',
      url,
      state: `${state} ${shortRate(downloadBps)}`,
      style: STYLE.plain,
      next: '',
      seeders: '',
      leechers: '',
      peers: '',
    })),
  ]
}
