// A program on a real pseudo terminal, and what a terminal emulator makes of its bytes. The pseudo terminal comes from
// `script` of util-linux.

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import headless from '@xterm/headless'
import type { Terminal } from '@xterm/headless'

/** Present on every Debian; the tests need it. */
export const HAS_SCRIPT: boolean = hasScript()

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
}

/** Far more than anything here takes. */
const PATIENCE_MS = 40_000
const LOOK_MS = 30
/** Longer than an escape sequence may take, so that Escape is a key of its own. */
const KEY_MS = 80

/** How a program is put on a terminal. */
export interface PtyOptions {
  readonly command: readonly string[]
  readonly columns: number
  readonly rows: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** A program on a terminal. Disposing closes the terminal. */
export class PtyProgram implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #screen: Terminal
  readonly #ended: Promise<unknown>
  #hasEnded = false
  /** Everything that the program wrote. */
  output = ''

  constructor({ command, columns, rows, cwd, env }: PtyOptions) {
    const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
    const line = `echo pid=$$ tty=$(tty)=; stty cols ${columns} rows ${rows}; exec ${quoted}`
    this.#child = spawn('script', ['-qfec', line, '/dev/null'], {
      cwd,
      env: { ...process.env, ...env, SHELL: '/bin/sh' },
    })
    this.#screen = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.#screen.write(text)
    })
    this.#ended = once(this.#child, 'close').then(() => (this.#hasEnded = true))
  }

  /** The exit status, when it has ended. */
  async exitCode(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  get pid(): number {
    return Number(/pid=(\d+)/.exec(this.output)?.[1])
  }

  /** The emulator, for pictures of it. */
  get screen(): Terminal {
    return this.#screen
  }

  /** The lines of the screen, without blanks at their ends. */
  lines(): string[] {
    const { active } = this.#screen.buffer
    return Array.from({ length: this.#screen.rows }, (_, y) => active.getLine(y)?.translateToString(true) ?? '')
  }

  /** Whether the alternate screen is shown. */
  get isFullScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate'
  }

  /** Types keys, one after the other as fingers do. */
  async type(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#child.stdin.write(key)
      await sleep(KEY_MS)
    }
  }

  /** Waits until the screen has this on it. */
  async until(pattern: RegExp): Promise<void> {
    await this.untilTrue(() => pattern.test(this.lines().join('\n')), String(pattern))
  }

  async untilTrue(isTrue: () => boolean, what: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    while (!isTrue()) {
      if (performance.now() > end || (this.#hasEnded && !isTrue())) {
        throw new Error(`${what} did not come; the screen:\n${this.lines().join('\n')}`)
      }
      await sleep(LOOK_MS)
    }
  }

  /** Another size, as from a window that is dragged. */
  resize(columns: number, rows: number): void {
    const tty = /tty=(\S+)=/.exec(this.output)?.[1] ?? ''
    this.#screen.resize(columns, rows)
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)])
  }

  /** Takes the terminal away, as a closed window does. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.close()
    this.#screen.dispose()
  }
}
