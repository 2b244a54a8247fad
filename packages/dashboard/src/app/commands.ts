// What the keys of the table do.

import type { TorrentAction, TorrentRow } from '@ccbt/rpc-client'

import { SORT_KEYS } from '../model/torrent-query.ts'
import { THEME_NAMES } from '../screen/theme.ts'
import { openAdd } from './add-form.ts'
import { openCreate } from './create-form.ts'
import { LAST_LINE, moveCursor } from './cursor.ts'
import type { Motion } from './cursor.ts'
import type { CommandName } from './keymap.ts'
import { ask } from './prompt.ts'
import { editSetting, resetSetting } from './setting-commands.ts'
import { refuse, step } from './step.ts'
import type { Step } from './step.ts'
import { TABS } from './ui-state.ts'
import type { PromptPurpose, ScreenName, UiState } from './ui-state.ts'
import { targets } from './world.ts'
import type { World } from './world.ts'

type Run = (ui: UiState, world: World) => Step

const COMMANDS: Readonly<Record<CommandName, Run>> = {
  down: motion('down'),
  up: motion('up'),
  top: motion('top'),
  bottom: motion('bottom'),
  'page-down': motion('page-down'),
  'page-up': motion('page-up'),
  torrents: show('torrents'),
  torrent: show('torrent'),
  system: show('system'),
  swarm: show('swarm'),
  log: (ui, world) => step({ ...show('log')(ui, world).ui, line: LAST_LINE }),
  settings: show('settings'),
  open: (ui, world) => {
    if (ui.sidebar.isFocused) return step({ ...ui, sidebar: { ...ui.sidebar, isFocused: false } })
    return ui.screen === 'torrents' ? show('torrent')({ ...ui, tab: 'overview' }, world) : step(ui)
  },
  back,
  filter: (ui, { language }) => ask(ui, 'filter', { question: language.say('filter'), text: ui.query.text }),
  sort: (ui) => step({ ...ui, dialog: { kind: 'sort', cursor: SORT_KEYS.indexOf(ui.query.sort) } }),
  reverse: (ui) => step({ ...ui, query: { ...ui.query, isDescending: !ui.query.isDescending } }),
  help: (ui) => step({ ...ui, dialog: { kind: 'help', scroll: 0 } }),
  command: (ui, { language }) => ask(ui, 'command', { question: language.say('command') }),
  pane: (ui) => pane(ui, 1),
  'previous-pane': (ui) => pane(ui, -1),
  mark: (ui, world) => (isFileList(ui) ? prioritise(ui, world, (now) => (now === 0 ? 4 : 0)) : mark(ui, world)),
  'mark-all': (ui, { listing }) => {
    const all = listing.rows(ui.query)
    return step({ ...ui, marked: new Set(ui.marked.size >= all.length ? [] : all.map(({ id }) => id)) })
  },
  pause: onTargets((ui, { book }, ids) => {
    const rows = ids.flatMap((id) => book.row(id) ?? [])
    const isPausing = rows.some(({ phase }) => phase !== 'paused')
    return { action: { type: isPausing ? 'pause' : 'start' }, done: isPausing ? 'paused' : 'starting' }
  }),
  verify: onTargets(() => ({ action: { type: 'verify' }, done: 'keyVerify' })),
  announce: onTargets(() => ({ action: { type: 'reannounce' }, done: 'keyAnnounce' })),
  sequential: onTargets((_, { book }, ids) => {
    const isOn = ids.some((id) => book.row(id)?.isSequential !== true)
    return { action: { type: 'sequential', isOn }, done: isOn ? 'inOrder' : 'rarestFirst' }
  }),
  'queue-up': onTargets(() => ({ action: { type: 'queue', to: 'up' }, done: 'keyQueueUp' })),
  'queue-down': onTargets(() => ({ action: { type: 'queue', to: 'down' }, done: 'keyQueueDown' })),
  more: (ui, world) => prioritise(ui, world, (now) => Math.min(7, now + 1)),
  less: (ui, world) => prioritise(ui, world, (now) => Math.max(0, now - 1)),
  remove: (ui, world) => {
    const ids = targets(ui, world)
    if (ids.length === 0) return step(ui)
    const question = world.language.say('askRemove', nameOf(ids, world))
    const done = world.language.say('keyRemove')
    const effect = { type: 'act', ids, action: { type: 'remove', deletesData: false }, done } as const
    return step({ ...ui, dialog: { kind: 'confirm', question, effect } })
  },
  'remove-data': (ui, world) =>
    askAbout(ui, world, 'remove-data', (names) => world.language.say('askRemoveData', names)),
  move: (ui, world) =>
    askAbout(
      ui,
      world,
      'move',
      () => world.language.say('askMove'),
      (row) => row.directory,
    ),
  label: (ui, world) =>
    askAbout(
      ui,
      world,
      'labels',
      () => world.language.say('askLabels'),
      (row) => row.labels.join(', '),
    ),
  'download-limit': (ui, world) => askAbout(ui, world, 'download-limit', () => world.language.say('askDownloadLimit')),
  'upload-limit': (ui, world) => askAbout(ui, world, 'upload-limit', () => world.language.say('askUploadLimit')),
  'session-download-limit': (ui, { language }) =>
    ask(ui, 'session-download-limit', { question: language.say('askDownloadLimit') }),
  'session-upload-limit': (ui, { language }) =>
    ask(ui, 'session-upload-limit', { question: language.say('askUploadLimit') }),
  add: openAdd,
  create: openCreate,
  sidebar: (ui, { size }) => {
    const isShown = !(ui.sidebar.isShown ?? size.columns >= WIDE)
    return step({ ...ui, sidebar: { ...ui.sidebar, isShown, isFocused: false } })
  },
  theme: (ui) => {
    const next = THEME_NAMES[(THEME_NAMES.indexOf(ui.themeName) + 1) % THEME_NAMES.length] ?? ui.themeName
    return step({ ...ui, themeName: next, notice: { text: next, isError: false } })
  },
  'find-setting': (ui, { language }) =>
    ask(ui, 'find-setting', { question: language.say('filter'), text: ui.settingText }),
  'edit-setting': editSetting,
  'reset-setting': resetSetting,
  suspend: (ui) => step(ui, { type: 'suspend' }),
  redraw: (ui) => step(ui, { type: 'redraw' }),
  quit: (ui) => step(ui, { type: 'quit' }),
}

