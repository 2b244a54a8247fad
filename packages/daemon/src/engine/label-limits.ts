// The limits that all torrents with a label share. The configuration is where they begin; what is changed while the daemon
// runs is kept in the state database and goes before, until it is taken back or the configuration says something else.

import type { RatePair, Session } from '@ccbt/core'

import { invalidRequest } from '../errors.ts'
import type { SettingTable } from '../state/setting-table.ts'

/** Labels whose limits can be changed. */
const MAX_LABELS = 1000
const MAX_LABEL_CHARS = 100
const DIRECTIONS = ['downloadBps', 'uploadBps'] as const

/** Limits by label, bytes per second; 0 = none, absent = nothing is said. */
export type LabelRates = Readonly<Record<string, RatePair>>

/** A change, bytes per second: 0 = no limit, null = as the configuration has it, absent = as it is. */
export type LabelLimitChange = { readonly [direction in keyof RatePair]?: number | null }

/** The limits of a label, bytes per second; 0 = none. */
export interface LabelLimit extends Required<RatePair> {
  /** What was changed of it while the daemon ran. */
  readonly changed: RatePair
}

/** The limits of all labels. */
export class LabelLimits {
  readonly #session: Pick<Session, 'command'>
  readonly #table: SettingTable
  #configured: ReadonlyMap<string, RatePair>
  readonly #changed: Map<string, RatePair>

  /** The session has those of the configuration already. */
  constructor(session: Pick<Session, 'command'>, table: SettingTable, configured: LabelRates = {}) {
    this.#session = session
    this.#table = table
    this.#configured = new Map(Object.entries(configured))
    this.#changed = new Map((table.read('label-limits') as [string, RatePair][] | undefined) ?? [])
  }

  /** What is in force. */
  of(label: string): LabelLimit {
    const changed = this.#changed.get(label) ?? {}
    return { downloadBps: 0, uploadBps: 0, ...this.#configured.get(label), ...changed, changed }
  }

  /** Lets the session follow what was changed in an earlier run. */
  async restore(): Promise<void> {
    for (const label of this.#changed.keys()) await this.#apply(label)
  }

  /** Changes the limits of a label and keeps that. Rejects with DAEMON_REQUEST_INVALID for what is no label. */
  async change(label: string, change: LabelLimitChange): Promise<LabelLimit> {
    if (label === '' || label.length > MAX_LABEL_CHARS) {
      throw invalidRequest(`a label has 1 to ${MAX_LABEL_CHARS} characters`)
    }
    if (!this.#changed.has(label) && this.#changed.size >= MAX_LABELS) {
      throw invalidRequest(`the limits of ${MAX_LABELS} labels have been changed already`)
    }
    const changed = { ...this.#changed.get(label) }
    for (const direction of DIRECTIONS) {
      const bps = change[direction]
      if (bps === null) delete changed[direction]
      else if (bps !== undefined) changed[direction] = bps
    }
    this.#keep(label, changed)
    await this.#apply(label)
    return this.of(label)
  }

  /** The configuration says something else now. Where it does, that counts more than what was changed before. */
  async follow(configured: LabelRates = {}): Promise<void> {
    const before = this.#configured
    this.#configured = new Map(Object.entries(configured))
    for (const label of new Set([...before.keys(), ...this.#configured.keys()])) {
      const [was, is] = [before.get(label) ?? {}, this.#configured.get(label) ?? {}]
      const news = DIRECTIONS.filter((direction) => (was[direction] ?? 0) !== (is[direction] ?? 0))
      if (news.length === 0) continue
      const changed = { ...this.#changed.get(label) }
      for (const direction of news) delete changed[direction]
      this.#keep(label, changed)
      await this.#apply(label)
    }
  }

  #keep(label: string, changed: RatePair): void {
    if (Object.keys(changed).length === 0) this.#changed.delete(label)
    else this.#changed.set(label, changed)
    this.#table.write('label-limits', [...this.#changed])
  }

  async #apply(label: string): Promise<void> {
    const { downloadBps, uploadBps } = this.of(label)
    await this.#session.command({ type: 'limit', label, downloadLimitBps: downloadBps, uploadLimitBps: uploadBps })
  }
}
