// Lines typed at the bottom of the screen: what each is for, and what happens when it is entered.

import { parseBytes } from '../text/figures.ts'
import type { Input } from '../terminal/input.ts'
import { candidatesFor, lastWord, typedWord } from './command-completion.ts'
import { runCommandLine } from './command-line.ts'
import { editLine, lineOf } from './line-edit.ts'
import { refuse, step } from './step.ts'
import type { Step } from './step.ts'
import type { Prompt, PromptPurpose, UiState } from './ui-state.ts'
import { labelsOf, sharedStart } from './words.ts'
import type { World } from './world.ts'

/** Opens a prompt with something in it. */
export function ask(ui: UiState, purpose: PromptPurpose, options: Partial<Prompt> & { readonly text?: string }): Step {
  const { text = '', question = '', ids = [], completions = [], settingKey = '' } = options
  const dialog: Prompt = { kind: 'prompt', purpose, question, ids, line: lineOf(text), completions, settingKey }
  return step({ ...ui, dialog })
}

/** An input while a prompt is open. */
export function promptInput(ui: UiState, prompt: Prompt, input: Input, world: World): Step {
  if (input.type === 'key') {
    if (input.key === 'escape' || input.key === 'C-c') return cancel(ui, prompt, world)
    if (input.key === 'enter') return enter({ ...ui, dialog: undefined }, prompt, world)
    if (input.key === 'tab' && prompt.purpose === 'command') return completeCommand(ui, prompt, world)
    if (input.key === 'tab' && prompt.purpose === 'setting') return step({ ...ui, dialog: nextChoice(prompt) })
    if (input.key === 'tab' && prompt.purpose === 'move') {
      return step(ui, { type: 'complete', path: prompt.line.text })
    }
  }
  const line = editLine(prompt.line, input)
  if (line === undefined) return step(ui)
  const completions = prompt.purpose === 'setting' ? prompt.completions : []
  const next: UiState = { ...ui, dialog: { ...prompt, line, completions } }
  // Lists narrow while the filter is typed.
  if (prompt.purpose === 'find-setting') return step({ ...next, settingText: line.text })
  return step(prompt.purpose === 'filter' ? { ...next, query: { ...ui.query, text: line.text } } : next)
}

function cancel(ui: UiState, prompt: Prompt, world: World): Step {
  const closed: UiState = { ...ui, dialog: undefined }
  if (prompt.purpose === 'filter') return step({ ...closed, query: { ...ui.query, text: '' } })
  if (prompt.purpose === 'find-setting') return step({ ...closed, settingText: '' })
  return step({ ...closed, notice: { text: world.language.say('cancelled'), isError: false } })
}

function enter(ui: UiState, { purpose, line, ids, settingKey }: Prompt, world: World): Step {
  const { language } = world
  const text = line.text.trim()
  switch (purpose) {
    case 'filter':
    case 'find-setting':
      return step(ui)
    case 'setting':
      return step(ui, { type: 'setting', key: settingKey, text })
    case 'command':
      return runCommandLine(ui, text, world)
    case 'labels': {
      const labels = labelsOf(text)
      return step(ui, { type: 'act', ids, action: { type: 'label', labels }, done: language.say('label') })
    }
    case 'move': {
      if (text === '') return refuse(ui, language.say('cancelled'))
      const action = { type: 'move', directory: text, movesData: true } as const
      return step(ui, { type: 'act', ids, action, done: language.say('keyMove') })
    }
    case 'remove-data': {
      // Typed in full: what one key removes, one key too many removes.
      if (text !== 'yes') return refuse(ui, language.say('cancelled'))
      const action = { type: 'remove', deletesData: true } as const
      return step({ ...ui, marked: new Set() }, { type: 'act', ids, action, done: language.say('keyRemoveData') })
    }
    case 'download-limit':
    case 'upload-limit':
    case 'session-download-limit':
    case 'session-upload-limit':
      return enterLimit(ui, { purpose, text, ids }, world)
  }
}

interface LimitAnswer {
  readonly purpose: PromptPurpose
  readonly text: string
  readonly ids: readonly number[]
}

function enterLimit(ui: UiState, { purpose, text, ids }: LimitAnswer, { language }: World): Step {
  const bps = parseBytes(text)
  if (bps === undefined) return refuse(ui, language.say('badRate', text))
  const limits = purpose.endsWith('download-limit') ? { downloadLimitBps: bps } : { uploadLimitBps: bps }
  const done = language.say(purpose.endsWith('download-limit') ? 'keyDownloadLimit' : 'keyUploadLimit')
  if (purpose.startsWith('session')) return step(ui, { type: 'limit', limits, done })
  return step(ui, { type: 'act', ids, action: { type: 'limit', ...limits }, done })
}

function completeCommand(ui: UiState, prompt: Prompt, { verbs }: World): Step {
  const { text } = lastWord(prompt.line.text)
  const candidates = candidatesFor(prompt.line.text, verbs)
  if (candidates === 'path') return step(ui, { type: 'complete', path: text })
  return step({ ...ui, dialog: withCandidates(prompt, text, candidates) })
}

/** The prompt with what its path or last word can be; a late answer to another one changes nothing. */
export function withCandidates(prompt: Prompt, typed: string, candidates: readonly string[]): Prompt {
  const { text } = prompt.line
  const isCommand = prompt.purpose === 'command'
  const last = isCommand ? lastWord(text) : { start: 0, text }
  if (last.text !== typed) return prompt
  const shared = sharedStart(candidates)
  const word = shared.length > typed.length ? shared : typed
  // A folder is gone on with, anything else is done.
  const end = isCommand && candidates.length === 1 && !word.endsWith('/') ? ' ' : ''
  const line = lineOf(text.slice(0, last.start) + (isCommand ? typedWord(word) : word) + end)
  return { ...prompt, line, completions: candidates.length > 1 ? candidates : [] }
}

/** The prompt with the next of what may be picked. */
function nextChoice(prompt: Prompt): Prompt {
  const { completions, line } = prompt
  const next = completions[(completions.indexOf(line.text) + 1) % completions.length]
  return next === undefined ? prompt : { ...prompt, line: lineOf(next) }
}
