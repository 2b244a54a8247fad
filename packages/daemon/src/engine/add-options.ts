// What the session is told of a torrent, out of what the user decided.

import type { AddOptions } from '@ccbt/core'

import type { OwnGoal, OwnLimit, TorrentSettings } from '../state/torrent-record.ts'
import { NOT_CONFIGURED } from './configured.ts'
import type { ConfiguredTorrent } from './configured.ts'
import type { Preferences, Switched } from './preferences.ts'

const MINUTE_MS = 60_000

/** The options of a torrent as it is started: what the user decided goes before what the configuration says. */
export function addOptionsOf(
  settings: TorrentSettings,
  preferences: Preferences,
  configured: ConfiguredTorrent = NOT_CONFIGURED,
): AddOptions {
  const { options } = configured
  const { directory, incompleteDirectory, isPaused, labels, isForced } = settings
  const { seedRatio: _, seedTimeMs: __, seedIdleMs: ___, seedGoalAction: ____, ...others } = options
  const [label] = labels
  return {
    ...others,
    directory: incompleteDirectory ?? directory,
    paused: isPaused,
    downloadLimitBps: limitOf(settings.downloadLimit, options.downloadLimitBps),
    uploadLimitBps: limitOf(settings.uploadLimit, options.uploadLimitBps),
    maxPeers: settings.maxPeers ?? options.maxPeers ?? preferences.maxPeersPerTorrent,
    ...goalsOf(settings, preferences, configured),
    ...(label === undefined ? {} : { label }),
    ...wishOf(settings),
    ...(settings.sequential === true ? { strategy: 'sequential' as const } : {}),
    ...(settings.firstLastFirst === undefined ? {} : { firstLastFirst: settings.firstLastFirst }),
    ...(settings.superSeed === undefined ? {} : { superSeed: settings.superSeed }),
    ...(isForced === undefined ? {} : { forceStart: isForced }),
  }
}

/** One that is switched off is taken back. */
function limitOf(own: OwnLimit | undefined, configuredBps = 0): number {
  return own?.isOn === true ? own.bps : configuredBps
}

/** Which files are wanted, and how much. */
function wishOf({ select, priorities }: TorrentSettings): Pick<AddOptions, 'select' | 'priorities'> {
  if (priorities !== undefined) return { priorities: filePriorities(priorities, select) }
  return select === undefined ? {} : { select }
}

/** One for each file: that of a file which is not selected is 0. */
export function filePriorities(priorities: readonly number[], select: readonly number[] | undefined): number[] {
  const selected = select === undefined ? undefined : new Set(select)
  return priorities.map((priority, index) => (selected?.has(index) === false ? 0 : priority))
}

type Goals = Pick<AddOptions, 'seedRatio' | 'seedIdleMs' | 'seedTimeMs' | 'seedGoalAction'>
type AnyGoals = { readonly [key in keyof Goals]: Goals[key] | undefined }

/** The part of the options that is about goals. */
export function goalsIn({ seedRatio, seedTimeMs, seedIdleMs, seedGoalAction }: AnyGoals): Goals {
  return {
    ...(seedRatio === undefined ? {} : { seedRatio }),
    ...(seedTimeMs === undefined ? {} : { seedTimeMs }),
    ...(seedIdleMs === undefined ? {} : { seedIdleMs }),
    ...(seedGoalAction === undefined ? {} : { seedGoalAction }),
  }
}

/** When a torrent has seeded enough. */
function goalsOf(settings: TorrentSettings, preferences: Preferences, configured: ConfiguredTorrent): Goals {
  const { options, general = {} } = configured
  const ratio = options.seedRatio ?? valueOf(preferences.ratioGoal) ?? general.seedRatio
  const idleMs = options.seedIdleMs ?? valueOf(preferences.idleGoal, MINUTE_MS) ?? general.seedIdleMs
  return goalsIn({
    seedRatio: goalOf(settings.ratioGoal, 1, ratio),
    seedIdleMs: goalOf(settings.idleGoal, MINUTE_MS, idleMs),
    seedTimeMs: goalOf(settings.timeGoal, MINUTE_MS, options.seedTimeMs),
    seedGoalAction: options.seedGoalAction,
  })
}

function goalOf(own: OwnGoal | undefined, unit: number, otherwise: number | undefined): number | undefined {
  if (own?.mode === 'own') return own.limit * unit
  return own?.mode === 'none' ? undefined : otherwise
}

function valueOf({ isOn, value }: Switched, unit = 1): number | undefined {
  return isOn ? value * unit : undefined
}
