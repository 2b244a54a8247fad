// The one table of keys: what reacts and what the help shows cannot differ.

import type { TextKey } from '../languages/english.ts'
import type { ScreenName, UiState } from './ui-state.ts'

/** What a key does. */
export type CommandName =
  | 'down'
  | 'up'
  | 'top'
  | 'bottom'
  | 'page-down'
  | 'page-up'
  | 'open'
  | 'back'
  | 'filter'
  | 'sort'
  | 'reverse'
  | 'help'
  | 'command'
  | 'pane'
  | 'previous-pane'
  | 'mark'
  | 'mark-all'
  | 'pause'
  | 'remove'
  | 'remove-data'
  | 'verify'
  | 'announce'
  | 'move'
  | 'label'
  | 'more'
  | 'less'
  | 'download-limit'
  | 'upload-limit'
  | 'session-download-limit'
  | 'session-upload-limit'
  | 'add'
  | 'create'
  | 'sequential'
  | 'queue-up'
  | 'queue-down'
  | 'sidebar'
  | 'theme'
  | 'find-setting'
  | 'edit-setting'
  | 'reset-setting'
  | 'suspend'
  | 'redraw'
  | 'quit'
  | ScreenName

/** Where a key works. */
export type Scope = 'everywhere' | 'lists' | 'torrents' | 'files' | 'settings'

/** A line of the table. */
export interface Binding {
  readonly keys: readonly string[]
  readonly scope: Scope
  readonly command: CommandName
  readonly help: TextKey
  /** Shown in the bottom line of the screen. */
  readonly isCommon?: boolean
}

