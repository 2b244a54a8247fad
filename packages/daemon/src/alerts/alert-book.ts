// Which alerts fire. An alert is a rule and what it is about; it is told once when it begins and once when it has ended, not
// in between, and ends only when its condition has not held for a minute, so that what flutters is told once as well.

import type { AlertEvent, AlertMetric, AlertRule } from './alert-rule.ts'
import { parseAlertState } from './alert-state.ts'
import type { AlertStore } from './alert-state.ts'

const CALM_MS = 60_000
/** Of all rules together; what comes beyond is not looked at before others have ended. */
const MAX_ALERTS = 1000

/** A value of a metric for one thing. */
export interface Reading {
  /** Info-hash, host or folder; '' = the daemon. */
  readonly subject: string
  /** Its name for people. */
  readonly name: string
  readonly value: number
}

/** An alert as it is shown. */
export interface Alert {
  readonly rule: AlertRule
  readonly subject: string
  readonly subjectName: string
  readonly state: 'pending' | 'firing'
  readonly value: number
  /** Milliseconds since 1970; 0 = it does not fire yet. */
  readonly firedAtMs: number
}

/** What has to be told of a rule: alerts that began, or ended. */
export interface AlertChange {
  readonly rule: AlertRule
  readonly status: 'firing' | 'resolved'
  readonly alerts: readonly Alert[]
}

/** What a book works with. */
export interface AlertBookOptions {
  readonly rules: readonly AlertRule[]
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
  readonly store: AlertStore
  /** The values of a metric now. */
  readonly read: (metric: AlertMetric) => readonly Reading[]
  readonly tell: (change: AlertChange) => void
}

interface Entry {
  readonly rule: AlertRule
  readonly subject: string
  name: string
  value: number
  /** When the condition began to hold, and when it last did: monotonic. */
  readonly sinceMs: number
  heldAtMs: number
  firedAtMs: number
  isTold: boolean
}

/** The alerts of a daemon. */
export class AlertBook {
  readonly #options: AlertBookOptions
  readonly #entries = new Map<string, Entry>()
  /** Times of the last events, no more than the rule counts, by rule and subject. */
  readonly #events = new Map<string, { readonly name: string; readonly times: number[] }>()
  readonly #silences: Map<string, number>

  constructor(options: AlertBookOptions) {
    this.#options = options
    const { firing, silences } = parseAlertState(options.store.read())
    this.#silences = new Map(silences)
    const now = options.now()
    for (const { rule: name, subject, subjectName, value, firedAtMs, isTold } of firing) {
      const rule = options.rules.find((known) => known.name === name)
      if (rule === undefined) continue
      const times = { sinceMs: now, heldAtMs: now, firedAtMs }
      this.#entries.set(keyOf(rule, subject), { rule, subject, name: subjectName, value, isTold, ...times })
    }
  }

