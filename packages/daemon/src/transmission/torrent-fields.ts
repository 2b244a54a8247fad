// The fields of `torrent-get` (Transmission's rpc-spec, version 17), one function each. Whole numbers everywhere: real
// clients drop a torrent silently when one is a fraction, null or missing; -1 and -2 stand for "none" and "unknown".

import type { TorrentPhase, TorrentSnapshot } from '@ccbt/core'
import { formatMagnet, magnetOf } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'

import type { EngineTorrent } from '../engine/engine-torrent.ts'

/** What the fields of one torrent are made of; each part is fetched once, and only when a field asks. */
export interface FieldSource {
  readonly torrent: EngineTorrent
  readonly snapshot: TorrentSnapshot | undefined
  readonly metainfo: () => Metainfo | undefined
}

type Field = (source: FieldSource) => unknown

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

/** Every field by its name. */
export const TORRENT_FIELDS: Readonly<Record<string, Field>> = {
  id: ({ torrent }) => torrent.id,
  hashString: ({ torrent }) => torrent.infoHash,
  name: ({ torrent, snapshot }) => snapshot?.name ?? torrent.name,
  status: ({ snapshot }) => (snapshot === undefined ? STATUS.stopped : statusOf(snapshot)),
  error: (source) => (errorOf(source) === '' ? 0 : LOCAL_ERROR),
  errorString: errorOf,
  downloadDir: ({ torrent }) => torrent.settings.directory,
  labels: ({ torrent }) => torrent.settings.labels,
  totalSize: ({ torrent }) => torrent.totalLength,
  sizeWhenDone: ({ snapshot }) => snapshot?.wantedLength ?? 0,
  leftUntilDone: ({ snapshot }) => (snapshot === undefined ? 0 : snapshot.wantedLength - snapshot.wantedDone),
  haveValid: ({ snapshot }) => snapshot?.wantedDone ?? 0,
  haveUnchecked: () => 0,
  percentDone: ({ snapshot }) => shareOf(snapshot?.wantedDone ?? 0, snapshot?.wantedLength ?? 0),
  recheckProgress: ({ snapshot }) => (snapshot?.phase === 'checking' ? shareOf(snapshot.checked, snapshot.pieces) : 0),
  rateDownload: ({ snapshot }) => Math.round(snapshot?.downloadBps ?? 0),
  rateUpload: ({ snapshot }) => Math.round(snapshot?.uploadBps ?? 0),
  downloadedEver: ({ snapshot }) => snapshot?.downloaded ?? 0,
  uploadedEver: ({ snapshot }) => snapshot?.uploaded ?? 0,
  corruptEver: ({ snapshot }) => snapshot?.wasted.hashFailed ?? 0,
  uploadRatio: ({ snapshot }) => ratioOf(snapshot),
  eta: ({ snapshot }) => snapshot?.etaS ?? (snapshot?.phase === 'seeding' ? -1 : -2),
  isFinished: ({ snapshot }) => snapshot?.phase === 'finished',
  isPrivate: ({ snapshot }) => snapshot?.isPrivate ?? false,
  peersConnected: ({ snapshot }) => snapshot?.connections ?? 0,
  peersSendingToUs: ({ snapshot }) => snapshot?.peers.filter((peer) => peer.downloadBps > 0).length ?? 0,
  peersGettingFromUs: ({ snapshot }) => snapshot?.peers.filter((peer) => peer.uploadBps > 0).length ?? 0,
  pieceCount: ({ snapshot }) => snapshot?.pieces ?? 0,
  pieceSize: ({ metainfo }) => metainfo()?.pieceLength ?? 0,
  pieces: ({ torrent }) => Buffer.from(torrent.handle?.have ?? []).toString('base64'),
  magnetLink: ({ torrent, metainfo }) => {
    const known = metainfo()
    return known === undefined ? `magnet:?xt=urn:btih:${torrent.infoHash}` : formatMagnet(magnetOf(known))
  },
  addedDate: ({ torrent }) => seconds(torrent.history.addedAtMs),
  activityDate: ({ torrent }) => seconds(torrent.history.activeAtMs),
  doneDate: ({ torrent }) => seconds(torrent.history.completedAtMs),
  secondsDownloading: ({ torrent }) => torrent.history.downloadingS,
  secondsSeeding: ({ torrent }) => torrent.history.seedingS,
}

function statusOf({ phase, wantedDone, wantedLength }: TorrentSnapshot): number {
  if (phase !== 'queued') return BY_PHASE[phase]
  return wantedDone === wantedLength ? STATUS.seedWaiting : STATUS.downloadWaiting
}

function errorOf({ torrent, snapshot }: FieldSource): string {
  return torrent.error ?? snapshot?.error ?? ''
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function ratioOf(snapshot: TorrentSnapshot | undefined): number {
  if (snapshot === undefined || snapshot.totalLength === 0) return -1
  return snapshot.uploaded / snapshot.totalLength
}
