// The whole behaviour of the dashboard, as functions of where the user is and what is known.

import { SORT_KEYS } from '../model/torrent-query.ts'
import type { TorrentQuery } from '../model/torrent-query.ts'
import type { Input, MouseInput } from '../terminal/input.ts'
import type { Target } from '../views/target.ts'
import { addInput, showChoice } from './add-form.ts'
import { runCommand } from './commands.ts'
import { createInput } from './create-form.ts'
import { moved, moveCursor, settleCursor } from './cursor.ts'
import type { Outcome } from './effect.ts'
import { withCompletions } from './form.ts'
import { commandOf } from './keymap.ts'
import { promptInput, withCandidates } from './prompt.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Dialog, UiState } from './ui-state.ts'
import type { World } from './world.ts'

/** After an input. A notice lasts until the next one. */
export function update(ui: UiState, input: Input, world: World): Step {
  const quiet: UiState = ui.notice === undefined ? ui : { ...ui, notice: undefined }
  const next =
    quiet.dialog === undefined ? screenInput(quiet, input, world) : dialogInput(quiet, quiet.dialog, input, world)
  return { ...next, ui: settleCursor(next.ui, world) }
}

function screenInput(ui: UiState, input: Input, world: World): Step {
  if (input.type === 'paste') return pasteOnScreen(ui, input.text, world)
  if (input.type === 'mouse') return wheel(ui, input, world)
  const command = commandOf(ui, input.key)
  return command === undefined ? step(ui) : runCommand(ui, command, world)
}

/** A link pasted on a list is one to add. */
function pasteOnScreen(ui: UiState, text: string, world: World): Step {
  const opened = runCommand(ui, 'add', world)
  return opened.ui.dialog?.kind === 'add'
    ? addInput(opened.ui, opened.ui.dialog, { type: 'paste', text }, world)
    : opened
}

function wheel(ui: UiState, { action }: MouseInput, world: World): Step {
  return action === 'press' ? step(ui) : step(moveCursor(ui, world, action === 'wheel-up' ? 'up' : 'down'))
}

/** After a press on something that the last frame drew. */
export function press(ui: UiState, { action }: Target, world: World): Step {
  switch (action.type) {
    case 'torrent':
      if (ui.cursorId === action.id && ui.screen === 'torrents') return runCommand(ui, 'open', world)
      return step({ ...ui, cursorId: action.id, sidebar: { ...ui.sidebar, isFocused: false } })
    case 'facet':
      return step({
        ...ui,
        query: { ...ui.query, facet: action.facet },
        sidebar: { ...ui.sidebar, cursor: action.place },
      })
    case 'sort':
      return step({ ...ui, query: sortedBy(ui.query, action.key) })
    case 'tab':
      return step({ ...ui, tab: action.tab, line: 0 })
    case 'line':
      return step({ ...ui, line: action.line })
    case 'command':
      return runCommand(ui, action.command, world)
  }
}

/** By another column; by the same one the other way round. */
function sortedBy(query: TorrentQuery, sort: TorrentQuery['sort']): TorrentQuery {
  return query.sort === sort ? { ...query, isDescending: !query.isDescending } : { ...query, sort, isDescending: false }
}

function dialogInput(ui: UiState, dialog: Dialog, input: Input, world: World): Step {
  switch (dialog.kind) {
    case 'prompt':
      return promptInput(ui, dialog, input, world)
    case 'add':
      return addInput(ui, dialog, input, world)
    case 'create':
      return createInput(ui, dialog, input)
    case 'confirm':
      return confirmInput(ui, dialog, input, world)
    case 'sort':
      return sortInput(ui, dialog, input)
    case 'help':
    case 'output':
      return scrollInput(ui, dialog, input)
  }
}

