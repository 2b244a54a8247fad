// Runs one program from its start to its end and measures all of it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Network } from '../../test/interop/drivers/network.ts'
import { UsageMeter } from './usage.ts'
import type { Usage } from './usage.ts'

/** What was measured. */
export interface Measured {
  readonly seconds: number
  readonly usage: Usage
}

/** The shell writes what its one child used (the times of a process that has ended are kept by its parent only). */
const WRAPPER = 'setpriv --pdeathsig KILL -- "$@"; status=$?; times >"$TIMES_FILE"; exit $status'

/**
 * Runs `command` and measures it.
 * @throws Error when it does not end with 0 within the limit; the message ends with what it printed.
 */
export async function measureProgram(
  network: Network,
  command: readonly string[],
  options: { readonly work: string; readonly limitMs: number },
): Promise<Measured> {
  const timesFile = join(options.work, 'times')
  const start = performance.now()
  const child = network.run(['bash', '-c', WRAPPER, 'bash', ...command], { env: { TIMES_FILE: timesFile } })
  using meter = new UsageMeter([child.pid])
  const cancel = new AbortController()
  const late = sleep(options.limitMs, 'late' as const, { signal: cancel.signal }).catch(() => 'ended' as const)
  const end = await Promise.race([child.exit, late])
  const seconds = (performance.now() - start) / 1000
  cancel.abort()
  if (end === 'late') await child.kill()
  const sampled = meter.end()
  if (end !== 0) {
    const what = end === 'late' ? `not done within ${options.limitMs / 1000} s` : `ended with ${end}`
    throw new Error(`${what}: ${child.log().trim().split('\n').slice(-3).join(' | ')}`)
  }
  return { seconds, usage: { ...sampled, cpuS: parseTimes(readFileSync(timesFile, 'utf8')) } }
}

/** The second line of bash's `times`: user and system time of its children, as in `0m1.234s 0m0.567s`. */
function parseTimes(text: string): number {
  const children = text.trim().split('\n')[1] ?? ''
  return [...children.matchAll(/(\d+)m([\d.]+)s/gu)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
}

/** Whether two files have the same bytes. */
export function isSameFile(a: string, b: string): boolean {
  // Several times faster than reading both into this process.
  return spawnSync('cmp', ['--silent', a, b]).status === 0
}
