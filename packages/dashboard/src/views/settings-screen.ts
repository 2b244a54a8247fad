// The daemon's settings with values and where they come from, what the one under the cursor is for, and what can be set of
// the dashboard itself.

import type { SettingView } from '@ccbt/rpc-client'

import { foundSettings } from '../app/setting-list.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { shortBytes } from '../text/figures.ts'
import { drawFacts } from './facts.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'

/** Lower screens are for the list. */
const MIN_HEIGHT_FOR_FACTS = 12
const FACT_LINES = 3
const ABOUT_LINES = 3

export function drawSettings(painter: Painter, rect: Rect): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  const isHigh = inner.height >= MIN_HEIGHT_FOR_FACTS
  const above = isHigh ? FACT_LINES + 1 : 0
  if (isHigh) drawOwn(painter, { ...inner, height: FACT_LINES })
  const list = { ...inner, y: inner.y + above, height: inner.height - above }
  const found = foundSettings(painter.ui, painter.world)
  if (found.length > 0) return drawList(painter, list, found)
  const { settings } = painter.world
  const why = settings === undefined ? 'noSystem' : settings.length === 0 ? 'noSettings' : 'noMatch'
  painter.left(list, painter.say(why), STYLE.dim)
}

function drawOwn(painter: Painter, rect: Rect): void {
  const { view } = painter.world.book
  const limit = (bps: number): string => (bps > 0 ? `${shortBytes(bps)}/s` : painter.say('noLimit'))
  drawFacts(
    painter,
    rect,
    [
      [painter.say('keySessionDownloadLimit'), `${limit(view?.downloadLimitBps ?? 0)}  (D)`, STYLE.download],
      [painter.say('keySessionUploadLimit'), `${limit(view?.uploadLimitBps ?? 0)}  (U)`, STYLE.upload],
      [painter.say('theme'), `${painter.ui.themeName}  (t)`],
      [painter.say('language'), painter.world.language.name],
      [painter.say('port'), String(view?.port ?? 0)],
      [painter.say('version'), view?.version ?? ''],
    ],
    2,
  )
}

function drawList(painter: Painter, rect: Rect, rows: readonly SettingView[]): void {
  const cursor = Math.min(painter.ui.line, rows.length - 1)
  const about = rect.height > ABOUT_LINES + 3 ? ABOUT_LINES : 0
  drawTable<SettingView>(
    painter,
    { ...rect, height: rect.height - about },
    {
      name: 'settings',
      columns: [
        textColumn(painter.say('setting'), { width: 28, rank: 0 }, ({ key, locked }) => [
          key,
          locked === '' ? STYLE.plain : STYLE.dim,
        ]),
        textColumn(painter.say('value'), { width: 12, rank: 0, isWide: true }, ({ value, source }) => [
          value ?? painter.say('notSet'),
          source === 'default' ? STYLE.dim : STYLE.plain,
        ]),
        textColumn(painter.say('source'), { width: 20, rank: 1 }, (setting) => [sourceOf(painter, setting), STYLE.dim]),
      ],
      rows,
      cursor,
      pressOf: (_, line) => ({ type: 'line', line }),
    },
  )
  const setting = rows[cursor]
  if (about === 0 || setting === undefined) return
  const lines = aboutLines(painter, setting)
  for (const [i, line] of lines.entries()) {
    painter.left({ ...rect, y: rect.y + rect.height - ABOUT_LINES + i }, line, i === 0 ? STYLE.title : STYLE.dim)
  }
}

function sourceOf(painter: Painter, { source, where }: SettingView): string {
  if (source === 'default') return painter.say('settingDefault')
  return source === 'run-time' ? painter.say('settingChanged') : where
}

/** What it is for; what it takes; why it cannot be changed, or when a change counts. */
function aboutLines(painter: Painter, setting: SettingView): string[] {
  const { description, accepts, preset, locked, apply, where } = setting
  const takes = preset === undefined ? accepts : `${accepts}; ${painter.say('settingDefault')}: ${preset}`
  const when = painter.say(apply === 'live' ? 'settingAtOnce' : 'settingAtStart')
  return [description, takes, locked === '' ? (where === '' ? when : `${when}  ${where}`) : locked]
}
