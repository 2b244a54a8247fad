// Regular expressions of users on texts of strangers. The engine tries every way through a pattern such as `(a+)+$`, and
// would for years: here it gets a moment.

import { createContext, Script } from 'node:vm'
import type { Context } from 'node:vm'

/** Texts are looked at to this length. */
const MAX_TEXT_LENGTH = 300
/** Far more than any sensible pattern takes for a name. */
const TIMEOUT_MS = 50
const MAX_TRIES = 20

/** Tests patterns, one at a time. */
export class PatternTester {
  #sandbox: { readonly context: Context; readonly script: Script } | undefined

  /**
   * Whether `pattern` matches somewhere in `text`, in upper or lower case; `undefined` when it needs more than 50 ms to tell.
   * @param pattern a regular expression that is well-formed with the flag `u`
   */
  test(pattern: string, text: string): boolean | undefined {
    this.#sandbox ??= { context: createContext({}), script: new Script('pattern.test(text)') }
    const { context, script } = this.#sandbox
    context['pattern'] = new RegExp(pattern, 'iu')
    context['text'] = text.slice(0, MAX_TEXT_LENGTH)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const start = process.threadCpuUsage()
      try {
        return script.runInContext(context, { timeout: TIMEOUT_MS }) === true
      } catch (error) {
        if (!isTimeout(error)) throw error
        // On a busy computer it may only have waited for its turn.
        if (cpuMs(start) >= TIMEOUT_MS / 2) break
      }
    }
    return undefined
  }
}

function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1000
}

/** The error may be one of the sandbox, whose classes are not ours. */
function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
