// What can be set here, and with which key; and what the session is set to.

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { shortBytes } from '../text/figures.ts'
import { drawFacts } from './facts.ts'
import type { Painter } from './painter.ts'

export function drawSettings(painter: Painter, rect: Rect): void {
  const { view } = painter.world.book
  const limit = (bps: number): string => (bps > 0 ? `${shortBytes(bps)}/s` : painter.say('noLimit'))
  drawFacts(painter, { ...rect, x: rect.x + 1, width: rect.width - 2 }, [
    [painter.say('keySessionDownloadLimit'), `${limit(view?.downloadLimitBps ?? 0)}  (D)`, STYLE.download],
    [painter.say('keySessionUploadLimit'), `${limit(view?.uploadLimitBps ?? 0)}  (U)`, STYLE.upload],
    [painter.say('theme'), `${painter.ui.themeName}  (t)`],
    [painter.say('language'), painter.world.language.name],
    [painter.say('port'), String(view?.port ?? 0)],
    [painter.say('version'), view?.version ?? ''],
  ])
}
