// The end of the program when something went wrong: one line on stderr that says what failed and what can be done.

import { isCcbtError } from '@ccbt/primitives'
import { errnoOf } from './errors.ts'
import { EXIT_CODES, exitNameOf } from './exit-codes.ts'
import { jsonLine } from './output/json-lines.ts'

/** A failure as it is told. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly exitCode: number
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another one',
  EADDRNOTAVAIL: 'this computer does not have that address',
  EACCES: 'permission denied',
  ENOSPC: 'no space left on the disk',
}

/** What an error is to be told as. Nothing of it is trusted to be one safe line; {@link reportFailure} sees to that. */
export function describeFailure(failed: unknown): Failure {
  const error = firstOf(failed)
  const name = exitNameOf(error)
  const exitCode = EXIT_CODES[name].code
  const text = error instanceof Error ? error.message : String(error)
  if (isCcbtError(error)) return { code: error.code, message: error.message, exitCode }
  const errno = errnoOf(error)
  if (errno === undefined || name === 'bug') {
    return { code: 'INTERNAL_BUG', message: `internal error: ${text} (CCBT_DEBUG=1 shows where)`, exitCode }
  }
  const hint = HINTS[errno]
  return { code: errno, message: hint === undefined ? text : `${hint} (${text})`, exitCode }
}

/** When closing what failed fails as well, the first failure is the one to tell. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}

/** How a failure is written. */
export interface FailureOutput {
  /** JSON on stdout as well. */
  readonly json: boolean
}

/** Tells the failure and returns the exit status. Prints a stack trace only when CCBT_DEBUG is set. */
export async function reportFailure(error: unknown, output: FailureOutput): Promise<number> {
  const failure = describeFailure(error)
  if (output.json) {
    process.stdout.write(`${jsonLine({ event: 'error', code: failure.code, message: failure.message })}\n`)
  }
  // Loaded here: a program that does not fail must not pay for it at its start.
  const { displayText } = await import('@ccbt/metainfo')
  process.stderr.write(`ccbt: ${displayText(failure.message)}\n`)
  if ((process.env['CCBT_DEBUG'] ?? '') !== '') console.error(error)
  return failure.exitCode
}
