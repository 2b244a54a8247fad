// `ccbt completion` and `ccbt man`: what shells and manuals want to know of the commands.

import { EXIT_CODES } from '../exit-codes.ts'
import { completionScript } from '../output/completion.ts'
import type { Shell } from '../output/completion.ts'
import { manualPage } from '../output/manual.ts'
import { createProgram } from '../program.ts'

/** Prints the script for a shell; returns the exit status. */
export function runCompletion(shell: Shell): number {
  process.stdout.write(
    completionScript(
      shell,
      createProgram(() => {}),
    ),
  )
  return EXIT_CODES.ok.code
}

/** Prints the manual page; returns the exit status. */
export function runMan(): number {
  process.stdout.write(manualPage(createProgram(() => {})))
  return EXIT_CODES.ok.code
}
