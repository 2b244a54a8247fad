// The fields of `torrent-get` that are what the user decided. Transmission counts limits in thousands of bytes per second.

import type { OwnGoal, OwnLimit } from '../state/torrent-record.ts'
import type { Field } from './field-source.ts'

/** What Transmission calls a kilobyte per second. */
export const SPEED_BYTES = 1000

/** Whose seeding goal holds: the session's, one of its own, none. */
export const GOAL_MODES = ['session', 'own', 'none'] as const

/** Every field by its name. */
export const SETTING_FIELDS: Readonly<Record<string, Field>> = {
  downloadDir: ({ torrent }) => torrent.settings.directory,
  labels: ({ torrent }) => torrent.settings.labels,
  group: () => '',
  bandwidthPriority: () => 0,
  honorsSessionLimits: () => true,
  sequentialDownload: ({ torrent }) => torrent.settings.sequential ?? false,
  queuePosition: ({ summary }) => summary?.queue?.position ?? 0,
  downloadLimit: ({ torrent }) => kilobytesOf(torrent.settings.downloadLimit),
  downloadLimited: ({ torrent }) => torrent.settings.downloadLimit?.isOn ?? false,
  uploadLimit: ({ torrent }) => kilobytesOf(torrent.settings.uploadLimit),
  uploadLimited: ({ torrent }) => torrent.settings.uploadLimit?.isOn ?? false,
  seedRatioLimit: ({ torrent, preferences }) => torrent.settings.ratioGoal?.limit ?? preferences.ratioGoal.value,
  seedRatioMode: ({ torrent }) => modeOf(torrent.settings.ratioGoal),
  seedIdleLimit: ({ torrent, preferences }) => torrent.settings.idleGoal?.limit ?? preferences.idleGoal.value,
  seedIdleMode: ({ torrent }) => modeOf(torrent.settings.idleGoal),
  'peer-limit': ({ torrent, preferences }) => torrent.settings.maxPeers ?? preferences.maxPeersPerTorrent,
  maxConnectedPeers: ({ torrent, preferences }) => torrent.settings.maxPeers ?? preferences.maxPeersPerTorrent,
}

function kilobytesOf(limit: OwnLimit | undefined): number {
  return Math.round((limit?.bps ?? 0) / SPEED_BYTES)
}

function modeOf(goal: OwnGoal | undefined): number {
  return GOAL_MODES.indexOf(goal?.mode ?? 'session')
}
