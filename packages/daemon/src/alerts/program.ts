// Programs that are told of alerts: no shell, what it is about only in variables, a bounded time and number.

import { execFile } from 'node:child_process'

import type { Notification } from './notification.ts'

const TIMEOUT_MS = 30_000
const MAX_RUNNING = 4
const MAX_OUTPUT_BYTES = 65_536

/** Runs one program for each notification. */
export class ProgramAction {
  readonly #argumentsOf: (notification: Notification) => readonly string[]
  #running = 0

  /** The program and its arguments for a notification. */
  constructor(argumentsOf: (notification: Notification) => readonly string[]) {
    this.#argumentsOf = argumentsOf
  }

  /** Undefined = it ended well, else why not. */
  async run(notification: Notification): Promise<string | undefined> {
    if (this.#running >= MAX_RUNNING) return 'too many are running'
    const [program = '', ...args] = this.#argumentsOf(notification)
    this.#running++
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const options = { env: variablesOf(notification), timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES }
    execFile(program, args, options, (error) => resolve(error === null ? undefined : error.message))
    const reason = await promise
    this.#running--
    return reason
  }
}

/** The program of the configuration. */
export function commandAction(command: readonly string[]): ProgramAction {
  return new ProgramAction(() => command)
}

const URGENCIES = { info: 'low', warning: 'normal', critical: 'critical' } as const

/** A notification on the desktop. */
export function desktopAction(): ProgramAction {
  return new ProgramAction(({ severity, summary, alert }) => [
    'notify-send',
    '--app-name=ccbt',
    `--urgency=${URGENCIES[severity]}`,
    '--',
    `ccbt: ${alert}`,
    // Some desktops take markup in the body.
    summary.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
  ])
}

function variablesOf({ status, alert, severity, summary, count, subjects }: Notification): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CCBT_ALERT_STATUS: status,
    CCBT_ALERT_NAME: alert,
    CCBT_ALERT_SEVERITY: severity,
    CCBT_ALERT_SUMMARY: summary,
    CCBT_ALERT_COUNT: String(count),
    CCBT_ALERT_SUBJECT: subjects[0]?.subject ?? '',
    CCBT_ALERT_SUBJECT_NAME: subjects[0]?.name ?? '',
  }
}
