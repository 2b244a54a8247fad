// Where the user is: screen, cursor, marks, and what lies over the screen. What the daemon says is not in here.

import type { Preview } from '@ccbt/rpc-client'

import type { TextKey } from '../languages/english.ts'
import type { TorrentQuery } from '../model/torrent-query.ts'
import type { Effect } from './effect.ts'
import type { TreeLine } from './file-tree.ts'
import type { Line } from './line-edit.ts'

/** The screens, in the order of their keys. */
export const SCREENS = ['torrents', 'torrent', 'system', 'swarm', 'log', 'settings'] as const

export type ScreenName = (typeof SCREENS)[number]

/** The tabs of a torrent. */
export const TABS = ['overview', 'files', 'peers', 'trackers', 'chunks', 'log'] as const

export type TabName = (typeof TABS)[number]

/** Where the user is. */
export interface UiState {
  readonly screen: ScreenName
  readonly query: TorrentQuery
  /** Torrent under the cursor of the list; the cursor follows it when the order changes. */
  readonly cursorId: number
  readonly marked: ReadonlySet<number>
  /** Undefined: as wide terminals have it and narrow ones not. */
  readonly sidebar: { readonly isShown: boolean | undefined; readonly isFocused: boolean; readonly cursor: number }
  readonly tab: TabName
  /** Line under the cursor of every other list; one beyond its end is its last. */
  readonly line: number
  /** Words that the listed settings have. */
  readonly settingText: string
  readonly themeName: string
  readonly dialog: Dialog | undefined
  readonly notice: Notice | undefined
}

/** One line at the bottom, until the next key. */
export interface Notice {
  readonly text: string
  readonly isError: boolean
}

/** What lies over the screen and takes the keys. */
export type Dialog =
  | { readonly kind: 'help'; readonly scroll: number }
  | Prompt
  | { readonly kind: 'confirm'; readonly question: string; readonly effect: Effect }
  | { readonly kind: 'sort'; readonly cursor: number }
  | AddDialog
  | CreateDialog
  | { readonly kind: 'output'; readonly title: string; readonly lines: readonly string[]; readonly scroll: number }

/** What a typed line is for. */
export type PromptPurpose =
  | 'filter'
  | 'find-setting'
  | 'setting'
  | 'command'
  | 'labels'
  | 'move'
  | 'download-limit'
  | 'upload-limit'
  | 'session-download-limit'
  | 'session-upload-limit'
  | 'remove-data'

/** A line to type at the bottom. */
export interface Prompt {
  readonly kind: 'prompt'
  readonly purpose: PromptPurpose
  readonly question: string
  readonly line: Line
  /** Torrents that were meant when the question came up. */
  readonly ids: readonly number[]
  readonly completions: readonly string[]
  /** Of the setting that is asked for. */
  readonly settingKey: string
}

/** A field of a form: a line, or a choice. */
export interface Field {
  readonly label: TextKey
  readonly line: Line
  /** Present for a choice; then the line is not used. */
  readonly isOn?: boolean
  /** Tab completes paths. */
  readonly isPath?: boolean
}

/** Adding a torrent: first what and where, then which of its files. */
export interface AddDialog {
  readonly kind: 'add'
  readonly fields: readonly Field[]
  readonly focus: number
  readonly completions: readonly string[]
  readonly isBusy: boolean
  readonly choice: FileChoice | undefined
}

/** The files of a torrent that is not added yet. */
export interface FileChoice {
  readonly preview: Preview
  /** Torrent file's bytes or link. */
  readonly source: Uint8Array | string
  readonly lines: readonly TreeLine[]
  readonly chosen: ReadonlySet<number>
  readonly cursor: number
}

/** Making a torrent file. */
export interface CreateDialog {
  readonly kind: 'create'
  readonly fields: readonly Field[]
  readonly focus: number
  readonly completions: readonly string[]
  readonly isBusy: boolean
}

/** How the dashboard begins. */
export function initialUi(themeName: string): UiState {
  return {
    screen: 'torrents',
    query: { sort: 'added', isDescending: false, text: '', facet: { kind: 'all' } },
    cursorId: -1,
    marked: new Set(),
    sidebar: { isShown: undefined, isFocused: false, cursor: 0 },
    tab: 'overview',
    line: 0,
    settingText: '',
    themeName,
    dialog: undefined,
    notice: undefined,
  }
}
