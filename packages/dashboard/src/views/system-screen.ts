// The daemon's process and its disks.

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { localTime, percent, shortBytes } from '../text/figures.ts'
import { drawFacts } from './facts.ts'
import type { Fact } from './facts.ts'
import { bar } from './graph.ts'
import type { Painter } from './painter.ts'
import { drawRateGraph } from './rate-graph.ts'

/** Slower than this, peers notice. */
const SLOW_LOOP_MS = 50
/** Columns of the bar of one core, and how many cores have one. */
const CORE_WIDTH = 4
const MAX_CORE_FIGURES = 4

export function drawSystem(painter: Painter, rect: Rect): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  const facts = [...processFacts(painter), ...sessionFacts(painter)]
  const columns = inner.width >= 70 ? 2 : 1
  const height = Math.min(inner.height, Math.ceil(facts.length / columns) + 1)
  const { session } = painter.world.book
  drawRateGraph(painter, { ...inner, height: inner.height - height }, session)
  drawFacts(painter, { ...inner, y: inner.y + inner.height - height + 1, height: height - 1 }, facts, columns)
}

function processFacts(painter: Painter): readonly Fact[] {
  const { system, book } = painter.world
  if (system === undefined) return [[painter.say('system'), painter.say('noSystem'), STYLE.dim]]
  const { disk } = system
  const asked = disk.cacheHits + disk.cacheMisses
  return [
    [painter.say('cpu'), percent(system.cpu)],
    [painter.say('cores'), coreBars(system.cores ?? [], painter.isAscii)],
    [painter.say('memory'), `${shortBytes(system.rssBytes)}  ${painter.say('heap', shortBytes(system.heapBytes))}`],
    [
      painter.say('loopDelay'),
      `${system.loopDelayP99Ms.toFixed(1)} ms`,
      system.loopDelayP99Ms > SLOW_LOOP_MS ? STYLE.waiting : STYLE.plain,
    ],
    [painter.say('diskQueue'), shortBytes(disk.queuedBytes)],
    [painter.say('openPieces'), shortBytes(disk.openBytes)],
    [
      painter.say('cache'),
      `${shortBytes(disk.cacheBytes)}  ${painter.say('cacheHits', percent(asked === 0 ? 0 : disk.cacheHits / asked))}`,
    ],
    [painter.say('written'), shortBytes(disk.writtenBytes)],
    [painter.say('read'), shortBytes(disk.readBytes)],
    [painter.say('throughput'), painter.say('peak', shortBytes(book.session.download.peak(600)))],
  ]
}

/** A bar and a percentage of each; of many cores a bar of one column each. */
function coreBars(cores: readonly number[], isAscii: boolean): string {
  if (cores.length > MAX_CORE_FIGURES) return cores.map((share) => bar(share, 1, isAscii).join('')).join('')
  return cores.map((share) => `${bar(share, CORE_WIDTH, isAscii).join('')} ${Math.round(share * 100)}%`).join('  ')
}

function sessionFacts(painter: Painter): readonly Fact[] {
  const { view } = painter.world.book
  if (view === undefined) return []
  return [
    [painter.say('downloadedTotal'), shortBytes(view.downloaded), STYLE.download],
    [painter.say('uploadedTotal'), shortBytes(view.uploaded), STYLE.upload],
    [painter.say('connections'), String(view.connections)],
    [painter.say('sockets'), String(painter.world.system?.sockets ?? '?')],
    [painter.say('dhtNodes'), String(view.dhtNodes)],
    [painter.say('freeSpace'), view.freeBytes < 0 ? '?' : shortBytes(view.freeBytes)],
    [painter.say('port'), String(view.port)],
    [painter.say('externalAddress'), view.externalIps.join(' ') || '?'],
    [painter.say('upSince'), localTime(view.startedAtMs)],
    [painter.say('version'), view.version],
  ]
}
