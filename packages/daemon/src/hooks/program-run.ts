// One run of a program of the user: no shell, no input, a process group of its own that is ended as a whole, and the end of
// what it says on standard error.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/** How a program is run. */
export interface ProgramRun {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Ends it early. */
  readonly signal: AbortSignal
}

/** How a run ended; `reason` is one line. */
export type ProgramEnd = { readonly kind: 'done' | 'stopped' } | { readonly kind: 'failed'; readonly reason: string }

/** Time between asking a program to end and ending it. */
const GRACE_MS = 2000
/** Of standard error this much is kept, the last of it. */
const MAX_TAIL = 400

/** Runs a program to its end. */
export async function runProgram({ command, env, timeoutMs, signal }: ProgramRun): Promise<ProgramEnd> {
  if (signal.aborted) return { kind: 'stopped' }
  const child = begin(command, env)
  if (typeof child === 'string') return { kind: 'failed', reason: child }
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>()
  child.once('error', (error) => resolve(error.message))
  child.once('exit', (code, by) =>
    resolve(code === 0 ? undefined : by === null ? `it ended with ${code}` : `ended by ${by}`),
  )
  const tail = tailOf(child)
  const timeout = AbortSignal.timeout(timeoutMs)
  const problem = await endedBefore(child, ended, AbortSignal.any([signal, timeout]))
  child.stderr?.destroy()
  if (problem === undefined) return { kind: 'done' }
  if (signal.aborted) return { kind: 'stopped' }
  if (timeout.aborted) return { kind: 'failed', reason: `it took longer than ${timeoutMs / 1000} s` }
  const said = tail()
  return { kind: 'failed', reason: said === '' ? problem : `${problem}: ${said}` }
}

/** The process, or why there is none. What else is wrong it tells by an event. */
function begin([program, ...args]: ProgramRun['command'], env: ProgramRun['env']): ChildProcess | string {
  try {
    return spawn(program, args, { cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Waits for the end, and brings it about when `stop` says so. */
async function endedBefore(
  child: ChildProcess,
  ended: Promise<string | undefined>,
  stop: AbortSignal,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    kill(child, 'SIGTERM')
    timer = setTimeout(() => kill(child, 'SIGKILL'), GRACE_MS)
  }
  stop.addEventListener('abort', end, { once: true })
  const problem = await ended
  stop.removeEventListener('abort', end)
  clearTimeout(timer)
  // What it started and left behind goes with it, but only when it was told to go.
  if (stop.aborted) kill(child, 'SIGKILL')
  return problem
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended by itself.
  }
}

function tailOf(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-MAX_TAIL)))
  return () => tail.trim().split('\n').at(-1) ?? ''
}
