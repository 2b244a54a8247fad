// A torrent as `torrents/info` and `sync/maindata` have it. Times are seconds since 1970, -1 = never; rates bytes per second.
// One pass over thousands of torrents asks this of each: nothing in it reads a torrent file.

import { join } from 'node:path'

import type { TorrentSummary } from '@ccbt/core'
import type { Metainfo } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { bpsOf } from '../engine/preferences.ts'
import type { OwnGoal } from '../state/torrent-record.ts'
import type { LabelBook } from './label-book.ts'
import { isDone, stateOf } from './torrent-state.ts'

/** What stands for no or an unknown time to go: 100 days. */
const ETA_UNKNOWN_S = 8_640_000
/** Limits of seeding: that of the session, and none. */
const LIMIT_OF_SESSION = -2
const NO_LIMIT = -1
/** As high as a ratio is told. */
const MAX_RATIO = 9999

/** A torrent's row. */
export interface TorrentInfo {
  readonly [field: string]: string | number | boolean
}

/** The row of a torrent as it is now. */
export function infoOf(torrent: EngineTorrent, labels: LabelBook): TorrentInfo {
  const summary = torrent.summary()
  const { settings } = torrent
  const { category, tags } = labels.of(torrent)
  return {
    ...identityOf(torrent, summary),
    ...progressOf(torrent, summary),
    ...trafficOf(torrent, summary),
    ...historyOf(torrent, summary),
    ...goalsOf(torrent),
    state: stateOf(torrent, summary),
    category,
    tags: tags.join(', '),
    priority: isDone(summary) ? 0 : (summary?.queue?.position ?? -1) + 1,
    seq_dl: settings.sequential ?? false,
    f_l_piece_prio: settings.firstLastFirst ?? false,
    force_start: settings.isForced ?? false,
    super_seeding: settings.superSeed ?? false,
    auto_tmm: false,
    dl_limit: bpsOf(settings.downloadLimit),
    up_limit: bpsOf(settings.uploadLimit),
  }
}

/** Names and places. */
function identityOf(torrent: EngineTorrent, summary: TorrentSummary | undefined): TorrentInfo {
  const { infoHash, name, settings } = torrent
  const metainfo = torrent.handle?.metainfo
  const trackers = knownTrackers(torrent).flat()
  return {
    hash: infoHash,
    ...hashesOf(infoHash, metainfo),
    name,
    magnet_uri: magnetUri(infoHash, name, trackers),
    save_path: settings.directory,
    download_path: settings.incompleteDirectory ?? '',
    ...contentPlace(torrent),
    tracker: trackers[0] ?? '',
    trackers_count: trackers.length,
    private: summary?.isPrivate ?? false,
    has_metadata: torrent.totalLength > 0,
    comment: metainfo?.comment ?? '',
  }
}

const NO_TRACKERS: readonly (readonly string[])[] = []

/** Tiers of its trackers, as far as they are in memory; the same list as long as they stay the same. */
export function knownTrackers({
  settings,
  handle,
}: Pick<EngineTorrent, 'settings' | 'handle'>): readonly (readonly string[])[] {
  return settings.trackers ?? handle?.metainfo?.trackers ?? NO_TRACKERS
}

function magnetUri(infoHash: string, name: string, trackers: readonly string[]): string {
  const parameter = (key: string, value: string): string => `&${key}=${encodeURIComponent(value.toWellFormed())}`
  return `magnet:?xt=urn:btih:${infoHash}${parameter('dn', name)}${trackers.map((url) => parameter('tr', url)).join('')}`
}

function hashesOf(infoHash: string, metainfo: Metainfo | undefined): { infohash_v1: string; infohash_v2: string } {
  const { kind, infoHashV2 } = metainfo ?? {}
  return { infohash_v1: kind === 'v2' ? '' : infoHash, infohash_v2: infoHashV2 === undefined ? '' : toHex(infoHashV2) }
}

/** Where the data is: a file or folder in the folder of the torrent, which may have got another name. */
function contentPlace({ handle, contentName, settings }: EngineTorrent): { content_path: string; root_path: string } {
  const path = handle?.files()[0]?.path ?? []
  const content = join(settings.incompleteDirectory ?? settings.directory, path[0] ?? contentName)
  return { content_path: content, root_path: path.length > 1 ? content : '' }
}

