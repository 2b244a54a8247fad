// A daemon's metrics, log and alerts as its configuration has them.

import { parseEndpoint } from '@ccbt/address'
import { parseAlertLimit } from '@ccbt/config'
import type { AlertDefinition, Config, Settings } from '@ccbt/config'
import { mergeAlerts, parsePerTorrent } from '@ccbt/daemon'
import type { AlertRule, DaemonOptions } from '@ccbt/daemon'

/** What a daemon is watched with. */
export function watchOptions({ session, alerts }: Config): Pick<DaemonOptions, 'metrics' | 'log' | 'alerts'> {
  return { metrics: metricsOptions(session), log: logOptions(session), alerts: alertOptions(session, alerts) }
}

function metricsOptions(settings: Settings): NonNullable<DaemonOptions['metrics']> {
  const listen = settings.get('metrics.listen')
  return {
    perTorrent: parsePerTorrent(settings.get('metrics.per_torrent')) ?? { kind: 'off' },
    ...(listen === undefined ? {} : { listen: listen.map(parseEndpoint) }),
  }
}

function logOptions(settings: Settings): NonNullable<DaemonOptions['log']> {
  const path = settings.get('log.file')
  const areas = settings.get('log.areas')
  return {
    level: settings.get('log.level'),
    format: settings.get('log.format'),
    ...(areas === undefined ? {} : { areas }),
    stream: process.stderr,
    isJournal: process.env['JOURNAL_STREAM'] !== undefined,
    ...(path !== undefined && {
      file: { path, maxSize: settings.get('log.max_size'), keep: settings.get('log.keep') },
    }),
  }
}

function alertOptions(
  settings: Settings,
  definitions: readonly AlertDefinition[],
): NonNullable<DaemonOptions['alerts']> {
  if (!settings.get('alerts.enabled')) return false
  const [webhooks, command] = [settings.get('alerts.webhook'), settings.get('alerts.command')]
  return {
    rules: mergeAlerts(new Map(definitions.map((definition) => [nameOf(definition), ruleOf(definition)]))),
    ...(webhooks === undefined ? {} : { webhooks }),
    ...(command === undefined ? {} : { command }),
    desktop: settings.get('alerts.desktop'),
  }
}

function nameOf({ values }: AlertDefinition): string {
  return String(values.get('name'))
}

/** The configuration has been checked: what is here has the types that its keys say. Undefined = switched off. */
function ruleOf(definition: AlertDefinition): AlertRule | undefined {
  const { values } = definition
  if (values.get('enabled') === false) return undefined
  const head = { name: nameOf(definition), severity: (values.get('severity') ?? 'warning') as AlertRule['severity'] }
  if (values.has('event')) {
    const event = values.get('event') as Extract<AlertRule, { kind: 'event' }>['event']
    const [count, withinMs] = [Number(values.get('count') ?? 1), Number(values.get('within') ?? DEFAULT_WITHIN_MS)]
    return { ...head, kind: 'event', event, count, withinMs }
  }
  const metric = values.get('metric') as Extract<AlertRule, { kind: 'metric' }>['metric']
  const side = values.has('above') ? 'above' : 'below'
  const limit = parseAlertLimit(String(values.get(side))) ?? 0
  return { ...head, kind: 'metric', metric, side, limit, forMs: Number(values.get('for') ?? 0) }
}

const DEFAULT_WITHIN_MS = 600_000
