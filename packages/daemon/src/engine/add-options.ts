// What the session is told of a torrent, out of what the user decided.

import type { AddOptions, Command } from '@ccbt/core'

import type { OwnGoal, TorrentSettings } from '../state/torrent-record.ts'
import { bpsOf } from './preferences.ts'
import type { Preferences, Switched } from './preferences.ts'

const MINUTE_MS = 60_000

/** The options of a torrent as it is started. */
export function addOptionsOf(settings: TorrentSettings, preferences: Preferences): AddOptions {
  const { directory, incompleteDirectory, isPaused, labels, sequential, isForced } = settings
  const [label] = labels
  return {
    directory: incompleteDirectory ?? directory,
    paused: isPaused,
    downloadLimitBps: bpsOf(settings.downloadLimit),
    uploadLimitBps: bpsOf(settings.uploadLimit),
    maxPeers: settings.maxPeers ?? preferences.maxPeersPerTorrent,
    ...goalsOf(settings, preferences),
    ...(label === undefined ? {} : { label }),
    ...wishOf(settings),
    ...(sequential === undefined ? {} : { sequential }),
    ...(isForced === undefined ? {} : { forceStart: isForced }),
  }
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

type Goals = Omit<Extract<Command, { type: 'seeding-goals' }>, 'type' | 'infoHash'>

/** When a torrent has seeded enough. */
export function goalsOf({ ratioGoal, idleGoal, timeGoal }: TorrentSettings, preferences: Preferences): Goals {
  const ratio = holding(ratioGoal, preferences.ratioGoal)
  const idle = holding(idleGoal, preferences.idleGoal)
  const time = holding(timeGoal, { isOn: false, value: 0 })
  return {
    ...(ratio === undefined ? {} : { seedRatio: ratio }),
    ...(idle === undefined ? {} : { seedIdleMs: idle * MINUTE_MS }),
    ...(time === undefined ? {} : { seedTimeMs: time * MINUTE_MS }),
  }
}

function holding(own: OwnGoal | undefined, ofSession: Switched): number | undefined {
  if (own?.mode === 'own') return own.limit
  return own?.mode === 'none' || !ofSession.isOn ? undefined : ofSession.value
}
