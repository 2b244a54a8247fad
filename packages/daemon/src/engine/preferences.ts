// What remote control may change of the session while it runs. The configuration is where it begins; what is changed is
// kept in the state database, holds from then on, and is what the next start begins with. The configuration is not
// written.

import { isDeepStrictEqual } from 'node:util'

import type { QueueLimits, Session, SessionOptions, WeeklySpan } from '@ccbt/core'

import type { OwnLimit } from '../state/torrent-record.ts'
import type { SettingTable } from '../state/setting-table.ts'

/** A number that keeps its value while it is off. */
export interface Switched {
  readonly isOn: boolean
  readonly value: number
}

/** Limits that hold instead of the ordinary ones, and when. */
export interface AlternativePreferences {
  readonly isOn: boolean
  readonly downloadBps: number
  readonly uploadBps: number
  /** Hold by themselves at these times. */
  readonly isScheduled: boolean
  /** Minutes since midnight, local time. */
  readonly beginMinute: number
  readonly endMinute: number
  /** A bit for each day, 1 = Sunday to 64 = Saturday. */
  readonly days: number
  /** All times of the configuration, of which the above are the first; absent when others were chosen. */
  readonly spans?: readonly WeeklySpan[]
}

/** Everything that may be changed. */
export interface Preferences {
  /** Folder of torrents that name none. */
  readonly downloadDirectory: string
  /** Whether a torrent starts when it is added by somebody who does not say. */
  readonly startsAdded: boolean
  readonly downloadLimit: OwnLimit
  readonly uploadLimit: OwnLimit
  readonly alternative: AlternativePreferences
  /** Bytes up per byte of the torrent. */
  readonly ratioGoal: Switched
  /** Minutes without upload. */
  readonly idleGoal: Switched
  readonly downloadQueue: Switched
  readonly seedQueue: Switched
  /** Of both queues together; absent = any number. */
  readonly maxActive?: number
  /** Connections of a torrent that has no number of its own. */
  readonly maxPeersPerTorrent: number
}

const DEFAULT_MAX_PEERS = 80
const ALL_DAYS = 127

/** What a session begins with. */
export function preferencesOf(options: SessionOptions, downloadDirectory: string): Preferences {
  const { downloadLimitBps = 0, uploadLimitBps = 0, alternativeLimits, queue, maxPeers } = options
  return {
    downloadDirectory,
    startsAdded: true,
    downloadLimit: limitOf(downloadLimitBps),
    uploadLimit: limitOf(uploadLimitBps),
    alternative: alternativeOf(alternativeLimits),
    ratioGoal: { isOn: false, value: 2 },
    idleGoal: { isOn: false, value: 30 },
    downloadQueue: switched(queue?.maxActiveDownloads, 5),
    seedQueue: switched(queue?.maxActiveSeeds, 10),
    ...(queue?.maxActive === undefined ? {} : { maxActive: queue.maxActive }),
    maxPeersPerTorrent: maxPeers ?? DEFAULT_MAX_PEERS,
  }
}

function limitOf(bps: number): OwnLimit {
  return { isOn: bps > 0, bps: bps === 0 ? 100_000 : bps }
}

function switched(value: number | undefined, otherwise: number): Switched {
  return { isOn: value !== undefined, value: value ?? otherwise }
}

function alternativeOf(options: SessionOptions['alternativeLimits']): AlternativePreferences {
  const { downloadBps = 50_000, uploadBps = 50_000, schedule = [] } = options ?? {}
  const [span] = schedule
  return {
    isOn: false,
    downloadBps,
    uploadBps,
    isScheduled: span !== undefined,
    beginMinute: minuteOf(span?.from ?? '09:00'),
    endMinute: minuteOf(span?.to ?? '17:00'),
    days: span === undefined ? ALL_DAYS : span.days.reduce((days, day) => days | (1 << day), 0),
    ...(span === undefined ? {} : { spans: schedule }),
  }
}

const QUEUES = ['downloadQueue', 'seedQueue', 'maxActive'] as const
const FOLLOWED = ['downloadLimit', 'uploadLimit', 'alternative', 'maxPeersPerTorrent', ...QUEUES] as const

/** Preferences that the configuration has as settings. */
const OF_SETTINGS: Readonly<
  Record<
    string,
    { readonly name: keyof Preferences; readonly valueOf: (preferences: Preferences) => number | undefined }
  >
> = {
  'limits.download': { name: 'downloadLimit', valueOf: ({ downloadLimit }) => bpsOf(downloadLimit) },
  'limits.upload': { name: 'uploadLimit', valueOf: ({ uploadLimit }) => bpsOf(uploadLimit) },
  'queue.max_downloads': { name: 'downloadQueue', valueOf: ({ downloadQueue }) => valueIn(downloadQueue) },
  'queue.max_seeds': { name: 'seedQueue', valueOf: ({ seedQueue }) => valueIn(seedQueue) },
  'peers.max': { name: 'maxPeersPerTorrent', valueOf: ({ maxPeersPerTorrent }) => maxPeersPerTorrent },
}

