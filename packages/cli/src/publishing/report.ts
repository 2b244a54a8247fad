// What the commands about published folders print: one line for each thing that happens.

import { displayText } from '@ccbt/metainfo'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'

/** Tells of something: `event` as a JSON object, or `text`. */
export type Tell = (event: { readonly event: string; readonly [field: string]: unknown }, text: string) => void

/** Prints in the form that the flags ask for. */
export function createTell({ json, quiet }: OutputFlags): Tell {
  const terminal = processTerminal()
  return (event, text) => {
    if (json === true) terminal.line(jsonLine(event))
    else if (event.event === 'warning') process.stderr.write(`ccbt: warning: ${displayText(text)}\n`)
    else if (quiet !== true) terminal.line(displayText(text))
  }
}

/** Tells of something that people should look at. */
export function tellWarning(tell: Tell, message: string): void {
  tell({ event: 'warning', message }, message)
}
