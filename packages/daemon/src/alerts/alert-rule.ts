// What an alert is about. Units are bytes, bytes per second and seconds.

/** How bad it is. */
export type AlertSeverity = 'info' | 'warning' | 'critical'

/** What is looked at every some seconds. */
export type AlertMetric =
  | 'free_space'
  | 'stalled_time'
  | 'tracker_down_time'
  | 'time_without_incoming'
  | 'event_loop_delay'
  | 'download_rate'
  | 'upload_rate'
  | 'connections'
  | 'memory'

/** What is counted. */
export type AlertEvent =
  | 'disk_error'
  | 'torrent_failed'
  | 'hash_failure'
  | 'peer_banned'
  | 'complete'
  | 'source_failed'
  | 'auth_failure'

/** When somebody is told. */
export type AlertRule = { readonly name: string; readonly severity: AlertSeverity } & AlertCondition

type AlertCondition =
  /** A number is on the wrong side of a limit for so long. */
  | {
      readonly kind: 'metric'
      readonly metric: AlertMetric
      readonly side: 'above' | 'below'
      readonly limit: number
      readonly forMs: number
    }
  /** So many events in so much time. */
  | { readonly kind: 'event'; readonly event: AlertEvent; readonly count: number; readonly withinMs: number }

const MINUTE_MS = 60_000

/** What a daemon looks for unless it is told otherwise. */
export const DEFAULT_ALERTS: readonly AlertRule[] = [
  event('disk-errors', 'critical', 'disk_error', 1),
  metric('free-space', 'critical', { metric: 'free_space', side: 'below', limit: 1e9, forMs: MINUTE_MS }),
  metric('stalled', 'warning', { metric: 'stalled_time', side: 'above', limit: 1800, forMs: 0 }),
  event('hash-failures', 'warning', 'hash_failure', 10),
  metric('tracker-down', 'warning', { metric: 'tracker_down_time', side: 'above', limit: 1800, forMs: 0 }),
  metric('no-incoming', 'info', { metric: 'time_without_incoming', side: 'above', limit: 21_600, forMs: 0 }),
  metric('event-loop-delay', 'warning', {
    metric: 'event_loop_delay',
    side: 'above',
    limit: 0.25,
    forMs: MINUTE_MS,
  }),
]

type MetricCondition = Omit<Extract<AlertCondition, { kind: 'metric' }>, 'kind'>

function metric(name: string, severity: AlertSeverity, condition: MetricCondition): AlertRule {
  return { name, severity, kind: 'metric', ...condition }
}

function event(name: string, severity: AlertSeverity, counted: AlertEvent, count: number): AlertRule {
  return { name, severity, kind: 'event', event: counted, count, withinMs: 10 * MINUTE_MS }
}

/** The default alerts and those of the user: one of his with the same name goes before, `undefined` takes it away. */
export function mergeAlerts(own: ReadonlyMap<string, AlertRule | undefined>): readonly AlertRule[] {
  const rules = new Map<string, AlertRule | undefined>(DEFAULT_ALERTS.map((rule) => [rule.name, rule]))
  for (const [name, rule] of own) rules.set(name, rule)
  return [...rules.values()].filter((rule) => rule !== undefined)
}

/** The condition of a rule in words: `free_space below 1000000000 for 60 s`. */
export function conditionText(rule: AlertRule): string {
  if (rule.kind === 'event') return `${rule.count} x ${rule.event} within ${rule.withinMs / 1000} s`
  const lasting = rule.forMs === 0 ? '' : ` for ${rule.forMs / 1000} s`
  return `${rule.metric} ${rule.side} ${rule.limit}${lasting}`
}
