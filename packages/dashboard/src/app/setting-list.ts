// Which of the daemon's settings are listed, and which one is meant.

import type { SettingView } from '@ccbt/rpc-client'

import type { UiState } from './ui-state.ts'
import type { World } from './world.ts'

/** Settings with all words that the user looks for, in their key, description or value. */
export function foundSettings({ settingText }: UiState, { settings = [] }: World): readonly SettingView[] {
  const words = settingText.toLowerCase().split(/\s+/)
  return settings.filter(({ key, description, value = '' }) => {
    const all = `${key} ${description} ${value}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
}

/** The setting under the cursor. */
export function settingAt(ui: UiState, world: World): SettingView | undefined {
  const found = foundSettings(ui, world)
  return found[Math.min(ui.line, found.length - 1)]
}