function confirmInput(ui: UiState, { effect }: Dialog & { kind: 'confirm' }, input: Input, { language }: World): Step {
  if (input.type !== 'key') return step(ui)
  const closed: UiState = { ...ui, dialog: undefined }
  if (input.key === 'y' || input.key === 'Y') return step({ ...closed, marked: new Set() }, effect)
  if (!['n', 'N', 'escape', 'q', 'C-c'].includes(input.key)) return step(ui)
  return step({ ...closed, notice: { text: language.say('cancelled'), isError: false } })
}

const SORT_LENGTH = { length: SORT_KEYS.length, page: SORT_KEYS.length }

function sortInput(ui: UiState, dialog: Dialog & { kind: 'sort' }, input: Input): Step {
  if (input.type !== 'key') return step(ui)
  const closed: UiState = { ...ui, dialog: undefined }
  switch (input.key) {
    case 'j':
    case 'down':
    case 's':
    case 'tab':
      return step({ ...ui, dialog: { ...dialog, cursor: moved(dialog.cursor, 'down', SORT_LENGTH) } })
    case 'k':
    case 'up':
      return step({ ...ui, dialog: { ...dialog, cursor: moved(dialog.cursor, 'up', SORT_LENGTH) } })
    case 'enter':
      return step({ ...closed, query: sortedBy(ui.query, SORT_KEYS[dialog.cursor] ?? ui.query.sort) })
    case 'escape':
    case 'q':
    case 'C-c':
      return step(closed)
    default:
      return step(ui)
  }
}

const MAX_SCROLL = 10_000

function scrollInput(ui: UiState, dialog: Dialog & { kind: 'help' | 'output' }, input: Input): Step {
  const by = scrollOf(input)
  if (by === undefined) return step(input.type === 'key' ? { ...ui, dialog: undefined } : ui)
  const length = dialog.kind === 'output' ? dialog.lines.length : MAX_SCROLL
  return step({ ...ui, dialog: { ...dialog, scroll: Math.max(0, Math.min(length - 1, dialog.scroll + by)) } })
}

/** Undefined for what closes the text. */
function scrollOf(input: Input): number | undefined {
  if (input.type === 'mouse') return input.action === 'wheel-up' ? -3 : input.action === 'wheel-down' ? 3 : 0
  if (input.type === 'paste') return 0
  const steps: Readonly<Record<string, number>> = {
    j: 1,
    down: 1,
    k: -1,
    up: -1,
    pagedown: 10,
    space: 10,
    pageup: -10,
    g: -MAX_SCROLL,
    home: -MAX_SCROLL,
  }
  return steps[input.key]
}

/** After something that was asked for has happened. */
export function settle(ui: UiState, outcome: Outcome, { language }: World): UiState {
  switch (outcome.type) {
    case 'notice':
      return { ...freed(ui), notice: { text: outcome.text, isError: outcome.isError } }
    case 'previewed':
      if (ui.dialog?.kind !== 'add') return ui
      return { ...ui, dialog: showChoice(ui.dialog, outcome.preview, outcome.source) }
    case 'added': {
      const text = language.say(outcome.kind === 'added' ? 'addedTorrent' : 'duplicate', outcome.name)
      return { ...ui, cursorId: outcome.id, notice: { text, isError: false } }
    }
    case 'completed':
      return completed(ui, outcome)
    case 'output': {
      const { title, lines } = outcome
      return { ...ui, notice: undefined, dialog: { kind: 'output', title, lines, scroll: 0 } }
    }
  }
}

/** A form that waited takes keys again. */
function freed(ui: UiState): UiState {
  const { dialog } = ui
  if (dialog?.kind !== 'add' && dialog?.kind !== 'create') return ui
  return { ...ui, dialog: { ...dialog, isBusy: false } }
}

function completed(ui: UiState, { path, candidates }: Outcome & { type: 'completed' }): UiState {
  const { dialog } = ui
  if (dialog?.kind === 'add' || dialog?.kind === 'create') {
    return { ...ui, dialog: withCompletions<typeof dialog>(dialog, path, candidates) }
  }
  return dialog?.kind === 'prompt' ? { ...ui, dialog: withCandidates(dialog, path, candidates) } : ui
}
