// How a setting of the daemon is changed.

import { ask } from './prompt.ts'
import { settingAt } from './setting-list.ts'
import { refuse, step } from './step.ts'
import type { Step } from './step.ts'
import type { UiState } from './ui-state.ts'
import type { World } from './world.ts'

/** Asks for another value; what may be picked is listed, and Tab goes through it. */
export function editSetting(ui: UiState, world: World): Step {
  const setting = settingAt(ui, world)
  if (setting === undefined) return step(ui)
  const { key, value = '', isMasked, locked, type, choices } = setting
  if (locked !== '') return refuse(ui, `${key}: ${locked}`)
  const completions = type === 'boolean' ? ['true', 'false'] : choices
  return ask(ui, 'setting', { question: `${key}: `, text: isMasked ? '' : value, completions, settingKey: key })
}

/** Takes back what was changed at run time. */
export function resetSetting(ui: UiState, world: World): Step {
  const setting = settingAt(ui, world)
  if (setting?.source !== 'run-time' && setting?.source !== 'remote') return step(ui)
  return step(ui, { type: 'setting', key: setting.key, text: undefined })
}
