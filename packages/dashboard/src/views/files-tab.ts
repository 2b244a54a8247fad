// The files of a torrent as a tree, with what is there of each and how important it is.

import type { FileView, TorrentDetail } from '@ccbt/rpc-client'

import type { TreeLine } from '../app/file-tree.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { percent, shortBytes } from '../text/figures.ts'
import { bar } from './graph.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'

interface Line extends TreeLine {
  readonly length: number
  readonly done: number
  /** Of its files; -1 = they differ. */
  readonly priority: number
}

const NORMAL = 4
const BAR_WIDTH = 10

export function drawFiles(painter: Painter, rect: Rect, { files }: TorrentDetail): void {
  if (files.length === 0) {
    return void painter.left({ x: rect.x + 1, y: rect.y, width: rect.width }, painter.say('noFiles'), STYLE.dim)
  }
  const rows = painter.world.files.map((line) => sumUp(line, files))
  drawTable<Line>(
    painter,
    { ...rect, x: rect.x + 1, width: rect.width - 2 },
    {
      name: 'files',
      columns: [
        textColumn('', { width: 3, rank: 0 }, ({ priority }) => [signOf(priority), STYLE.marked]),
        textColumn(painter.say('name'), { width: 12, rank: 0, isWide: true }, (line) => [
          '  '.repeat(Math.min(line.depth, 20)) + line.name + (line.isFolder ? '/' : ''),
          line.priority === 0 ? STYLE.dim : line.isFolder ? STYLE.title : STYLE.plain,
        ]),
        textColumn('', { width: BAR_WIDTH, rank: 3 }, (line) => [
          bar(shareOf(line), BAR_WIDTH, painter.isAscii).join(''),
          STYLE.barDone,
        ]),
        textColumn(painter.say('progress'), { width: 6, rank: 1, isRight: true }, (line) => [
          percent(shareOf(line)),
          STYLE.plain,
        ]),
        textColumn(painter.say('size'), { width: 6, rank: 0, isRight: true }, ({ length }) => [
          shortBytes(length),
          STYLE.plain,
        ]),
        textColumn(painter.say('priority'), { width: 9, rank: 2, isRight: true }, ({ priority }) =>
          priorityText(painter, priority),
        ),
      ],
      rows,
      cursor: Math.min(painter.ui.line, rows.length - 1),
      pressOf: (_, line) => ({ type: 'line', line }),
    },
  )
}

function sumUp(line: TreeLine, files: readonly FileView[]): Line {
  let length = 0
  let done = 0
  const priorities = new Set<number>()
  for (const member of line.members) {
    const file = files[member]
    if (file === undefined) continue
    length += file.length
    done += file.done
    priorities.add(file.priority)
  }
  const [first = NORMAL] = priorities
  return { ...line, length, done, priority: priorities.size === 1 ? first : -1 }
}

function shareOf({ done, length }: Line): number {
  return length === 0 ? 1 : done / length
}

function signOf(priority: number): string {
  if (priority < 0) return '[-]'
  return priority === 0 ? '[ ]' : '[x]'
}

function priorityText(painter: Painter, priority: number): readonly [string, Style] {
  if (priority < 0) return ['', STYLE.dim]
  if (priority === 0) return [painter.say('off'), STYLE.dim]
  const word = painter.say(priority < NORMAL ? 'low' : priority === NORMAL ? 'normal' : 'high')
  return [priority === NORMAL ? word : `${word} ${priority}`, STYLE.plain]
}
