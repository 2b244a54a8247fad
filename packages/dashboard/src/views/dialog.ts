// What lies over a screen: questions at the bottom, boxes in the middle.

import { KEYMAP, scopesOf } from '../app/keymap.ts'
import type { Scope } from '../app/keymap.ts'
import type { Dialog, Prompt } from '../app/ui-state.ts'
import type { TextKey } from '../languages/english.ts'
import { SORT_KEYS } from '../model/torrent-query.ts'
import type { SortKey } from '../model/torrent-query.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { drawBox } from './box.ts'
import { drawAdd, drawCreate } from './form-view.ts'
import { drawLine } from './line-view.ts'
import type { Painter } from './painter.ts'

export function drawDialog(painter: Painter, dialog: Dialog): void {
  switch (dialog.kind) {
    case 'help':
      return drawHelp(painter, dialog.scroll)
    case 'prompt':
      return drawPrompt(painter, dialog)
    case 'confirm':
      return drawQuestion(painter, dialog.question)
    case 'sort':
      return drawSort(painter, dialog.cursor)
    case 'add':
      return drawAdd(painter, dialog)
    case 'create':
      return drawCreate(painter, dialog)
    case 'output':
      return drawOutput(painter, dialog)
  }
}

function bottomLine(painter: Painter): Rect {
  const { columns, rows } = painter.grid
  const rect = { x: 0, y: rows - 1, width: columns, height: 1 }
  painter.grid.paint(rect, STYLE.plain, ' ')
  return rect
}

function drawPrompt(painter: Painter, { question, line, completions }: Prompt): void {
  const { y, width } = bottomLine(painter)
  const x = painter.left({ x: 0, y, width: Math.floor(width / 2) }, question, STYLE.title)
  drawLine(painter, { x, y, width: width - x }, line)
  if (completions.length === 0 || y === 0) return
  painter.grid.paint({ x: 0, y: y - 1, width, height: 1 }, STYLE.plain, ' ')
  painter.left({ x: 0, y: y - 1, width }, completions.join('  '), STYLE.dim)
}

function drawQuestion(painter: Painter, question: string): void {
  painter.left(bottomLine(painter), question, STYLE.bad)
}

function drawSort(painter: Painter, cursor: number): void {
  const inner = drawBox(painter, { width: 26, height: SORT_KEYS.length + 2 }, painter.say('sortBy'))
  const scroll = { cursor, length: SORT_KEYS.length, height: inner.height }
  const first = painter.scene.scroll.first('sort', scroll)
  for (let i = 0; i < inner.height; i++) {
    const key = SORT_KEYS[first + i]
    if (key === undefined) return
    const line = { x: inner.x, y: inner.y + i, width: inner.width }
    painter.left(line, painter.say(SORT_NAMES[key]), key === painter.ui.query.sort ? STYLE.title : STYLE.plain)
    painter.press({ ...line, height: 1 }, { type: 'sort', key })
    if (first + i === cursor) painter.grid.highlight(line)
  }
}

const SORT_NAMES: Readonly<Record<SortKey, TextKey>> = {
  added: 'added',
  name: 'name',
  state: 'state',
  progress: 'progress',
  size: 'size',
  download: 'download',
  upload: 'upload',
  eta: 'eta',
  ratio: 'ratio',
  peers: 'peers',
  label: 'label',
  queue: 'queue',
}

const SCOPE_NAMES: Readonly<Record<Scope, TextKey>> = {
  files: 'helpFiles',
  torrents: 'helpTorrents',
  settings: 'settings',
  lists: 'helpList',
  everywhere: 'helpEverywhere',
}

/** Of a column of keys with what they do, where the screen has not the room that the longest of them take. */
const NARROW_COLUMNS = { whole: 40, keys: 16 } as const

/** A key with what it does, or the name of a group of keys. */
interface HelpLine {
  readonly keys: string
  readonly text: string
}

function helpLines(painter: Painter): readonly HelpLine[] {
  const lines: HelpLine[] = []
  for (const scope of scopesOf(painter.ui)) {
    lines.push({ keys: '', text: painter.say(SCOPE_NAMES[scope]) })
    for (const { keys, help } of KEYMAP.filter((binding) => binding.scope === scope)) {
      lines.push({ keys: keys.join(' '), text: painter.say(help) })
    }
  }
  return lines
}

function drawHelp(painter: Painter, scroll: number): void {
  const lines = helpLines(painter)
  const { columns, rows } = painter.grid
  const perColumn = Math.max(1, rows - 4)
  const fitting = Math.max(1, Math.floor((columns - 4) / NARROW_COLUMNS.whole))
  const boxColumns = Math.max(1, Math.min(Math.ceil(lines.length / perColumn), fitting))
  const longest = {
    keys: Math.max(...lines.map(({ keys }) => painter.width(keys))) + 1,
    text: Math.max(...lines.map(({ text }) => painter.width(text))) + 1,
  }
  const isWide = boxColumns * (longest.keys + longest.text) <= columns - 4
  const keysWidth = isWide ? longest.keys : NARROW_COLUMNS.keys
  const inner = drawBox(
    painter,
    {
      width: boxColumns * (isWide ? longest.keys + longest.text : NARROW_COLUMNS.whole) + 4,
      height: Math.ceil(lines.length / boxColumns) + 2,
    },
    `${painter.say('help')} (${painter.say('helpEnd')})`,
  )
  const shown = inner.height * boxColumns
  const first = Math.min(scroll, Math.max(0, lines.length - shown))
  const width = Math.floor(inner.width / boxColumns)
  for (const [i, { keys, text }] of lines.slice(first, first + shown).entries()) {
    const x = inner.x + Math.floor(i / inner.height) * width
    const y = inner.y + (i % inner.height)
    if (keys === '') {
      painter.left({ x, y, width: width - 1 }, text, STYLE.title)
      continue
    }
    painter.left({ x, y, width: keysWidth - 1 }, keys, STYLE.key)
    painter.left({ x: x + keysWidth, y, width: width - keysWidth - 1 }, text)
  }
}

function drawOutput(painter: Painter, { title, lines, scroll }: Dialog & { kind: 'output' }): void {
  const { columns, rows } = painter.grid
  const inner = drawBox(painter, { width: columns - 2, height: Math.min(rows - 2, lines.length + 2) }, title)
  for (const [i, line] of lines.slice(scroll, scroll + inner.height).entries()) {
    painter.left({ ...inner, y: inner.y + i }, line)
  }
}
