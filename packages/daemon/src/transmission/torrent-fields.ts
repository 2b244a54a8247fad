// The fields of `torrent-get` (Transmission's rpc-spec, version 17), one function each. Whole numbers everywhere: real
// clients drop a torrent silently when one is a fraction, null or missing; -1 and -2 stand for "none" and "unknown".

import type { TorrentPhase, TorrentSummary } from '@ccbt/core'
import { formatMagnet, magnetOf } from '@ccbt/metainfo'

import type { Field, FieldSource } from './field-source.ts'
import { FILE_FIELDS } from './file-fields.ts'
import { PEER_FIELDS } from './peer-fields.ts'
import { SETTING_FIELDS } from './setting-fields.ts'
import { TRACKER_FIELDS } from './tracker-fields.ts'

const STATUS = { stopped: 0, checking: 2, downloadWaiting: 3, downloading: 4, seedWaiting: 5, seeding: 6 } as const

const BY_PHASE: Readonly<Record<Exclude<TorrentPhase, 'queued'>, number>> = {
  metadata: STATUS.downloading,
  checking: STATUS.checking,
  downloading: STATUS.downloading,
  seeding: STATUS.seeding,
  finished: STATUS.stopped,
  paused: STATUS.stopped,
  failed: STATUS.stopped,
}

/** Error codes of Transmission: 0 none, 3 local. */
const LOCAL_ERROR = 3
/** So long nothing moves before a torrent counts as stalled; as in the queue. */
const STALL_MS = 60_000
/** Bytes uploaded and none downloaded. */
const RATIO_INFINITE = -2
const RATIO_UNKNOWN = -1
const ETA_NONE = -1
const ETA_UNKNOWN = -2

/** What a torrent is, and how far it is. */
const STATE_FIELDS: Readonly<Record<string, Field>> = {
  id: ({ torrent }) => torrent.id,
  hashString: ({ torrent }) => torrent.infoHash,
  name: ({ torrent, summary }) => summary?.name ?? torrent.contentName,
  status: ({ summary }) => (summary === undefined ? STATUS.stopped : statusOf(summary)),
  error: (source) => (errorOf(source) === '' ? 0 : LOCAL_ERROR),
  errorString: errorOf,
  totalSize: ({ torrent }) => torrent.totalLength,
  sizeWhenDone: ({ summary }) => summary?.wantedLength ?? 0,
  leftUntilDone: ({ summary }) => (summary === undefined ? 0 : summary.wantedLength - summary.wantedDone),
  desiredAvailable: (source) => availableOf(source),
  haveValid: ({ summary }) => summary?.wantedDone ?? 0,
  haveUnchecked: () => 0,
  percentDone: ({ summary }) => shareOf(summary?.wantedDone ?? 0, summary?.wantedLength ?? 0),
  percentComplete: ({ summary }) => shareOf(summary?.piecesDone ?? 0, summary?.pieces ?? 0),
  metadataPercentComplete: ({ summary }) => metadataOf(summary),
  recheckProgress: ({ summary }) => (summary?.phase === 'checking' ? shareOf(summary.checked, summary.pieces) : 0),
  rateDownload: ({ summary }) => Math.round(summary?.downloadBps ?? 0),
  rateUpload: ({ summary }) => Math.round(summary?.uploadBps ?? 0),
  downloadedEver: ({ summary }) => summary?.downloaded ?? 0,
  uploadedEver: ({ summary }) => summary?.uploaded ?? 0,
  corruptEver: ({ snapshot }) => snapshot()?.wasted.hashFailed ?? 0,
  uploadRatio: ({ summary }) => ratioOf(summary),
  eta: ({ summary }) => summary?.etaS ?? (isIncoming(summary?.phase) ? ETA_UNKNOWN : ETA_NONE),
  etaIdle: () => ETA_NONE,
  isFinished: ({ summary }) => summary?.phase === 'finished',
  isStalled: (source) => isStalled(source),
  isPrivate: ({ summary }) => summary?.isPrivate ?? false,
  pieceCount: ({ summary }) => summary?.pieces ?? 0,
  pieceSize: ({ metainfo }) => metainfo()?.pieceLength ?? 0,
  pieces: ({ torrent }) => Buffer.from(torrent.handle?.have ?? []).toString('base64'),
  comment: ({ metainfo }) => metainfo()?.comment ?? '',
  creator: ({ metainfo }) => metainfo()?.createdBy ?? '',
  dateCreated: ({ metainfo }) => metainfo()?.creationDate ?? 0,
  source: ({ metainfo }) => metainfo()?.source ?? '',
  'primary-mime-type': () => 'application/octet-stream',
  torrentFile: () => '',
  magnetLink: ({ torrent, metainfo }) => {
    const known = metainfo()
    return known === undefined ? `magnet:?xt=urn:btih:${torrent.infoHash}` : formatMagnet(magnetOf(known))
  },
  addedDate: ({ torrent }) => seconds(torrent.history.addedAtMs),
  activityDate: ({ torrent }) => seconds(torrent.history.activeAtMs),
  doneDate: ({ torrent }) => seconds(torrent.history.completedAtMs),
  startDate: ({ torrent }) => seconds(torrent.startedAtMs),
  editDate: () => 0,
  secondsDownloading: ({ torrent }) => Math.floor(torrent.history.downloadingS),
  secondsSeeding: ({ torrent }) => Math.floor(torrent.history.seedingS),
}

/** Every field by its name. */
export const TORRENT_FIELDS: Readonly<Record<string, Field>> = {
  ...STATE_FIELDS,
  ...SETTING_FIELDS,
  ...FILE_FIELDS,
  ...PEER_FIELDS,
  ...TRACKER_FIELDS,
}

function statusOf({ phase, wantedDone, wantedLength }: TorrentSummary): number {
  if (phase !== 'queued') return BY_PHASE[phase]
  return wantedDone === wantedLength ? STATUS.seedWaiting : STATUS.downloadWaiting
}

function isIncoming(phase: TorrentPhase | undefined): boolean {
  return phase === 'downloading' || phase === 'metadata'
}

function errorOf({ torrent, summary }: FieldSource): string {
  return torrent.error ?? torrent.heldBecause ?? summary?.error ?? ''
}

/** All that is missing when somebody connected has everything: what the others have together is not counted. */
function availableOf({ summary, snapshot }: FieldSource): number {
  if (summary === undefined || summary.wantedDone === summary.wantedLength) return 0
  const hasAll = snapshot()?.peers.some(({ progress }) => progress === 1) === true
  return hasAll ? summary.wantedLength - summary.wantedDone : 0
}

function metadataOf(summary: TorrentSummary | undefined): number {
  if (summary?.metadata === undefined) return summary === undefined || summary.pieces > 0 ? 1 : 0
  return shareOf(summary.metadata.piecesDone, summary.metadata.pieces)
}

function isStalled({ torrent, summary }: FieldSource): boolean {
  if (summary?.phase !== 'downloading' && summary?.phase !== 'seeding') return false
  return Date.now() - Math.max(torrent.history.activeAtMs, torrent.startedAtMs) >= STALL_MS
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function ratioOf(summary: TorrentSummary | undefined): number {
  if (summary === undefined) return RATIO_UNKNOWN
  const whole = summary.downloaded > 0 ? summary.downloaded : summary.wantedDone
  if (whole > 0) return summary.uploaded / whole
  return summary.uploaded > 0 ? RATIO_INFINITE : RATIO_UNKNOWN
}
