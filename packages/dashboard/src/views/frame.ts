// A frame: the screen that the user is on, what is around it, and what lies over it.

import type { CellGrid, Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { drawChrome } from './chrome.ts'
import { drawDialog } from './dialog.ts'
import { drawLog } from './log-screen.ts'
import { Painter } from './painter.ts'
import type { Scene } from './painter.ts'
import { drawSettings } from './settings-screen.ts'
import { drawSwarm } from './swarm-screen.ts'
import { drawSystem } from './system-screen.ts'
import type { Target } from './target.ts'
import { drawTorrent } from './torrent-screen.ts'
import { drawTorrents } from './torrents-screen.ts'

/** The smallest size at which there is something to see. */
const MIN_COLUMNS = 20
const MIN_ROWS = 3

/** What is to be on the screen, and what can be pressed there. */
export interface Frame {
  readonly grid: CellGrid
  readonly targets: readonly Target[]
}

const DRAWERS: Readonly<Record<Scene['ui']['screen'], (painter: Painter, rect: Rect) => void>> = {
  torrents: drawTorrents,
  torrent: drawTorrent,
  system: drawSystem,
  swarm: drawSwarm,
  log: (painter, rect) => drawLog(painter, rect),
  settings: drawSettings,
}

/** Draws a scene. */
export function drawFrame(scene: Scene): Frame {
  const painter = new Painter(scene)
  const { columns, rows } = painter.grid
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) {
    painter.left({ x: 0, y: 0, width: columns }, painter.say('tooSmall'), STYLE.plain)
    return painter
  }
  const rect = drawChrome(painter)
  DRAWERS[scene.ui.screen](painter, rect)
  if (scene.ui.dialog !== undefined) drawDialog(painter, scene.ui.dialog)
  return painter
}