function progressOf({ totalLength }: EngineTorrent, summary: TorrentSummary | undefined): TorrentInfo {
  const { wantedLength = totalLength, wantedDone = 0, piecesDone = 0, pieces = 0 } = summary ?? {}
  return {
    size: wantedLength,
    total_size: totalLength,
    completed: wantedDone,
    amount_left: wantedLength - wantedDone,
    progress: wantedLength === 0 ? 0 : wantedDone / wantedLength,
    availability: pieces === 0 ? -1 : piecesDone / pieces,
    eta: summary?.etaS === undefined || isDone(summary) ? ETA_UNKNOWN_S : summary.etaS,
  }
}

function trafficOf(torrent: EngineTorrent, summary: TorrentSummary | undefined): TorrentInfo {
  const { seeders, leechers } = torrent.crowd()
  const { downloadBps = 0, uploadBps = 0, downloaded = 0, uploaded = 0, connections = 0, sending = 0 } = summary ?? {}
  const num_seeds = Math.min(sending, connections)
  return {
    dlspeed: Math.round(downloadBps),
    upspeed: Math.round(uploadBps),
    downloaded,
    uploaded,
    downloaded_session: downloaded,
    uploaded_session: uploaded,
    ratio: ratioOf(summary),
    popularity: popularityOf(torrent, summary),
    num_seeds,
    num_leechs: connections - num_seeds,
    num_complete: Math.max(0, seeders),
    num_incomplete: Math.max(0, leechers),
  }
}

/** Bytes up per byte down, or per byte that was there. */
function ratioOf(summary: TorrentSummary | undefined): number {
  if (summary === undefined) return 0
  const whole = summary.downloaded > 0 ? summary.downloaded : summary.wantedDone
  if (whole === 0) return summary.uploaded > 0 ? MAX_RATIO : 0
  return Math.min(summary.uploaded / whole, MAX_RATIO)
}

const MONTH_S = 30 * 86_400

/** Ratio per month of activity. */
function popularityOf({ history }: EngineTorrent, summary: TorrentSummary | undefined): number {
  const activeS = history.downloadingS + history.seedingS
  return activeS === 0 ? 0 : Math.min((ratioOf(summary) * MONTH_S) / activeS, MAX_RATIO)
}

function historyOf({ history }: EngineTorrent, summary: TorrentSummary | undefined): TorrentInfo {
  const { addedAtMs, completedAtMs, activeAtMs, downloadingS, seedingS } = history
  return {
    added_on: seconds(addedAtMs),
    completion_on: isDone(summary) ? seconds(completedAtMs) : -1,
    last_activity: seconds(activeAtMs === 0 ? addedAtMs : activeAtMs),
    seen_complete: seconds(completedAtMs),
    seeding_time: Math.floor(seedingS),
    time_active: Math.floor(downloadingS + seedingS),
  }
}

/** Seconds since 1970; -1 = never. */
function seconds(ms: number): number {
  return ms === 0 ? -1 : Math.floor(ms / 1000)
}

function goalsOf({ settings: { ratioGoal, timeGoal, idleGoal } }: EngineTorrent): TorrentInfo {
  return {
    ratio_limit: limitOf(ratioGoal),
    seeding_time_limit: limitOf(timeGoal),
    inactive_seeding_time_limit: limitOf(idleGoal),
    max_ratio: ownOf(ratioGoal),
    max_seeding_time: ownOf(timeGoal),
    max_inactive_seeding_time: ownOf(idleGoal),
  }
}

function limitOf(goal: OwnGoal | undefined): number {
  if (goal === undefined || goal.mode === 'session') return LIMIT_OF_SESSION
  return ownOf(goal)
}

function ownOf(goal: OwnGoal | undefined): number {
  return goal?.mode === 'own' ? goal.limit : NO_LIMIT
}

/** A goal as a request gives it; absent when it gives none. */
export function goalOfLimit(limit: number | undefined): OwnGoal | undefined {
  if (limit === undefined) return undefined
  if (limit >= 0) return { mode: 'own', limit }
  return { mode: limit === LIMIT_OF_SESSION ? 'session' : 'none', limit: 0 }
}
