// What came of an input: where the user is now, and what is to be done.

import type { Effect } from './effect.ts'
import type { UiState } from './ui-state.ts'

/** The outcome of an input. */
export interface Step {
  readonly ui: UiState
  readonly effects: readonly Effect[]
}

/** The user is somewhere else, or asks for something. */
export function step(ui: UiState, ...effects: readonly Effect[]): Step {
  return { ui, effects }
}

/** With a line at the bottom that says why not. */
export function refuse(ui: UiState, text: string): Step {
  return step({ ...ui, notice: { text, isError: true } })
}
