// What the daemon warns of now.

import type { AlertList, AlertView } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { localTime } from '../text/figures.ts'
import type { Painter } from './painter.ts'

const STYLES: Readonly<Record<AlertView['severity'], Style>> = {
  info: STYLE.plain,
  warning: STYLE.waiting,
  critical: STYLE.bad,
}

/** Draws as many as fit into a rectangle, a line each, and one line when there is none; returns how many lines. */
export function drawAlerts(painter: Painter, rect: Rect, { rules, alerts }: AlertList): number {
  const firing = alerts.filter(({ state }) => state === 'firing').toSorted((a, b) => b.firedAtMs - a.firedAtMs)
  if (firing.length === 0) {
    painter.left(rect, painter.say('noAlerts', rules.length), STYLE.dim)
    return 1
  }
  const shown = firing.slice(0, Math.max(1, rect.height))
  for (const [line, { rule, severity, subject, name, firedAtMs }] of shown.entries()) {
    const condition = rules.find((other) => other.name === rule)?.condition ?? ''
    painter.words({ ...rect, y: rect.y + line }, [
      [localTime(firedAtMs), STYLE.dim],
      [severity, STYLES[severity]],
      [rule, STYLE.strong],
      [name === '' ? subject : name, STYLE.plain],
      [condition, STYLE.dim],
    ])
  }
  return shown.length
}
