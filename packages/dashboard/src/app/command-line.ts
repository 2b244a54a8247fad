// The `:` line. Verbs of the dashboard alone act on the torrents that are marked or under the cursor; with arguments, and
// all others, run as the program itself would, and their output is shown.

import type { TorrentAction } from '@ccbt/rpc-client'

import { openAdd } from './add-form.ts'
import { openCreate } from './create-form.ts'
import { lineOf } from './line-edit.ts'
import { refuse, step } from './step.ts'
import type { Step } from './step.ts'
import { SCREENS } from './ui-state.ts'
import type { UiState } from './ui-state.ts'
import { splitWords } from './words.ts'
import { targets } from './world.ts'
import type { World } from './world.ts'

type Verb = (ui: UiState, words: readonly string[], world: World) => Step

function action(name: string, of: TorrentAction): Verb {
  return (ui, _, world) => step(ui, { type: 'act', ids: targets(ui, world), action: of, done: name })
}

const VERBS: Readonly<Record<string, Verb>> = {
  q: (ui) => step(ui, { type: 'quit' }),
  quit: (ui) => step(ui, { type: 'quit' }),
  help: (ui) => step({ ...ui, dialog: { kind: 'help', scroll: 0 } }),
  start: action('start', { type: 'start' }),
  resume: action('resume', { type: 'start' }),
  pause: action('pause', { type: 'pause' }),
  stop: action('stop', { type: 'pause' }),
  recheck: action('recheck', { type: 'verify' }),
  reannounce: action('reannounce', { type: 'reannounce' }),
  filter: (ui, words) => step({ ...ui, query: { ...ui.query, text: words.join(' ') } }),
}

/** Verbs that need a form when nothing follows them. */
const FORMS: Readonly<Record<string, (ui: UiState) => Step>> = { add: openAdd, create: openCreate }

/** Verbs of the dashboard itself, for completion. */
export const OWN_VERBS: readonly string[] = [...Object.keys(VERBS), ...Object.keys(FORMS), ...SCREENS]

/** Does what a typed line says. */
export function runCommandLine(ui: UiState, text: string, world: World): Step {
  const words = splitWords(text)
  const [verb, ...rest] = words
  if (verb === undefined) return step(ui)
  const form = FORMS[verb]
  if (form !== undefined && rest.length === 0) return form(ui)
  if (verb === 'add') return addWith(ui, rest)
  const isProgram = world.verbs.some(({ name }) => name === verb)
  const isOwn = rest.length === 0 || !isProgram
  const own = VERBS[verb]
  if (own !== undefined && isOwn) return own(ui, rest, world)
  const screen = SCREENS.find((name) => name === verb)
  if (screen !== undefined && isOwn) return step({ ...ui, screen, line: 0 })
  if (!isProgram) return refuse(ui, world.language.say('unknownVerb', verb))
  const notice = { text: world.language.say('running', verb), isError: false }
  return step({ ...ui, notice }, { type: 'run', words, isForm: false })
}

/** `add X` opens the form with X read already. */
function addWith(ui: UiState, [source = '']: readonly string[]): Step {
  const { ui: opened } = openAdd(ui)
  if (opened.dialog?.kind !== 'add') return step(opened)
  const [first, ...others] = opened.dialog.fields
  if (first === undefined) return step(opened)
  const fields = [{ ...first, line: lineOf(source) }, ...others]
  return step({ ...opened, dialog: { ...opened.dialog, fields, isBusy: true } }, { type: 'preview', source })
}
