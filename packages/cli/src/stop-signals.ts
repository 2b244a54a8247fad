// Ctrl-C and friends: the first signal asks the command to end cleanly, the second one ends the process at once,
// and so does a command that has not ended GRACE_MS after the first.

import { signalExitCode } from './exit-codes.ts'

/**
 * Telling trackers takes at most 3 s, and bringing what is in memory to a slow disk takes its time; beyond this
 * something hangs.
 */
const GRACE_MS = 10_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Tells whether and by which signal the program was asked to stop. Disposing restores the default reaction. */
export interface StopRequest extends Disposable {
  readonly signal: AbortSignal
  /** The exit status of the signal that came, or `undefined`. */
  readonly exitCode: number | undefined
  /** As if SIGTERM had come. */
  request(): void
}

/** Listens for the signals that end a program. */
export function listenForStop(signals: readonly NodeJS.Signals[] = SIGNALS): StopRequest {
  const abort = new AbortController()
  let exitCode: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    const code = signalExitCode(signal)
    if (exitCode !== undefined) process.exit(code)
    exitCode = code
    setTimeout(() => process.exit(code), GRACE_MS).unref()
    abort.abort()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    signal: abort.signal,
    get exitCode() {
      return exitCode
    },
    request: () => onSignal('SIGTERM'),
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
