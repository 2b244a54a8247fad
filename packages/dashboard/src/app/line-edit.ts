// A line that is being typed.

import type { Input } from '../terminal/input.ts'

/** Text, and before which of its characters the cursor is. */
export interface Line {
  readonly text: string
  readonly cursor: number
}

/** Longest line: as long as the longest magnet link that is accepted. */
const MAX_LENGTH = 65_536

/** A line with the cursor at its end. */
export function lineOf(text: string): Line {
  return { text, cursor: text.length }
}

/** The line after an input; undefined when the input is none for a line. */
export function editLine(line: Line, input: Input): Line | undefined {
  if (input.type === 'paste') return insert(line, input.text.trim().replaceAll('\n', ' '))
  if (input.type === 'mouse') return undefined
  const edit = EDITS[input.key]
  if (edit !== undefined) return edit(line)
  return isCharacter(input.key) ? insert(line, input.key) : undefined
}

/** A key that stands for itself. */
function isCharacter(key: string): boolean {
  const code = key.codePointAt(0) ?? 0
  return code > 0x20 && key.length === (code > 0xffff ? 2 : 1)
}

function insert({ text, cursor }: Line, added: string): Line {
  const next = (text.slice(0, cursor) + added + text.slice(cursor)).slice(0, MAX_LENGTH)
  return { text: next, cursor: Math.min(cursor + added.length, next.length) }
}

const EDITS: Readonly<Record<string, (line: Line) => Line>> = {
  space: (line) => insert(line, ' '),
  left: (line) => ({ ...line, cursor: before(line) }),
  right: (line) => ({ ...line, cursor: after(line) }),
  home: (line) => ({ ...line, cursor: 0 }),
  end: ({ text }) => lineOf(text),
  'C-a': (line) => ({ ...line, cursor: 0 }),
  'C-e': ({ text }) => lineOf(text),
  'C-u': ({ text, cursor }) => ({ text: text.slice(cursor), cursor: 0 }),
  'C-k': ({ text, cursor }) => ({ text: text.slice(0, cursor), cursor }),
  'C-w': ({ text, cursor }) => {
    const kept = text.slice(0, cursor).replace(/\S*\s*$/, '')
    return { text: kept + text.slice(cursor), cursor: kept.length }
  },
  backspace: (line) => ({
    text: line.text.slice(0, before(line)) + line.text.slice(line.cursor),
    cursor: before(line),
  }),
  delete: (line) => ({ ...line, text: line.text.slice(0, line.cursor) + line.text.slice(after(line)) }),
}

/** The beginning of the character before the cursor: it may consist of two code units. */
function before({ text, cursor }: Line): number {
  const code = text.charCodeAt(cursor - 1)
  return Math.max(0, cursor - (code >= 0xdc00 && code <= 0xdfff ? 2 : 1))
}

function after({ text, cursor }: Line): number {
  const code = text.codePointAt(cursor) ?? 0
  return Math.min(text.length, cursor + (code > 0xffff ? 2 : 1))
}