function valueIn({ isOn, value }: Switched): number | undefined {
  return isOn ? value : undefined
}

/** The preferences of a daemon. */
export class PreferenceBook {
  readonly #table: SettingTable
  readonly #session: Session
  #first: Preferences
  #changed: Partial<Preferences>

  constructor(session: Session, table: SettingTable, first: Preferences) {
    this.#session = session
    this.#table = table
    this.#first = first
    this.#changed = (table.read('preferences') as Partial<Preferences> | undefined) ?? {}
  }

  get now(): Preferences {
    return { ...this.#first, ...this.#changed }
  }

  /** What was changed of settings of the configuration, by their keys; undefined = not set any more. */
  changedSettings(): ReadonlyMap<string, number | undefined> {
    const all = Object.entries(OF_SETTINGS).filter(([, { name }]) => this.#changed[name] !== undefined)
    return new Map(all.map(([key, { valueOf }]) => [key, valueOf(this.now)]))
  }

  /** Lets the session follow what was changed in an earlier run. */
  async restore(): Promise<void> {
    await this.#apply(this.#changed)
  }

  /** Keeps changes and lets the session follow them. Rejects with LIMIT_SCHEDULE_INVALID, and keeps nothing then. */
  async change(changes: Partial<Preferences>): Promise<void> {
    await this.#apply(changes)
    this.#changed = { ...this.#changed, ...changes }
    this.#table.write('preferences', this.#changed)
  }

  /**
   * The configuration says something else now. Where it does, that counts more than what was changed before. The settings
   * `decided` count more also where it says what it said.
   */
  async follow(options: SessionOptions, decided: readonly string[] = []): Promise<void> {
    const before = this.#first
    this.#first = preferencesOf(options, before.downloadDirectory)
    const isNew = (name: keyof Preferences): boolean =>
      !isDeepStrictEqual(this.#first[name], before[name]) || decided.some((key) => OF_SETTINGS[key]?.name === name)
    const changed = FOLLOWED.filter(isNew)
    if (changed.length === 0) return
    for (const name of changed) delete this.#changed[name]
    this.#table.write('preferences', this.#changed)
    const { downloadLimit, uploadLimit, alternative, downloadQueue } = this.now
    await this.#apply({
      ...(isNew('downloadLimit') ? { downloadLimit } : {}),
      ...(isNew('uploadLimit') ? { uploadLimit } : {}),
      ...(isNew('alternative') ? { alternative } : {}),
      // With one of them the session gets all.
      ...(QUEUES.some(isNew) ? { downloadQueue } : {}),
    })
  }

  async #apply(changes: Partial<Preferences>): Promise<void> {
    const { downloadLimit, uploadLimit, alternative, downloadQueue, seedQueue } = changes
    if (downloadLimit !== undefined || uploadLimit !== undefined) {
      await this.#session.command({
        type: 'limit',
        ...(downloadLimit === undefined ? {} : { downloadLimitBps: bpsOf(downloadLimit) }),
        ...(uploadLimit === undefined ? {} : { uploadLimitBps: bpsOf(uploadLimit) }),
      })
    }
    if (alternative !== undefined) await this.#applyAlternative(alternative)
    if (downloadQueue !== undefined || seedQueue !== undefined) {
      await this.#session.command({ type: 'queue-limits', limits: queueLimitsOf({ ...this.now, ...changes }) })
    }
  }

  async #applyAlternative(alternative: AlternativePreferences): Promise<void> {
    const { downloadBps, uploadBps, isOn, isScheduled, spans = [spanOf(alternative)] } = alternative
    const schedule = isScheduled ? spans : []
    await this.#session.command({ type: 'set-alternative-limits', limits: { downloadBps, uploadBps, schedule } })
    await this.#session.command({ type: 'alternative-limits', use: isOn ? 'on' : 'schedule' })
  }
}

/** What is in force of a limit, 0 = nothing. */
export function bpsOf(limit: OwnLimit | undefined): number {
  return limit?.isOn === true ? limit.bps : 0
}

function queueLimitsOf({ downloadQueue, seedQueue, maxActive }: Preferences): QueueLimits {
  return {
    ...(maxActive === undefined ? {} : { maxActive }),
    ...(downloadQueue.isOn ? { maxActiveDownloads: downloadQueue.value } : {}),
    ...(seedQueue.isOn ? { maxActiveSeeds: seedQueue.value } : {}),
  }
}

function spanOf({ beginMinute, endMinute, days }: AlternativePreferences): WeeklySpan {
  return {
    days: [0, 1, 2, 3, 4, 5, 6].filter((day) => (days & (1 << day)) !== 0),
    from: timeOf(beginMinute),
    to: timeOf(endMinute),
  }
}

function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

function timeOf(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
