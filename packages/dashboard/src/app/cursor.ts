// Moving in lists. The cursor of the torrent list is a torrent, not a place, so that it stays with it when the order
// changes; all other cursors are places.

import type { TorrentDetail } from '@ccbt/rpc-client'

import { foundSettings } from './setting-list.ts'
import type { TabName, UiState } from './ui-state.ts'
import { logOf, pageLength } from './world.ts'
import type { World } from './world.ts'

/** The last line, also when more come: how a log is followed. */
export const LAST_LINE: number = Number.MAX_SAFE_INTEGER

/** Where to go. */
export type Motion = 'down' | 'up' | 'top' | 'bottom' | 'page-down' | 'page-up'

/** The place after a motion, in a list of `length`. */
export function moved(place: number, motion: Motion, { length, page }: { length: number; page: number }): number {
  const next = {
    down: place + 1,
    up: place - 1,
    top: 0,
    bottom: length - 1,
    'page-down': place + page,
    'page-up': place - page,
  }[motion]
  return Math.max(0, Math.min(length - 1, next))
}

/** The user after a motion. */
export function moveCursor(ui: UiState, world: World, motion: Motion): UiState {
  const page = pageLength(world)
  if (ui.screen !== 'torrents') {
    const length = lineCount(ui, world)
    const line = motion === 'bottom' ? LAST_LINE : moved(Math.min(ui.line, length - 1), motion, { length, page })
    return { ...ui, line }
  }
  const { sidebar } = ui
  if (sidebar.isFocused) {
    const facets = world.listing.facets()
    const cursor = moved(sidebar.cursor, motion, { length: facets.length, page })
    const facet = facets[cursor]?.facet ?? { kind: 'all' }
    return { ...ui, sidebar: { ...sidebar, cursor }, query: { ...ui.query, facet } }
  }
  const rows = world.listing.rows(ui.query)
  const place = moved(Math.max(0, world.listing.place(ui.query, ui.cursorId)), motion, { length: rows.length, page })
  return { ...ui, cursorId: rows[place]?.id ?? -1 }
}

/** Puts the cursor on a torrent when the one it was on is gone. */
export function settleCursor(ui: UiState, { listing, book }: World): UiState {
  if (ui.screen !== 'torrents' || listing.place(ui.query, ui.cursorId) >= 0) return ui
  const rows = listing.rows(ui.query)
  const cursorId = rows[0]?.id ?? -1
  const isHidden = book.row(ui.cursorId) !== undefined
  return cursorId === ui.cursorId || (isHidden && rows.length === 0) ? ui : { ...ui, cursorId }
}

/** Lines of what the screen lists. */
export function lineCount(ui: UiState, world: World): number {
  const { detail } = world
  if (ui.screen === 'log') return world.log.length
  if (ui.screen === 'settings') return foundSettings(ui, world).length
  if (ui.screen === 'swarm') return world.listing.rows(ui.query).length
  if (ui.screen !== 'torrent' || detail === undefined || detail === 'gone') return 1
  return tabLineCount(ui.tab, detail, world)
}

function tabLineCount(tab: TabName, detail: TorrentDetail, world: World): number {
  switch (tab) {
    case 'files':
      return world.files.length
    case 'peers':
      return detail.peers.length
    case 'trackers':
      return detail.trackers.length + (detail.sources?.length ?? 0) + detail.webSeeds.length
    case 'chunks':
      return detail.reused?.from.length ?? 1
    case 'log':
      return logOf(world, detail.row).length
    case 'overview':
      return 1
  }
}
