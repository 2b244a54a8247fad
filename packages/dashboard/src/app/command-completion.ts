// How a typed command line can go on: with a command, one of its options, or a path.

import { OWN_VERBS } from './command-line.ts'

/** A command of the program. */
export interface ProgramVerb {
  /** With those above it: `daemon token create`. */
  readonly name: string
  /** Its long options: `--json`. */
  readonly options: readonly string[]
}

/** The word that is being typed at the end of a line. */
export interface LastWord {
  /** Where it begins. */
  readonly start: number
  /** Without the backslashes before blanks and quotes. */
  readonly text: string
}

/** The last word of a line; '' behind a blank. */
export function lastWord(line: string): LastWord {
  const typed = /(?:\\.|[^\s\\])*$/.exec(line)?.[0] ?? ''
  return { start: line.length - typed.length, text: typed.replaceAll(/\\(.)/g, '$1') }
}

/** A word as it is typed. */
export function typedWord(word: string): string {
  return word.replaceAll(/[\s"'\\]/g, String.raw`\$&`)
}

/** What the last word can be: words of commands, or, when it can be none of them, `path`. */
export function candidatesFor(line: string, verbs: readonly ProgramVerb[]): readonly string[] | 'path' {
  const { start, text } = lastWord(line)
  const before = line.slice(0, start).split(/\s+/).filter(Boolean)
  if (text.startsWith('-')) return beginning(optionsAfter(before, verbs), text)
  const next = nextWords(before, verbs)
  return next.length === 0 ? 'path' : beginning(next, text)
}

/** The commands that can follow, a word each. */
function nextWords(before: readonly string[], verbs: readonly ProgramVerb[]): readonly string[] {
  const own = before.length === 0 ? OWN_VERBS : []
  const known = verbs.flatMap(({ name }) => {
    const words = name.split(' ')
    return before.every((word, n) => words[n] === word) ? (words[before.length] ?? []) : []
  })
  return [...new Set([...own, ...known])]
}

/** Options of the longest command that is there. */
function optionsAfter(before: readonly string[], verbs: readonly ProgramVerb[]): readonly string[] {
  const line = `${before.join(' ')} `
  const there = verbs.filter(({ name }) => line.startsWith(`${name} `))
  return there.toSorted((a, b) => b.name.length - a.name.length)[0]?.options ?? []
}

function beginning(words: readonly string[], start: string): readonly string[] {
  return words.filter((word) => word.startsWith(start)).toSorted()
}
