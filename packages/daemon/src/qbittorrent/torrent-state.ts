// The state of a torrent in qBittorrent's words. Clients take a word that they do not know for a download.

import type { TorrentPhase, TorrentSummary } from '@ccbt/core'

import type { EngineTorrent } from '../engine/engine-torrent.ts'

/** Every word that is used. */
export type TorrentState =
  | 'error'
  | 'uploading'
  | 'forcedUP'
  | 'stalledUP'
  | 'queuedUP'
  | 'checkingUP'
  | 'stoppedUP'
  | 'downloading'
  | 'forcedDL'
  | 'stalledDL'
  | 'queuedDL'
  | 'checkingDL'
  | 'stoppedDL'
  | 'metaDL'
  | 'forcedMetaDL'
  | 'checkingResumeData'

/** Whether everything that is wanted is there. */
export function isDone(summary: TorrentSummary | undefined): boolean {
  return summary !== undefined && summary.pieces > 0 && summary.wantedDone === summary.wantedLength
}

/** What a phase is called. */
interface Words {
  /** While something is missing. */
  readonly part: TorrentState
  /** When all is there. */
  readonly done: TorrentState
  /** While this rate is not 0. */
  readonly busy?: { readonly rate: 'downloadBps' | 'uploadBps'; readonly word: TorrentState }
  /** When the torrent need not wait in a queue, whatever it does. */
  readonly forced?: TorrentState
}

const WORDS: Readonly<Record<TorrentPhase, Words>> = {
  failed: { part: 'error', done: 'error' },
  metadata: { part: 'metaDL', done: 'metaDL', forced: 'forcedMetaDL' },
  checking: { part: 'checkingDL', done: 'checkingUP' },
  downloading: {
    part: 'stalledDL',
    done: 'stalledUP',
    busy: { rate: 'downloadBps', word: 'downloading' },
    forced: 'forcedDL',
  },
  seeding: { part: 'stalledUP', done: 'stalledUP', busy: { rate: 'uploadBps', word: 'uploading' }, forced: 'forcedUP' },
  queued: { part: 'queuedDL', done: 'queuedUP' },
  finished: { part: 'stoppedDL', done: 'stoppedUP' },
  paused: { part: 'stoppedDL', done: 'stoppedUP' },
}

/** What a torrent does. One that is held for a reason of ours, such as a full disk, counts as failed. */
export function stateOf(torrent: EngineTorrent, summary: TorrentSummary | undefined): TorrentState {
  const { error, heldBecause, settings, history } = torrent
  if (error !== undefined || heldBecause !== undefined) return 'error'
  if (summary === undefined) return settings.isPaused ? 'stoppedDL' : 'checkingResumeData'
  const { part, done, busy, forced } = WORDS[summary.phase]
  if (settings.isForced === true && forced !== undefined) return forced
  if (busy !== undefined && summary[busy.rate] > 0) return busy.word
  // What is being checked counts as complete when it once was.
  const isComplete = summary.phase === 'checking' ? history.completedAtMs > 0 : isDone(summary)
  return isComplete ? done : part
}

/** Whether a torrent is among those of a filter; all are for a filter that there is not. */
export function matches(filter: string, torrent: EngineTorrent, summary: TorrentSummary | undefined): boolean {
  const state = stateOf(torrent, summary)
  if (Object.hasOwn(FILTERS, filter)) return FILTERS[filter]?.(state, summary) ?? true
  return true
}

const isStopped = (state: TorrentState): boolean => state.startsWith('stopped')
const isActive = (summary: TorrentSummary | undefined): boolean =>
  (summary?.downloadBps ?? 0) > 0 || (summary?.uploadBps ?? 0) > 0

const FILTERS: Readonly<Record<string, (state: TorrentState, summary: TorrentSummary | undefined) => boolean>> = {
  downloading: (_, summary) => !isDone(summary),
  seeding: (state, summary) => isDone(summary) && !isStopped(state) && state !== 'error',
  completed: (_, summary) => isDone(summary),
  stopped: isStopped,
  paused: isStopped,
  running: (state) => !isStopped(state),
  resumed: (state) => !isStopped(state),
  active: (_, summary) => isActive(summary),
  inactive: (_, summary) => !isActive(summary),
  stalled: (state) => state === 'stalledUP' || state === 'stalledDL',
  stalled_uploading: (state) => state === 'stalledUP',
  stalled_downloading: (state) => state === 'stalledDL',
  checking: (state) => state.startsWith('checking'),
  moving: () => false,
  errored: (state) => state === 'error',
}