  /** Those that fire or are about to. */
  alerts(): Alert[] {
    return Array.from(this.#entries.values(), shown)
  }

  /** When the silence of a rule ends, milliseconds since 1970; 0 = it is not silenced. */
  silencedUntilMs(rule: string): number {
    const untilMs = Math.max(this.#silences.get(rule) ?? 0, this.#silences.get('*') ?? 0)
    return untilMs > this.#options.wallNow() ? untilMs : 0
  }

  /** Tells nothing of a rule (`*` = all) for so long; 0 ends the silence. */
  silence(rule: string, durationMs: number): void {
    if (durationMs === 0) this.#silences.delete(rule)
    else this.#silences.set(rule, this.#options.wallNow() + durationMs)
    this.#save()
  }

  /** An event has happened. */
  count(event: AlertEvent, subject = '', name = ''): void {
    for (const rule of this.#options.rules) {
      if (rule.kind !== 'event' || rule.event !== event) continue
      const key = keyOf(rule, subject)
      const known = this.#events.get(key)
      if (known === undefined && this.#events.size >= MAX_ALERTS) continue
      const times = known?.times ?? []
      times.push(this.#options.now())
      if (times.length > rule.count) times.shift()
      this.#events.set(key, { name, times })
    }
  }

  /** Looks at everything; to be called every some seconds. */
  evaluate(): void {
    for (const rule of this.#options.rules) this.#evaluate(rule)
    this.#tellNew()
    this.#end()
  }

  #evaluate(rule: AlertRule): void {
    const holding = rule.kind === 'metric' ? this.#readings(rule) : this.#counts(rule)
    const now = this.#options.now()
    for (const { subject, name, value } of holding) {
      const key = keyOf(rule, subject)
      const known = this.#entries.get(key)
      if (known !== undefined) Object.assign(known, { value, name, heldAtMs: now })
      else if (this.#entries.size < MAX_ALERTS) {
        const times = { sinceMs: now, heldAtMs: now, firedAtMs: 0 }
        this.#entries.set(key, { rule, subject, name, value, isTold: false, ...times })
      }
    }
    for (const [key, entry] of this.#entries) {
      if (entry.rule !== rule || entry.firedAtMs !== 0) continue
      const forMs = rule.kind === 'metric' ? rule.forMs : 0
      if (entry.heldAtMs !== now) this.#entries.delete(key)
      else if (now - entry.sinceMs >= forMs) entry.firedAtMs = this.#options.wallNow()
    }
  }

  #readings(rule: Extract<AlertRule, { kind: 'metric' }>): readonly Reading[] {
    const { side, limit, metric } = rule
    return this.#options.read(metric).filter(({ value }) => (side === 'above' ? value > limit : value < limit))
  }

  #counts(rule: Extract<AlertRule, { kind: 'event' }>): readonly Reading[] {
    const since = this.#options.now() - rule.withinMs
    const readings: Reading[] = []
    for (const [key, { name, times }] of this.#events) {
      const subject = subjectOf(rule, key)
      if (subject === undefined) continue
      const value = times.filter((time) => time >= since).length
      if (value === 0) this.#events.delete(key)
      if (value >= rule.count) readings.push({ subject, name, value })
    }
    return readings
  }

  #tellNew(): void {
    const isNew = (entry: Entry): boolean =>
      entry.firedAtMs !== 0 && !entry.isTold && this.silencedUntilMs(entry.rule.name) === 0
    const found = [...this.#entries.values()].filter(isNew)
    for (const entry of found) entry.isTold = true
    this.#tell('firing', found)
  }

  /** Ends those whose condition has not held for a minute. */
  #end(): void {
    const now = this.#options.now()
    const ended = [...this.#entries].filter(([, entry]) => entry.firedAtMs !== 0 && now - entry.heldAtMs >= CALM_MS)
    for (const [key] of ended) this.#entries.delete(key)
    const told = ended.map(([, entry]) => entry).filter(({ isTold }) => isTold)
    this.#tell('resolved', told)
    if (ended.length > told.length) this.#save()
  }

  #tell(status: AlertChange['status'], entries: readonly Entry[]): void {
    if (entries.length === 0) return
    // Before it is told: nobody is to be told twice because telling took the process down.
    this.#save()
    for (const [rule, group] of Map.groupBy(entries, (entry) => entry.rule)) {
      this.#options.tell({ rule, status, alerts: group.map(shown) })
    }
  }

  #save(): void {
    const firing = [...this.#entries.values()].filter(({ firedAtMs }) => firedAtMs !== 0)
    this.#options.store.write({
      firing: firing.map(({ rule, subject, name, value, firedAtMs, isTold }) => ({
        rule: rule.name,
        subject,
        subjectName: name,
        value,
        firedAtMs,
        isTold,
      })),
      silences: [...this.#silences],
    })
  }
}

function shown({ rule, subject, name, value, firedAtMs }: Entry): Alert {
  const state = firedAtMs === 0 ? 'pending' : 'firing'
  return { rule, subject, subjectName: name, state, value, firedAtMs }
}

function keyOf(rule: AlertRule, subject: string): string {
  return `${rule.name}\u0000${subject}`
}

function subjectOf(rule: AlertRule, key: string): string | undefined {
  const start = keyOf(rule, '')
  return key.startsWith(start) ? key.slice(start.length) : undefined
}
