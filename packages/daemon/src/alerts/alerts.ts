// The alerts of a daemon put together: looks every few seconds, tells people, and answers those who ask.

import type { Session, SessionEvent } from '@ccbt/core'
import type { AlertList, AlertOutcome } from '@ccbt/rpc-client'

import { invalidRequest } from '../errors.ts'
import type { Logger } from '../log/logger.ts'
import type { MetricText } from '../metrics/metric-text.ts'
import { AlertBook } from './alert-book.ts'
import { conditionText, DEFAULT_ALERTS } from './alert-rule.ts'
import type { AlertEvent, AlertRule } from './alert-rule.ts'
import type { AlertStore } from './alert-state.ts'
import { notificationOf } from './notification.ts'
import { Notifier } from './notifier.ts'
import type { AlertActions } from './notifier.ts'
import { Readings } from './readings.ts'
import type { ReadingSources } from './readings.ts'

const EVERY_MS = 15_000

/** How a daemon alerts. */
export interface AlertOptions extends AlertActions {
  /** Default: the default alerts. */
  readonly rules?: readonly AlertRule[]
}

/** What alerts are made of. */
export interface AlertParts {
  readonly options: AlertOptions
  readonly store: AlertStore
  readonly log: Pick<Logger, 'log'>
  readonly session: Pick<Session, 'subscribe'>
  readonly sources: ReadingSources
}

/** The alerts of a daemon, from its construction to its disposal. */
export class Alerts implements Disposable {
  readonly #rules: readonly AlertRule[]
  readonly #book: AlertBook
  readonly #notifier: Notifier
  readonly #readings: Readings
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void

  constructor({ options, store, log, session, sources }: AlertParts) {
    this.#rules = options.rules ?? DEFAULT_ALERTS
    this.#notifier = new Notifier(options, log)
    this.#readings = new Readings(sources)
    this.#book = new AlertBook({
      rules: this.#rules,
      now: sources.now,
      wallNow: () => Date.now(),
      store,
      read: (metric) => this.#readings.read(metric),
      tell: (change) => this.#notifier.tell(notificationOf(change, Date.now())),
    })
    this.#unsubscribe = session.subscribe((event) => this.#happened(event))
    this.#timer = setInterval(() => this.#book.evaluate(), EVERY_MS)
    this.#timer.unref()
  }

  /** Something that no event of the session tells. */
  count(event: AlertEvent): void {
    this.#book.count(event)
  }

  list(): AlertList {
    return {
      rules: this.#rules.map((rule) => ({
        name: rule.name,
        severity: rule.severity,
        condition: conditionText(rule),
        silencedUntilMs: this.#book.silencedUntilMs(rule.name),
      })),
      alerts: this.#book
        .alerts()
        .map(({ rule: { name: rule, severity }, subjectName: name, ...alert }) =>
          Object.assign(alert, { rule, severity, name }),
        ),
    }
  }

  /** Tells a test in all ways. @throws DAEMON_REQUEST_INVALID for an unknown rule */
  async test(name: string | undefined): Promise<AlertOutcome[]> {
    const rule = name === undefined ? undefined : this.#rule(name)
    return await this.#notifier.try({
      status: 'test',
      alert: rule?.name ?? 'test',
      severity: rule?.severity ?? 'info',
      condition: rule === undefined ? '' : conditionText(rule),
      summary: `${rule?.name ?? 'alerts'}: this is a test`,
      count: 0,
      subjects: [],
      atMs: Date.now(),
    })
  }

  /** @throws DAEMON_REQUEST_INVALID for an unknown rule */
  silence(name: string, durationMs: number): void {
    this.#book.silence(name === '*' ? name : this.#rule(name).name, durationMs)
  }

  write(out: MetricText): void {
    out.family('ccbt_alerts_firing', 'gauge', 'How much an alert fires for: torrents, trackers, or the daemon.')
    const alerts = this.#book.alerts()
    for (const { name, severity } of this.#rules) {
      const firing = alerts.filter(({ rule, state }) => rule.name === name && state === 'firing')
      out.sample('ccbt_alerts_firing', { alert: name, severity }, firing.length)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
    this.#notifier[Symbol.dispose]()
  }

  #rule(name: string): AlertRule {
    const rule = this.#rules.find((known) => known.name === name)
    if (rule === undefined) throw invalidRequest(`there is no alert '${name}'`)
    return rule
  }

  #happened(event: SessionEvent): void {
    this.#readings.happened(event)
    const infoHash = 'infoHash' in event ? event.infoHash : ''
    for (const counted of countedAs(event)) this.#book.count(counted, infoHash, infoHash)
  }
}

function countedAs(event: SessionEvent): AlertEvent[] {
  if (event.type === 'failed')
    return event.error.blame === 'disk' ? ['disk_error', 'torrent_failed'] : ['torrent_failed']
  if (event.type === 'piece-corrupt') return ['hash_failure']
  if (event.type === 'peer-banned') return ['peer_banned']
  if (event.type === 'complete') return ['complete']
  return event.type === 'source-failed' ? ['source_failed'] : []
}
