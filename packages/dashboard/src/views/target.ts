// What a press of the mouse means, by where the last frame drew it.

import type { CommandName } from '../app/keymap.ts'
import type { TabName } from '../app/ui-state.ts'
import type { Facet, SortKey } from '../model/torrent-query.ts'
import type { Rect } from '../screen/cell-grid.ts'

/** Something that can be pressed. */
export interface Target {
  readonly rect: Rect
  readonly action:
    | { readonly type: 'torrent'; readonly id: number }
    | { readonly type: 'facet'; readonly facet: Facet; readonly place: number }
    | { readonly type: 'sort'; readonly key: SortKey }
    | { readonly type: 'tab'; readonly tab: TabName }
    | { readonly type: 'line'; readonly line: number }
    | { readonly type: 'command'; readonly command: CommandName }
}

/** The last one drawn at a place lies on top. */
export function targetAt(targets: readonly Target[], x: number, y: number): Target | undefined {
  return targets.findLast(
    ({ rect }) => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height,
  )
}
