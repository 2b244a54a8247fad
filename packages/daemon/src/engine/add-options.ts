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
  { options }: ConfiguredTorrent = NOT_CONFIGURED,
): AddOptions {
  const { directory, incompleteDirectory, isPaused, labels, isForced } = settings
  const { seedRatio: _, seedTimeMs: __, seedIdleMs: ___, ...others } = options
  const [label] = labels
  return {
    ...others,
    directory: incompleteDirectory ?? directory,
    paused: isPaused,
    downloadLimitBps: limitOf(settings.downloadLimit, options.downloadLimitBps),
    uploadLimitBps: limitOf(settings.uploadLimit, options.uploadLimitBps),
    maxPeers: settings.maxPeers ?? options.maxPeers ?? preferences.maxPeersPerTorrent,
    ...goalsOf(settings, preferences, options),
    ...(label === undefined ? {} : { label }),
    ...wishOf(settings),
    ...(settings.sequential === true ? { strategy: 'sequential' as const } : {}),
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

/** When a torrent has seeded enough: by the user, by the configuration of it, by the preferences of all. */
function goalsOf(settings: TorrentSettings, preferences: Preferences, configured: Goals): Goals {
  const { ratioGoal, idleGoal, timeGoal } = settings
  const seedRatio = goalOf(ratioGoal, 1, configured.seedRatio ?? valueOf(preferences.ratioGoal))
  const seedIdleMs = goalOf(idleGoal, MINUTE_MS, configured.seedIdleMs ?? valueOf(preferences.idleGoal, MINUTE_MS))
  const seedTimeMs = goalOf(timeGoal, MINUTE_MS, configured.seedTimeMs)
  return goalsIn({ seedRatio, seedIdleMs, seedTimeMs })
}

function goalOf(own: OwnGoal | undefined, unit: number, otherwise: number | undefined): number | undefined {
  if (own?.mode === 'own') return own.limit * unit
  return own?.mode === 'none' ? undefined : otherwise
}

function valueOf({ isOn, value }: Switched, unit = 1): number | undefined {
  return isOn ? value * unit : undefined
}
