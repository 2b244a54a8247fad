// The only file that knows blessed: the alternate screen, raw keys, mouse, size, and giving all of it back. Frames are
// bytes of ours; blessed finds out what the terminal is and says how its modes are set.

import Program from 'blessed/lib/program.js'
import type { TerminalProgram } from 'blessed/lib/program.js'

import type { Size } from '../screen/cell-grid.ts'
import { InputDecoder } from './input-decoder.ts'
import type { Input } from './input.ts'
import { TerminalOutput } from './terminal-output.ts'

/** An escape that nothing follows for so long is the key. A slow line delivers a sequence in one packet. */
const ESCAPE_MS = 40
/** No automatic wrap (the last column must not scroll the screen), pasted text in brackets. */
const ENTER_MODES = '\x1b[?7l\x1b[?2004h'
const LEAVE_MODES = '\x1b[?2004l\x1b[?7h\x1b[0m'
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h'
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l'

/** Who hears of what happens at the terminal. */
export interface TerminalEvents {
  readonly onInput: (input: Input) => void
  /** Its size changed, or it shows something else after the program was stopped: draw everything. */
  readonly onChange: () => void
  /** It has taken the last frame. */
  readonly onReady: () => void
  /** It is closed. */
  readonly onLost: () => void
}

/** What a terminal consists of. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream & { readonly fd: number }
  readonly hasMouse: boolean
}

/** A terminal in full-screen mode. Disposing gives it back as it was, whatever happened before. */
export class Terminal implements Disposable {
  readonly #program: TerminalProgram
  readonly #output: TerminalOutput
  readonly #streams: TerminalStreams
  readonly #events: TerminalEvents
  readonly #decoder = new InputDecoder()
  #escapeTimer: NodeJS.Timeout | undefined
  #isEntered = false
  #isLost = false

  constructor(streams: TerminalStreams, events: TerminalEvents) {
    this.#streams = streams
    this.#events = events
    const { input, output } = streams
    this.#output = new TerminalOutput(output.fd, { onReady: events.onReady, onLost: this.#onLost })
    this.#program = new Program({ input, output: this.#output.modes, tput: false })
    readTerminfo(this.#program)
    input.on('data', this.#onData)
    input.on('end', this.#onLost)
    input.on('error', this.#onLost)
    output.on('resize', this.#onResize)
    process.on('SIGCONT', this.#onContinue)
    process.on('SIGTSTP', this.#onStop)
    // After a crash, before anybody says what it was: that is for the screen the user came from.
    process.on('uncaughtExceptionMonitor', this.#leave)
    process.on('exit', this.#leave)
    this.#enter()
  }

  /** How many colours it has; 0 when unknown. */
  get colors(): number {
    return this.#program.tput?.colors ?? 0
  }

  get size(): Size {
    const { columns, rows } = this.#streams.output
    return { columns: columns || 80, rows: rows || 24 }
  }

  /** Whether the terminal has taken the last frame: else drawing more only makes it later. */
  get isReady(): boolean {
    return !this.#isLost && this.#isEntered && this.#output.isReady
  }

  /** Writes a frame; only when {@link Terminal.isReady}. */
  write(text: string): void {
    this.#output.frame(text)
  }

  /** As Ctrl-Z: back to the shell until the user wants it again. */
  suspend(): void {
    this.#leave()
    process.off('SIGTSTP', this.#onStop)
    process.kill(process.pid, 'SIGTSTP')
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#escapeTimer)
    this.#leave()
    const { input, output } = this.#streams
    input.off('data', this.#onData)
    input.off('end', this.#onLost)
    input.off('error', this.#onLost)
    output.off('resize', this.#onResize)
    process.off('SIGCONT', this.#onContinue)
    process.off('SIGTSTP', this.#onStop)
    process.off('uncaughtExceptionMonitor', this.#leave)
    process.off('exit', this.#leave)
    this.#program.destroy()
    input.pause()
  }

  #enter(): void {
    if (this.#isEntered || this.#isLost) return
    this.#isEntered = true
    this.#streams.input.setRawMode(true)
    this.#streams.input.resume()
    this.#program.alternateBuffer()
    this.#program.hideCursor()
    this.#program.write(ENTER_MODES + (this.#streams.hasMouse ? MOUSE_ON : ''))
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    if (this.#isLost) return
    this.#program.write((this.#streams.hasMouse ? MOUSE_OFF : '') + LEAVE_MODES)
    this.#program.showCursor()
    this.#program.normalBuffer()
    this.#streams.input.setRawMode(false)
  }

  readonly #onData = (bytes: Buffer): void => {
    clearTimeout(this.#escapeTimer)
    this.#tell(this.#decoder.push(bytes))
    if (this.#decoder.isWaiting) {
      this.#escapeTimer = setTimeout(() => this.#tell(this.#decoder.flush()), ESCAPE_MS)
    }
  }

  #tell(inputs: readonly Input[]): void {
    for (const input of inputs) this.#events.onInput(input)
  }

  readonly #onResize = (): void => this.#events.onChange()

  readonly #onStop = (): void => this.suspend()

  readonly #onContinue = (): void => {
    process.off('SIGTSTP', this.#onStop)
    process.on('SIGTSTP', this.#onStop)
    this.#enter()
    this.#events.onChange()
  }

  readonly #onLost = (): void => {
    if (this.#isLost) return
    this.#isLost = true
    this.#events.onLost()
  }
}

/** Without a description of this terminal, blessed's own sequences (those of xterm) are used. */
function readTerminfo(program: TerminalProgram): void {
  try {
    program.setupTput()
  } catch {
    Reflect.deleteProperty(program, 'tput')
  }
}
