// The file of npm `blessed` 0.1.81 that talks to terminals, typed by `@types/blessed`. The package's main file loads every
// widget by a computed name, which costs 60 ms and cannot be bundled.
declare module 'blessed/lib/program.js' {
  import type { Writable } from 'node:stream'

  import type { BlessedProgram } from 'blessed'

  /** With what terminfo says, which `@types/blessed` leaves out. */
  export type TerminalProgram = BlessedProgram & { readonly tput?: { readonly colors?: number } }

  const Program: new (options: {
    readonly input: NodeJS.ReadStream
    readonly output: Writable
    readonly tput: boolean
  }) => TerminalProgram
  export default Program
}
