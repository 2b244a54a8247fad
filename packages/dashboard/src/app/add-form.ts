// Adding a torrent: what and where, then which of its files, before anything starts.

import type { Input } from '../terminal/input.ts'
import { moved } from './cursor.ts'
import type { Motion } from './cursor.ts'
import { treeLines } from './file-tree.ts'
import { formInput, isOn, textOf } from './form.ts'
import { lineOf } from './line-edit.ts'
import { labelsOf } from './words.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { AddDialog, FileChoice, UiState } from './ui-state.ts'
import type { Preview } from '@ccbt/rpc-client'
import { pageLength } from './world.ts'
import type { World } from './world.ts'

const EMPTY = lineOf('')
const SOURCE = 0
const DIRECTORY = 1
const LABELS = 2
const PAUSED = 3
const SEQUENTIAL = 4

/** Opens the form. */
export function openAdd(ui: UiState): Step {
  const dialog: AddDialog = {
    kind: 'add',
    fields: [
      { label: 'addSource', line: EMPTY, isPath: true },
      { label: 'addDirectory', line: EMPTY, isPath: true },
      { label: 'addLabels', line: EMPTY },
      { label: 'addPaused', line: EMPTY, isOn: false },
      { label: 'addSequential', line: EMPTY, isOn: false },
    ],
    focus: 0,
    completions: [],
    isBusy: false,
    choice: undefined,
  }
  return step({ ...ui, dialog })
}

/** An input while the form is open. */
export function addInput(ui: UiState, dialog: AddDialog, input: Input, world: World): Step {
  if (input.type === 'key' && (input.key === 'escape' || input.key === 'C-c')) {
    return step({ ...ui, dialog: dialog.choice === undefined ? undefined : { ...dialog, choice: undefined } })
  }
  if (dialog.choice !== undefined) return chooseInput(ui, { dialog, choice: dialog.choice }, input, world)
  if (dialog.isBusy) return step(ui)
  if (input.type === 'key' && input.key === 'enter') {
    const source = textOf(dialog, SOURCE)
    if (source === '') return step({ ...ui, dialog: { ...dialog, focus: SOURCE } })
    return step({ ...ui, dialog: { ...dialog, isBusy: true, completions: [] } }, { type: 'preview', source })
  }
  const next = formInput(dialog, input)
  if (next === 'complete') return step(ui, { type: 'complete', path: dialog.fields[dialog.focus]?.line.text ?? '' })
  return step({ ...ui, dialog: next })
}

/** The preview is there: its files can be chosen. */
export function showChoice(dialog: AddDialog, preview: Preview, source: FileChoice['source']): AddDialog {
  const lines = treeLines(preview.files.map(({ path }) => path))
  const chosen = new Set(preview.files.map((_, place) => place))
  return { ...dialog, isBusy: false, choice: { preview, source, lines, chosen, cursor: 0 } }
}

interface Choosing {
  readonly dialog: AddDialog
  readonly choice: FileChoice
}

const MOTIONS: Readonly<Record<string, Motion>> = {
  j: 'down',
  down: 'down',
  k: 'up',
  up: 'up',
  g: 'top',
  home: 'top',
  G: 'bottom',
  end: 'bottom',
  pagedown: 'page-down',
  pageup: 'page-up',
}

function chooseInput(ui: UiState, choosing: Choosing, input: Input, world: World): Step {
  if (input.type !== 'key') return step(ui)
  if (input.key === 'enter') return add(ui, choosing)
  const { dialog, choice } = choosing
  const { lines } = choice
  const motion = MOTIONS[input.key]
  const change = (next: Partial<FileChoice>): Step =>
    step({ ...ui, dialog: { ...dialog, choice: { ...choice, ...next } } })
  if (motion !== undefined) {
    return change({ cursor: moved(choice.cursor, motion, { length: lines.length, page: pageLength(world) }) })
  }
  const all = choice.preview.files.map((_, place) => place)
  if (input.key === 'space') return change({ chosen: toggled(choice.chosen, lines[choice.cursor]?.members ?? []) })
  if (input.key === 'a' || input.key === '*') return change({ chosen: toggled(choice.chosen, all) })
  return step(ui)
}

/** All of them chosen, or none when all were. */
function toggled(chosen: ReadonlySet<number>, members: readonly number[]): ReadonlySet<number> {
  const of = new Set(members)
  return of.isSubsetOf(chosen) ? chosen.difference(of) : chosen.union(of)
}

function add(ui: UiState, { dialog, choice }: Choosing): Step {
  const { preview, source, chosen } = choice
  const directory = textOf(dialog, DIRECTORY)
  const isEverything = chosen.size === preview.files.length
  const select = preview.files.flatMap(({ index }, place) => (chosen.has(place) ? [index] : []))
  const torrent = {
    source,
    labels: labelsOf(textOf(dialog, LABELS)),
    isPaused: isOn(dialog, PAUSED),
    isSequential: isOn(dialog, SEQUENTIAL),
    ...(directory === '' ? {} : { directory }),
    ...(isEverything ? {} : { select }),
  }
  return step({ ...ui, dialog: undefined }, { type: 'add', torrent, name: preview.name })
}
