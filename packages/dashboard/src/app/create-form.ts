// Making a torrent file: the words of `ccbt create`, asked for one by one.

import type { Input } from '../terminal/input.ts'
import { formInput, isOn, textOf } from './form.ts'
import { lineOf } from './line-edit.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { CreateDialog, UiState } from './ui-state.ts'

const EMPTY = lineOf('')

/** Opens the form. */
export function openCreate(ui: UiState): Step {
  const dialog: CreateDialog = {
    kind: 'create',
    fields: [
      { label: 'createSource', line: EMPTY, isPath: true },
      { label: 'createOutput', line: EMPTY, isPath: true },
      { label: 'createTrackers', line: EMPTY },
      { label: 'createComment', line: EMPTY },
      { label: 'createPrivate', line: EMPTY, isOn: false },
    ],
    focus: 0,
    completions: [],
    isBusy: false,
  }
  return step({ ...ui, dialog })
}

/** An input while the form is open. */
export function createInput(ui: UiState, dialog: CreateDialog, input: Input): Step {
  if (input.type === 'key' && (input.key === 'escape' || input.key === 'C-c')) return step({ ...ui, dialog: undefined })
  if (dialog.isBusy) return step(ui)
  if (input.type === 'key' && input.key === 'enter') {
    if (textOf(dialog, 0) === '') return step({ ...ui, dialog: { ...dialog, focus: 0 } })
    return step({ ...ui, dialog: { ...dialog, isBusy: true } }, { type: 'run', words: wordsOf(dialog), isForm: true })
  }
  const next = formInput(dialog, input)
  if (next === 'complete') return step(ui, { type: 'complete', path: dialog.fields[dialog.focus]?.line.text ?? '' })
  return step({ ...ui, dialog: next })
}

function wordsOf(dialog: CreateDialog): string[] {
  const given = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const trackers = textOf(dialog, 2).split(/\s+/).filter(Boolean)
  return [
    'create',
    ...given('--output', textOf(dialog, 1)),
    ...trackers.flatMap((url) => ['--tracker', url]),
    ...given('--comment', textOf(dialog, 3)),
    ...(isOn(dialog, 4) ? ['--private'] : []),
    '--',
    textOf(dialog, 0),
  ]
}