/** All keys. Within a scope the first match counts; narrower scopes come first. */
export const KEYMAP: readonly Binding[] = [
  { keys: ['space'], scope: 'files', command: 'mark', help: 'keySelectFile', isCommon: true },
  { keys: ['+', '='], scope: 'files', command: 'more', help: 'keyMore', isCommon: true },
  { keys: ['-'], scope: 'files', command: 'less', help: 'keyLess', isCommon: true },
  { keys: ['enter', 'e'], scope: 'settings', command: 'edit-setting', help: 'keyEditSetting', isCommon: true },
  { keys: ['x', 'delete'], scope: 'settings', command: 'reset-setting', help: 'keyResetSetting', isCommon: true },
  { keys: ['/'], scope: 'settings', command: 'find-setting', help: 'keyFilter', isCommon: true },
  { keys: ['enter', 'l', 'right'], scope: 'torrents', command: 'open', help: 'keyOpen' },
  { keys: ['a', 'insert'], scope: 'torrents', command: 'add', help: 'keyAdd', isCommon: true },
  { keys: ['p'], scope: 'torrents', command: 'pause', help: 'keyPause', isCommon: true },
  { keys: ['r', 'delete'], scope: 'torrents', command: 'remove', help: 'keyRemove', isCommon: true },
  { keys: ['R'], scope: 'torrents', command: 'remove-data', help: 'keyRemoveData' },
  { keys: ['space'], scope: 'torrents', command: 'mark', help: 'keyMark', isCommon: true },
  { keys: ['*'], scope: 'torrents', command: 'mark-all', help: 'keyMarkAll' },
  { keys: ['/'], scope: 'torrents', command: 'filter', help: 'keyFilter', isCommon: true },
  { keys: ['s'], scope: 'torrents', command: 'sort', help: 'keySort', isCommon: true },
  { keys: ['S'], scope: 'torrents', command: 'reverse', help: 'keyReverse' },
  { keys: ['v'], scope: 'torrents', command: 'verify', help: 'keyVerify' },
  { keys: ['n'], scope: 'torrents', command: 'announce', help: 'keyAnnounce' },
  { keys: ['m'], scope: 'torrents', command: 'move', help: 'keyMove' },
  { keys: ['L'], scope: 'torrents', command: 'label', help: 'keyLabel' },
  { keys: ['d'], scope: 'torrents', command: 'download-limit', help: 'keyDownloadLimit' },
  { keys: ['u'], scope: 'torrents', command: 'upload-limit', help: 'keyUploadLimit' },
  { keys: ['o'], scope: 'torrents', command: 'sequential', help: 'keySequential' },
  { keys: ['K', '+', '='], scope: 'torrents', command: 'queue-up', help: 'keyQueueUp' },
  { keys: ['J', '-'], scope: 'torrents', command: 'queue-down', help: 'keyQueueDown' },
  { keys: ['b'], scope: 'torrents', command: 'sidebar', help: 'keySidebar' },
  { keys: ['j', 'down'], scope: 'lists', command: 'down', help: 'keyDown' },
  { keys: ['k', 'up'], scope: 'lists', command: 'up', help: 'keyUp' },
  { keys: ['g', 'home'], scope: 'lists', command: 'top', help: 'keyTop' },
  { keys: ['G', 'end'], scope: 'lists', command: 'bottom', help: 'keyBottom' },
  { keys: ['pagedown', 'C-f'], scope: 'lists', command: 'page-down', help: 'keyPageDown' },
  { keys: ['pageup', 'C-b'], scope: 'lists', command: 'page-up', help: 'keyPageUp' },
  { keys: ['tab', ']'], scope: 'lists', command: 'pane', help: 'keyPane' },
  { keys: ['S-tab', '['], scope: 'lists', command: 'previous-pane', help: 'keyPreviousPane' },
  { keys: ['escape', 'h', 'left', 'backspace'], scope: 'everywhere', command: 'back', help: 'keyBack' },
  { keys: ['?', 'f1'], scope: 'everywhere', command: 'help', help: 'keyHelp', isCommon: true },
  { keys: [':'], scope: 'everywhere', command: 'command', help: 'keyCommand', isCommon: true },
  { keys: ['1'], scope: 'everywhere', command: 'torrents', help: 'keyTorrents' },
  { keys: ['2'], scope: 'everywhere', command: 'torrent', help: 'keyOpen' },
  { keys: ['3'], scope: 'everywhere', command: 'system', help: 'keySystem' },
  { keys: ['4'], scope: 'everywhere', command: 'swarm', help: 'keySwarm' },
  { keys: ['5'], scope: 'everywhere', command: 'log', help: 'keyLog' },
  { keys: ['6'], scope: 'everywhere', command: 'settings', help: 'keySettings' },
  { keys: ['c'], scope: 'everywhere', command: 'create', help: 'keyCreate' },
  { keys: ['D'], scope: 'everywhere', command: 'session-download-limit', help: 'keySessionDownloadLimit' },
  { keys: ['U'], scope: 'everywhere', command: 'session-upload-limit', help: 'keySessionUploadLimit' },
  { keys: ['t'], scope: 'everywhere', command: 'theme', help: 'keyTheme' },
  { keys: ['C-z'], scope: 'everywhere', command: 'suspend', help: 'keySuspend' },
  { keys: ['C-l'], scope: 'everywhere', command: 'redraw', help: 'keyRedraw' },
  { keys: ['q', 'C-c'], scope: 'everywhere', command: 'quit', help: 'keyQuit', isCommon: true },
]

/** The scopes whose keys work where the user is, narrowest first. */
export function scopesOf({ screen, tab }: UiState): readonly Scope[] {
  if (screen === 'torrents') return ['torrents', 'lists', 'everywhere']
  if (screen === 'settings') return ['settings', 'lists', 'everywhere']
  if (screen !== 'torrent') return ['lists', 'everywhere']
  return tab === 'files' ? ['files', 'lists', 'torrents', 'everywhere'] : ['lists', 'torrents', 'everywhere']
}

/** What a key does where the user is; undefined = nothing. */
export function commandOf(ui: UiState, key: string): CommandName | undefined {
  for (const scope of scopesOf(ui)) {
    const found = KEYMAP.find((binding) => binding.scope === scope && binding.keys.includes(key))
    if (found !== undefined) return found.command
  }
  return undefined
}
