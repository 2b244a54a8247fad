// Everything the screens look at that is not the user's doing.

import type { AlertList, LogLine, SettingView, SystemView, TorrentDetail, TorrentRow } from '@ccbt/rpc-client'

import type { Language } from '../languages/language.ts'
import type { TorrentBook } from '../model/torrent-book.ts'
import type { TorrentListing } from '../model/torrent-listing.ts'
import type { Size } from '../screen/cell-grid.ts'
import type { ProgramVerb } from './command-completion.ts'
import type { TreeLine } from './file-tree.ts'
import type { UiState } from './ui-state.ts'

/** What is known at this moment. */
export interface World {
  readonly book: TorrentBook
  readonly listing: TorrentListing
  /** Of the torrent that is open; `gone` when there is none any more. */
  readonly detail: TorrentDetail | 'gone' | undefined
  /** The files of `detail` as lines. */
  readonly files: readonly TreeLine[]
  readonly system: SystemView | undefined
  readonly log: readonly LogLine[]
  /** Of the daemon; undefined = not known yet. */
  readonly settings: readonly SettingView[] | undefined
  /** Undefined while nothing is known of them. */
  readonly alerts: AlertList | undefined
  readonly isConnected: boolean
  readonly language: Language
  readonly size: Size
  /** Commands of the program, for the command line. */
  readonly verbs: readonly ProgramVerb[]
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** The torrents that a key means: the marked ones, else the one under the cursor. */
export function targets(ui: UiState, { book, listing }: World): readonly number[] {
  if (ui.screen === 'torrents' && ui.marked.size > 0) return [...ui.marked].filter((id) => book.row(id) !== undefined)
  if (ui.screen === 'torrents' && listing.place(ui.query, ui.cursorId) < 0) return []
  return book.row(ui.cursorId) === undefined ? [] : [ui.cursorId]
}

/** Rows of the list that is on the screen: what a page is. */
export function pageLength({ size }: World): number {
  return Math.max(1, size.rows - 6)
}

/** Lines of a log that belong to a torrent, or all. */
export function logOf(world: World, row: TorrentRow | undefined): readonly LogLine[] {
  return row === undefined ? world.log : world.log.filter(({ infoHash }) => infoHash === row.infoHash)
}
