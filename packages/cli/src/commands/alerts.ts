// `ccbt alerts list`, `test` and `silence`: what worries a daemon, and who is told.

import { displayText } from '@ccbt/metainfo'
import { createHttpMonitor } from '@ccbt/rpc-client'
import type { AlertList, AlertRuleView, AlertView, DaemonMonitor } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll } from '../daemon/client.ts'
import { EXIT_CODES } from '../exit-codes.ts'

/** Calls `work` with the monitor of the daemon that the flags name; returns the exit status that it gives. */
async function withMonitor(flags: ClientFlags, work: (monitor: DaemonMonitor) => Promise<number>): Promise<number> {
  await using monitor = createHttpMonitor(await addressOf(flags))
  return await work(monitor)
}

/** What fires or is about to, then what is looked for; returns the exit status, as all of these do. */
export async function runAlertsList(flags: ClientFlags): Promise<number> {
  return await withMonitor(flags, async (monitor) => {
    const list = await monitor.alerts()
    printAll(flags, 'alert', list.alerts, () => list.alerts.map(alertText))
    printAll(flags, 'alert-rule', list.rules, () => ruleLines(list))
    return EXIT_CODES.ok.code
  })
}

function alertText({ rule, severity, state, subject, name, value, firedAtMs }: AlertView): string {
  const about = name === '' ? subject : name
  const since = state === 'firing' ? ` since ${new Date(firedAtMs).toISOString()}` : ''
  return displayText(`${state} ${severity} ${rule}${about === '' ? '' : ` (${about})`}: ${Math.round(value)}${since}`)
}

function ruleLines({ rules }: AlertList): string[] {
  return rules.map(({ name, severity, condition, silencedUntilMs }: AlertRuleView) => {
    const silence = silencedUntilMs === 0 ? '' : `, silent until ${new Date(silencedUntilMs).toISOString()}`
    return displayText(`rule ${name} (${severity}): ${condition}${silence}`)
  })
}

/** Tells people a test; the exit status is 1 when one of the ways does not work. */
export async function runAlertsTest(rule: string | undefined, flags: ClientFlags): Promise<number> {
  return await withMonitor(flags, async (monitor) => {
    const outcomes = await monitor.testAlert(rule)
    const text = (problem: string): string => (problem === '' ? 'works' : problem)
    printAll(flags, 'alert-test', outcomes, () =>
      outcomes.map(({ action, problem }) => displayText(`${action}: ${text(problem)}`)),
    )
    return outcomes.every(({ problem }) => problem === '') ? EXIT_CODES.ok.code : EXIT_CODES.unknown.code
  })
}

/** Flags of `ccbt alerts silence`. */
export interface SilenceFlags extends ClientFlags {
  /** Milliseconds. */
  readonly for?: number
}

/** Tells nothing of a rule, or of all, for some time. */
export async function runAlertsSilence(rule: string, flags: SilenceFlags): Promise<number> {
  return await withMonitor(flags, async (monitor) => {
    await monitor.silenceAlert(rule === 'all' ? '*' : rule, flags.for ?? 0)
    return EXIT_CODES.ok.code
  })
}
