// The forms for adding and creating, and the choice of files.

import type { Form } from '../app/form.ts'
import type { AddDialog, CreateDialog, FileChoice } from '../app/ui-state.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { shortBytes } from '../text/figures.ts'
import { drawBox } from './box.ts'
import { drawLine } from './line-view.ts'
import type { Painter } from './painter.ts'

const WIDTH = 76

export function drawAdd(painter: Painter, dialog: AddDialog): void {
  if (dialog.choice !== undefined) return drawChoice(painter, dialog.choice)
  const foot = painter.say(dialog.isBusy ? 'addReading' : 'addKeys')
  drawForm(painter, dialog, { title: painter.say('addTitle'), foot })
}

export function drawCreate(painter: Painter, dialog: CreateDialog): void {
  const foot = painter.say(dialog.isBusy ? 'creating' : 'createKeys')
  drawForm(painter, dialog, { title: painter.say('createTitle'), foot })
}

/** Names above their fields while there is room for that, else only the field that has the keys. */
function drawForm(painter: Painter, form: Form, { title, foot }: { title: string; foot: string }): void {
  const { fields, focus, completions } = form
  const lines = fields.reduce((sum, { isOn }) => sum + (isOn === undefined ? 2 : 1), 0)
  const inner = drawBox(painter, { width: WIDTH, height: lines + 6 }, title)
  let { y } = inner
  const isTight = inner.height < lines + 2
  for (const [place, field] of fields.entries()) {
    if (isTight && place !== focus) continue
    const isFocused = place === focus
    const style = isFocused ? STYLE.title : STYLE.dim
    if (field.isOn !== undefined) {
      painter.left({ ...inner, y }, `[${field.isOn ? 'x' : ' '}] ${painter.say(field.label)}`, style)
      y++
      continue
    }
    painter.left({ ...inner, y }, painter.say(field.label), style)
    if (isFocused) drawLine(painter, { ...inner, y: y + 1 }, field.line)
    else painter.left({ ...inner, y: y + 1 }, field.line.text, STYLE.plain)
    y += 2
  }
  const end = inner.y + inner.height
  if (completions.length > 0) drawCompletions(painter, { ...inner, y: Math.min(y, end - 2), height: 2 }, completions)
  painter.left({ ...inner, y: end - 1 }, foot, STYLE.key)
}

/** The last components of the candidates. */
function drawCompletions(painter: Painter, rect: Rect, completions: readonly string[]): void {
  const names = completions.map((path) => path.replace(/^.*\/(?=.)/, ''))
  painter.left(rect, names.join('  '), STYLE.dim)
}

function drawChoice(painter: Painter, { preview, lines, chosen, cursor }: FileChoice): void {
  const { columns, rows } = painter.grid
  const size = { width: columns - 2, height: Math.min(rows - 2, Math.max(lines.length, 1) + 5) }
  const inner = drawBox(painter, size, painter.say('addFiles'))
  painter.left(inner, preview.name, STYLE.strong)
  const sum = [...chosen].reduce((total, place) => total + (preview.files[place]?.length ?? 0), 0)
  const total = painter.say('downloadedOf', shortBytes(sum), shortBytes(preview.totalLength))
  painter.left({ ...inner, y: inner.y + inner.height - 1 }, `${total}   ${painter.say('addKeys')}`, STYLE.key)
  const height = inner.height - 3
  const first = painter.scene.scroll.first('choice', { cursor, length: lines.length, height })
  for (let i = 0; i < height; i++) {
    const line = lines[first + i]
    if (line === undefined) break
    const count = line.members.filter((place) => chosen.has(place)).length
    const sign = count === 0 ? '[ ]' : count === line.members.length ? '[x]' : '[-]'
    const length = line.members.reduce((bytes, place) => bytes + (preview.files[place]?.length ?? 0), 0)
    const y = inner.y + 1 + i
    const name = `${sign} ${'  '.repeat(Math.min(line.depth, 20))}${line.name}${line.isFolder ? '/' : ''}`
    painter.left({ ...inner, y, width: inner.width - 7 }, name, count === 0 ? STYLE.dim : STYLE.plain)
    painter.right({ ...inner, y }, shortBytes(length), STYLE.dim)
    if (first + i === cursor) painter.grid.highlight({ ...inner, y })
  }
}
