// The limits of labels, `[labels.NAME]`, as a session has them.

import type { Automation, Config } from '@ccbt/config'
import type { SessionOptions } from '@ccbt/core'
import type { ReloadOutcome } from '@ccbt/rpc-client'

/** The limits that a session begins with. */
export function labelLimits({ labelLimits: limits }: Automation): NonNullable<SessionOptions['labelLimits']> {
  return Object.fromEntries(limits)
}

/** What is different, bytes per second each. */
export function labelChanges({ automation: before }: Config, { automation: now }: Config): ReloadOutcome['changes'] {
  const labels = new Set([...before.labelLimits.keys(), ...now.labelLimits.keys()])
  const found: ReloadOutcome['changes'][number][] = []
  for (const label of labels) {
    const { downloadBps: wasDown = 0, uploadBps: wasUp = 0 } = before.labelLimits.get(label) ?? {}
    const { downloadBps = 0, uploadBps = 0 } = now.labelLimits.get(label) ?? {}
    if (downloadBps !== wasDown) found.push(change(`labels.${label}.download`, wasDown, downloadBps))
    if (uploadBps !== wasUp) found.push(change(`labels.${label}.upload`, wasUp, uploadBps))
  }
  return found
}

function change(key: string, before: number, after: number): ReloadOutcome['changes'][number] {
  return { key, before: String(before), after: String(after), apply: 'live' }
}
