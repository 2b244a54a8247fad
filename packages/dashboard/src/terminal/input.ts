// What a user does at a terminal.

/**
 * A key: a character as typed, or a name (`up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`, `insert`,
 * `delete`, `enter`, `escape`, `tab`, `backspace`, `space`, `f1` to `f12`), with `C-`, `M-`, `S-` in front.
 */
export interface KeyInput {
  readonly type: 'key'
  readonly key: string
}

/** Text that came in one go: line ends are `\n`. */
export interface PasteInput {
  readonly type: 'paste'
  readonly text: string
}

/** A press of the left button, or a turn of the wheel. Columns and rows from 0. */
export interface MouseInput {
  readonly type: 'mouse'
  readonly action: 'press' | 'wheel-up' | 'wheel-down'
  readonly x: number
  readonly y: number
}

export type Input = KeyInput | PasteInput | MouseInput
