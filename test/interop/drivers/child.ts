// One foreign program: its output, its end, and the certainty that it is gone afterwards.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const LOG_TAIL_CHARS = 64 * 1024
const STOP_GRACE_MS = 5000

/** Settings of {@link startChild}. */
export interface ChildOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with every complete line of standard output. */
  readonly onLine?: (line: string) => void
}

/** A running (or ended) program in a session of its own. */
export interface Child {
  readonly pid: number
  /** Exit code, or the name of the signal that ended it. Never rejects. */
  readonly exit: Promise<number | string>
  /** The same once it has ended. */
  ended(): number | string | undefined
  /** The last 64 Ki characters of standard output and standard error. */
  log(): string
  /** SIGTERM to the session, SIGKILL when it is still there after 5 s. */
  stop(): Promise<void>
  /** SIGKILL to the session. */
  kill(): Promise<void>
  /** Sends any signal to the session. */
  signal(name: NodeJS.Signals): void
}

/** Starts a program; it is killed by the kernel when this process ends. */
export function startChild(command: readonly string[], options: ChildOptions = {}): Child {
  const argv = ['setpriv', '--pdeathsig', 'KILL', '--', ...command]
  const handle = spawn(argv[0]!, argv.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  return new SpawnedChild(handle, options.onLine)
}

class SpawnedChild implements Child {
  readonly pid: number
  readonly exit: Promise<number | string>
  #ended: number | string | undefined
  #log = ''
  #partialLine = ''

  constructor(handle: ChildProcess, onLine: ((line: string) => void) | undefined) {
    this.pid = handle.pid ?? -1
    this.exit = new Promise((resolve) => {
      const finish = (how: number | string): void => {
        this.#ended = how
        resolve(how)
      }
      handle.once('error', (error) => finish(error.message))
      handle.once('exit', (code, signal) => finish(code ?? signal ?? 'unknown'))
    })
    handle.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#append(text)
      if (onLine) this.#lines(text, onLine)
    })
    handle.stderr?.setEncoding('utf8').on('data', (text: string) => this.#append(text))
  }

  ended(): number | string | undefined {
    return this.#ended
  }

  log(): string {
    return this.#log
  }

  signal(name: NodeJS.Signals): void {
    if (this.#ended !== undefined || this.pid < 0) return
    try {
      process.kill(-this.pid, name)
    } catch (error) {
      // It ended between the test and the signal.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM')
    const timeout = new AbortController()
    const late = sleep(STOP_GRACE_MS, 'late' as const, { signal: timeout.signal }).catch(() => 'ended' as const)
    const first = await Promise.race([this.exit, late])
    timeout.abort()
    if (first === 'late') await this.kill()
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exit
  }

  #append(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_TAIL_CHARS)
  }

  #lines(text: string, onLine: (line: string) => void): void {
    const lines = (this.#partialLine + text).split('\n')
    this.#partialLine = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}

/** Polls until `check` gives something else than `undefined` or `false`; the error names what was waited for. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  check: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    const value = await check()
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    await sleep(25)
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
}
