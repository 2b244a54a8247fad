// What the commands about published folders print: one line for each thing that happens.

import { displayText } from '@ccbt/metainfo'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'

/** Tells of something: `event` as a JSON object, or lines of text. */
export type Tell = (
  event: { readonly event: string; readonly [field: string]: unknown },
  ...lines: readonly [string, ...string[]]
) => void

/** Prints in the form that the flags ask for. */
export function createTell({ json, quiet }: OutputFlags): Tell {
  const terminal = processTerminal()
  return (event, ...lines) => {
    if (json === true) terminal.line(jsonLine(event))
    else if (event.event === 'warning') process.stderr.write(`ccbt: warning: ${displayText(lines[0])}\n`)
    else if (quiet !== true) for (const line of lines) terminal.line(displayText(line))
  }
}

/** Tells of something that people should look at. */
export function tellWarning(tell: Tell, message: string): void {
  tell({ event: 'warning', message }, message)
}
