// `[[alert]]`: what has to be the case for how long before somebody is told, and how.

import type { Document } from './document.ts'
import { isTable, readKeys } from './read-settings.ts'
import type { Value, ValueSpec } from './value.ts'

/** A key of an alert, as the documentation has it. */
export type AlertKeySpec = ValueSpec & { readonly description: string }

/** What an alert may look at, with the unit in which it is compared. */
export const ALERT_METRICS = [
  'free_space',
  'stalled_time',
  'tracker_down_time',
  'time_without_incoming',
  'event_loop_delay',
  'download_rate',
  'upload_rate',
  'connections',
  'memory',
] as const

/** What an alert may count. */
export const ALERT_EVENTS = [
  'disk_error',
  'torrent_failed',
  'hash_failure',
  'peer_banned',
  'complete',
  'source_failed',
  'auth_failure',
] as const

/** How bad it is. */
export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const

const LIMIT = { type: 'text', maxLength: 30 } as const

/** The keys of an `[[alert]]`. */
export const ALERT_KEYS: Readonly<Record<string, AlertKeySpec>> = {
  name: { type: 'text', maxLength: 60, description: 'what it is called; that of a default alert replaces it' },
  metric: { type: 'choice', choices: ALERT_METRICS, description: 'what is compared; either this or `event`' },
  above: { ...LIMIT, description: 'fires while the metric is above this: `5GB`, `10M`, `250ms`, `30m` or a number' },
  below: { ...LIMIT, description: 'fires while the metric is below this' },
  for: { type: 'time', min: '0s', max: '30d', default: '0s', description: 'only when that has been so for so long' },
  event: { type: 'choice', choices: ALERT_EVENTS, description: 'what is counted; either this or `metric`' },
  count: { type: 'integer', min: 1, max: 100_000, default: 1, description: 'fires at so many events' },
  within: { type: 'time', min: '1s', max: '30d', default: '10m', description: 'in so much time' },
  severity: { type: 'choice', choices: ALERT_SEVERITIES, default: 'warning', description: 'how bad it is' },
  enabled: { type: 'boolean', default: true, description: 'false switches a default alert of this name off' },
}

/** An alert of a file. */
export interface AlertDefinition {
  /** Where it begins: `file:line:column`. */
  readonly where: string
  readonly values: ReadonlyMap<string, Value>
}

/** The alerts of a document, and what is wrong with them. */
export function readAlerts(document: Document): {
  readonly alerts: readonly AlertDefinition[]
  readonly problems: readonly string[]
} {
  const raw = document.table['alert']
  if (raw === undefined) return { alerts: [], problems: [] }
  if (!Array.isArray(raw) || !raw.every(isTable)) {
    return { alerts: [], problems: [`${document.locate(['alert'])}: alerts begin with a line [[alert]]`] }
  }
  const read = raw.map((_, index) => readAlert(document, ['alert', String(index)]))
  return { alerts: read.map(({ alert }) => alert), problems: read.flatMap(({ problems }) => problems) }
}

function readAlert(document: Document, path: readonly string[]): { alert: AlertDefinition; problems: string[] } {
  const { values, problems: found } = readKeys(document, path, ALERT_KEYS)
  const where = document.locate(path)
  const problems = [...found]
  if (problems.length === 0) {
    const problem = problemOf(values)
    if (problem !== undefined) problems.push(`${where}: ${problem}`)
  }
  return { alert: { where, values }, problems }
}

function problemOf(values: ReadonlyMap<string, Value>): string | undefined {
  const has = (...keys: string[]): boolean => keys.some((key) => values.has(key))
  if (!has('name')) return 'an alert needs a name'
  if (values.get('enabled') === false) return undefined
  if (has('metric') === has('event')) return 'an alert needs either a metric or an event'
  if (has('event')) return has('above', 'below', 'for') ? 'above, below and for go with a metric' : undefined
  if (has('count', 'within')) return 'count and within go with an event'
  if (has('above') === has('below')) return 'a metric needs either above or below'
  const limit = String(values.get('above') ?? values.get('below'))
  return parseAlertLimit(limit) === undefined ? `cannot compare with '${limit}'` : undefined
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A limit in bytes, bytes per second, seconds or as it is: `5GB`, `1.5GiB`, `10M`, `250ms`, `30m`, `7`. */
export function parseAlertLimit(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-zA-Z]{0,3})$/.exec(text.trim()) ?? []
  if (digits === '') return undefined
  const factor = unit === '' || unit === 'B' ? 1 : (UNITS[unit] ?? UNITS[unit.replace(/B$/, '')])
  return factor === undefined ? undefined : Number(digits) * factor
}
