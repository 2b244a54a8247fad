// What is told to people, in the form in which each action takes it. Names are strangers' words: they are made safe here.

import { safeLogText } from '../log/safe-text.ts'
import type { AlertChange } from './alert-book.ts'
import { conditionText } from './alert-rule.ts'
import type { AlertSeverity } from './alert-rule.ts'

/** Subjects that are named in a sentence; of more only their number. */
const MAX_NAMED = 3
/** Subjects of a webhook. */
const MAX_LISTED = 50

/** Something to tell. */
export interface Notification {
  readonly status: 'firing' | 'resolved' | 'test'
  readonly alert: string
  readonly severity: AlertSeverity
  readonly condition: string
  /** One line for people. */
  readonly summary: string
  /** How many there are. */
  readonly count: number
  /** The first 50 of them. */
  readonly subjects: readonly { readonly subject: string; readonly name: string; readonly value: number }[]
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/** The notification of a change. */
export function notificationOf({ rule, status, alerts }: AlertChange, atMs: number): Notification {
  const subjects = alerts
    .slice(0, MAX_LISTED)
    .map(({ subject, subjectName, value }) => ({ subject, name: safeLogText(subjectName), value }))
  const named = subjects.slice(0, MAX_NAMED).flatMap(({ name, subject }) => name || subject || [])
  const more = alerts.length > named.length && named.length > 0 ? ` and ${alerts.length - named.length} more` : ''
  const about = named.length === 0 ? '' : `: ${named.join(', ')}${more}`
  const ending = status === 'resolved' ? ' is over' : ` (${conditionText(rule)})`
  return {
    status,
    alert: rule.name,
    severity: rule.severity,
    condition: conditionText(rule),
    summary: `${rule.name}${ending}${about}`,
    count: alerts.length,
    subjects,
    atMs,
  }
}