/** From so many columns on the side bar is shown unless it was hidden. */
export const WIDE = 110

/** Does what a key stands for. */
export function runCommand(ui: UiState, command: CommandName, world: World): Step {
  return COMMANDS[command](ui, world)
}

function motion(of: Motion): Run {
  return (ui, world) => step(moveCursor(ui, world, of))
}

function show(screen: ScreenName): Run {
  return (ui, { book }) => {
    if (screen === 'torrent' && book.row(ui.cursorId) === undefined) return step(ui)
    return step({ ...ui, screen, line: 0, sidebar: { ...ui.sidebar, isFocused: false } })
  }
}

function back(ui: UiState): Step {
  if (ui.screen !== 'torrents') return step({ ...ui, screen: 'torrents', line: 0 })
  if (ui.sidebar.isFocused) return step({ ...ui, sidebar: { ...ui.sidebar, isFocused: false } })
  if (ui.marked.size > 0) return step({ ...ui, marked: new Set() })
  return step({ ...ui, query: { ...ui.query, text: '', facet: { kind: 'all' } } })
}

/** The next tab of a torrent, or between list and side bar. */
function pane(ui: UiState, by: number): Step {
  if (ui.screen === 'torrent') {
    const next = TABS[(TABS.indexOf(ui.tab) + by + TABS.length) % TABS.length] ?? 'overview'
    return step({ ...ui, tab: next, line: next === 'log' ? LAST_LINE : 0 })
  }
  if (ui.screen !== 'torrents') return step(ui)
  const isFocused = !ui.sidebar.isFocused
  return step({ ...ui, sidebar: { ...ui.sidebar, isFocused, isShown: isFocused ? true : ui.sidebar.isShown } })
}

function isFileList({ screen, tab }: UiState): boolean {
  return screen === 'torrent' && tab === 'files'
}

/** Marks or unmarks, and goes one on. */
function mark(ui: UiState, world: World): Step {
  if (ui.screen !== 'torrents' || world.listing.place(ui.query, ui.cursorId) < 0) return step(ui)
  const marked = new Set(ui.marked)
  if (!marked.delete(ui.cursorId)) marked.add(ui.cursorId)
  return step(moveCursor({ ...ui, marked }, world, 'down'))
}

interface Act {
  readonly action: TorrentAction
  readonly done: Parameters<World['language']['say']>[0]
}

function onTargets(act: (ui: UiState, world: World, ids: readonly number[]) => Act): Run {
  return (ui, world) => {
    const ids = targets(ui, world)
    if (ids.length === 0) return step(ui)
    const { action, done } = act(ui, world, ids)
    return step(ui, { type: 'act', ids, action, done: world.language.say(done) })
  }
}

/** A typed question about the torrents that are meant; `textOf` the first one is there to begin with. */
function askAbout(
  ui: UiState,
  world: World,
  purpose: PromptPurpose,
  ...[questionOf, textOf]: [(names: string) => string, ((row: TorrentRow) => string)?]
): Step {
  const ids = targets(ui, world)
  const [first] = ids
  const row = first === undefined ? undefined : world.book.row(first)
  if (row === undefined) return step(ui)
  return ask(ui, purpose, { question: questionOf(nameOf(ids, world)), ids, text: textOf?.(row) ?? '' })
}

/** What is asked about, short enough that the question stays in sight. */
function nameOf(ids: readonly number[], { book, language }: World): string {
  const [first = -1] = ids
  if (ids.length > 1) return language.say('manyTorrents', ids.length)
  const name = book.row(first)?.name ?? ''
  return name.length > 30 ? `${name.slice(0, 29)}…` : name
}

/** Changes the priority of the file under the cursor, or of all files of the folder. */
function prioritise(ui: UiState, { detail, files: lines, language }: World, next: (now: number) => number): Step {
  if (detail === undefined || detail === 'gone') return step(ui)
  const files = (lines[Math.min(ui.line, lines.length - 1)]?.members ?? []).flatMap(
    (place) => detail.files[place] ?? [],
  )
  const [first] = files
  if (first === undefined) return refuse(ui, language.say('noFiles'))
  const action = { type: 'priority', files: files.map(({ index }) => index), priority: next(first.priority) } as const
  return step(ui, { type: 'act', ids: [detail.row.id], action, done: language.say('priority') })
}
