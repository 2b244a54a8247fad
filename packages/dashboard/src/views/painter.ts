// What screens draw with: text of any origin into a grid, cut to columns.

import type { UiState } from '../app/ui-state.ts'
import type { World } from '../app/world.ts'
import type { TextKey } from '../languages/english.ts'
import { CellGrid } from '../screen/cell-grid.ts'
import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import type { Style } from '../screen/style.ts'
import { widthOf } from '../text/cell-text.ts'
import type { Cell, CellText } from '../text/cell-text.ts'
import type { ScrollMemory } from './scroll-memory.ts'
import type { Target } from './target.ts'

/** What a frame is drawn from. */
export interface Scene {
  readonly ui: UiState
  readonly world: World
  readonly text: CellText
  readonly scroll: ScrollMemory
}

/** Draws one frame. */
export class Painter {
  readonly scene: Scene
  readonly grid: CellGrid
  readonly targets: Target[] = []

  constructor(scene: Scene) {
    this.scene = scene
    this.grid = new CellGrid(scene.world.size)
  }

  get ui(): UiState {
    return this.scene.ui
  }

  get world(): World {
    return this.scene.world
  }

  get isAscii(): boolean {
    return this.scene.text.isAscii
  }

  /** A text of the catalogue. */
  say(key: TextKey, ...values: readonly (string | number)[]): string {
    return this.world.language.say(key, ...values)
  }

  /** Columns of a text. */
  width(text: string): number {
    return this.scene.text.width(text)
  }

  /** Text from the left, cut with a sign where it does not fit; returns the column after it. */
  left({ x, y, width }: Omit<Rect, 'height'>, text: string, style: Style = STYLE.plain): number {
    const room = Math.min(width, this.grid.columns - x)
    if (room <= 0) return x
    return this.grid.put({ x, y, end: x + room }, this.#fit(text, room), style)
  }

  /** Text to the right edge. */
  right({ x, y, width }: Omit<Rect, 'height'>, text: string, style: Style = STYLE.plain): void {
    const cells = this.#fit(text, Math.max(0, width))
    const start = x + Math.max(0, width - widthOf(cells))
    this.grid.put({ x: start, y, end: x + width }, cells, style)
  }

  /** One after the other with a space between; returns the column after the last that fits as a whole. */
  words(at: Omit<Rect, 'height'>, words: readonly (readonly [text: string, style: Style])[]): number {
    const end = at.x + at.width
    let { x } = at
    for (const [text, style] of words) {
      if (text === '') continue
      const gap = x === at.x ? 0 : 2
      if (x + gap + this.width(text) > end) break
      x = this.left({ x: x + gap, y: at.y, width: end - x - gap }, text, style)
    }
    return x
  }

  press(rect: Rect, action: Target['action']): void {
    this.targets.push({ rect, action })
  }

  #fit(text: string, width: number): readonly Cell[] {
    const cells = this.scene.text.cells(text)
    if (widthOf(cells) <= width) return cells
    const kept: Cell[] = []
    let room = width - 1
    for (const cell of cells) {
      if (cell.width > room) break
      kept.push(cell)
      room -= cell.width
    }
    kept.push({ text: this.isAscii ? '~' : '…', width: 1 })
    return kept
  }
}
