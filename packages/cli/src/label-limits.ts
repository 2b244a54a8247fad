// The limits of labels, `[labels.NAME]`, as a session has them.

import type { Automation } from '@ccbt/config'
import type { Session, SessionOptions } from '@ccbt/core'
import type { ReloadOutcome } from '@ccbt/rpc-client'

/** The limits that a session begins with. */
export function labelLimits({ labelLimits: limits }: Automation): NonNullable<SessionOptions['labelLimits']> {
  return Object.fromEntries(limits)
}

/** Lets a session follow; returns what is different, bytes per second each. */
export async function limitLabels(
  session: Pick<Session, 'command'>,
  before: Automation,
  now: Automation,
): Promise<ReloadOutcome['changes']> {
  const changes: ReloadOutcome['changes'][number][] = []
  for (const label of new Set([...before.labelLimits.keys(), ...now.labelLimits.keys()])) {
    const { downloadBps: wasDown = 0, uploadBps: wasUp = 0 } = before.labelLimits.get(label) ?? {}
    const { downloadBps = 0, uploadBps = 0 } = now.labelLimits.get(label) ?? {}
    if (downloadBps === wasDown && uploadBps === wasUp) continue
    await session.command({ type: 'limit', label, downloadLimitBps: downloadBps, uploadLimitBps: uploadBps })
    if (downloadBps !== wasDown) changes.push(change(`labels.${label}.download`, wasDown, downloadBps))
    if (uploadBps !== wasUp) changes.push(change(`labels.${label}.upload`, wasUp, uploadBps))
  }
  return changes
}

function change(key: string, before: number, after: number): ReloadOutcome['changes'][number] {
  return { key, before: String(before), after: String(after), apply: 'live' }
}
