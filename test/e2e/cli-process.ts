// Runs the real command from its sources, as a user would from a shell. Every process that is started here ends with
// the scope that started it.

import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** Compiled code is shared by all runs. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/e2e', import.meta.url))

/** Arguments of Node that run the command from its sources. */
export const NODE_ARGUMENTS: readonly string[] = ['--conditions=ccbt-src', MAIN]

/** Far more than anything here takes. */
const READY_MS = 40_000

/** How a run of the command ended. */
export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Where and how the command runs. */
export interface CliOptions {
  /** Working folder; also the home of state, so that nothing of the user's is touched. */
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Instead of Node and the sources. */
  readonly command?: readonly [string, ...string[]]
}

/** One line of `--json` output. */
export type JsonEvent = Readonly<Record<string, unknown>> & { readonly event: string }

/** A running command. */
export class CliProcess implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''
  readonly #ended: Promise<CliResult>
  #hasEnded = false
  readonly #watchers = new Set<() => void>()

  constructor(args: readonly string[], options: CliOptions) {
    const [command, ...first] = options.command ?? [process.execPath, ...NODE_ARGUMENTS]
    this.child = spawn(command, [...first, ...args], {
      cwd: options.cwd,
      env: {
        ...process.env,
        XDG_STATE_HOME: join(options.cwd, '.state'),
        XDG_CONFIG_HOME: join(options.cwd, '.config'),
        XDG_CACHE_HOME: CACHE,
        NO_COLOR: '',
        CCBT_DEBUG: '',
        ...options.env,
      },
    })
    this.child.stdin.end()
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#notify()
    })
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#notify()
    })
    this.#ended = once(this.child, 'close').then(([code]) => {
      this.#hasEnded = true
      this.#notify()
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr }
    })
  }

  /** The result when the process has ended by itself. */
  get ended(): Promise<CliResult> {
    return this.#ended
  }

  /** The `--json` lines so far. */
  get events(): JsonEvent[] {
    const lines = this.stdout.split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as JsonEvent)
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<CliResult> {
    this.child.kill(signal)
    return await this.#ended
  }

  /** What `look` finds in the output, as soon as it finds something; rejects when it has not come in time. */
  async until<T>(look: (process: CliProcess) => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const check = (): void => {
      try {
        const found = look(this)
        if (found !== undefined) resolve(found)
        else if (this.#hasEnded) reject(this.#missed('ended'))
      } catch (error) {
        reject(error)
      }
    }
    this.#watchers.add(check)
    const timer = setTimeout(() => reject(this.#missed('did not get there')), READY_MS)
    check()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#watchers.delete(check)
    }
  }

  /** The first `--json` line with this event that satisfies `test`. */
  async untilEvent(name: string, test: (event: JsonEvent) => boolean = () => true): Promise<JsonEvent> {
    return await this.until((process) => process.events.find((event) => event.event === name && test(event)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.child.kill('SIGKILL')
    await this.#ended
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #missed(what: string): Error {
    return new Error(`the process ${what}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`)
  }
}

/** Runs the command to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  await using process = new CliProcess(args, options)
  return await process.ended
}

/** A folder that goes away with the scope. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

/** Makes an empty folder, by default where temporary files are. */
export async function temporaryFolder(parent: string = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, 'ccbt-e2e-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}
