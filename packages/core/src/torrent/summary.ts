// A torrent in numbers. One at rest gives the same object as long as nothing changes: whoever looks at thousands sees by
// that what has, and makes nothing for the others.

import type { CcbtError } from '@ccbt/primitives'

import type { SessionShared } from '../session/shared.ts'
import type { TorrentPhase, TorrentSummary } from '../snapshot.ts'
import type { Contents } from './contents.ts'
import type { LiveTorrent } from './live-torrent.ts'
import type { Totals } from './persistence.ts'
import type { Swarm } from '../swarm/swarm.ts'

/** What the snapshot and the summary of a torrent are made of. */
export interface TorrentState {
  readonly infoHash: string
  readonly shared: Pick<SessionShared, 'limits' | 'place'>
  readonly contents: Contents
  readonly directory: string
  readonly phase: TorrentPhase
  readonly error: CcbtError | undefined
  readonly totals: Totals
  /** Absent while the torrent does not run. */
  readonly live: LiveTorrent | undefined
}

/** The summary of before, when it still holds and there is no swarm to look into, else a new one. */
export function summaryAfter(before: TorrentSummary | undefined, state: TorrentState): TorrentSummary {
  const isStill = before !== undefined && state.live?.swarm === undefined && isSameRest(before, state)
  return isStill ? before : summarizeTorrent(state)
}

/** All that can change of a torrent without a swarm. */
function isSameRest(
  before: TorrentSummary,
  { phase, directory, error, totals, contents, shared }: TorrentState,
): boolean {
  return (
    before.phase === phase &&
    before.directory === directory &&
    before.error === error?.message &&
    before.downloaded === totals.downloaded &&
    before.uploaded === totals.uploaded &&
    before.queue === shared.place() &&
    isSameTraffic(before, NO_TRAFFIC) &&
    isSameContents(before, contents) &&
    isSameManagement(before, shared.limits)
  )
}

function isSameTraffic(a: Traffic, b: Traffic): boolean {
  const isSamePeers = a.connections === b.connections && a.sending === b.sending && a.receiving === b.receiving
  return isSamePeers && a.downloadBps === b.downloadBps && a.uploadBps === b.uploadBps
}

function isSameContents(before: TorrentSummary, { picker, progress, checked }: Contents): boolean {
  const isSameLength = before.wantedLength === progress.wanted && before.wantedDone === progress.done
  return isSameLength && before.piecesDone === picker.have.count && before.checked === checked
}

function isSameManagement(before: TorrentSummary, { label, rates }: SessionShared['limits']): boolean {
  const { downloadLimitBps = 0, uploadLimitBps = 0 } = before
  return before.label === label && downloadLimitBps === rates.downloadBps && uploadLimitBps === rates.uploadBps
}

/** A torrent with metadata in numbers. Made for each of thousands when somebody looks: it is written out for speed. */
export function summarizeTorrent(state: TorrentState): TorrentSummary {
  const { error, totals } = state
  const { metainfo, picker, progress, checked } = state.contents
  const { downloadBps, uploadBps, connections, sending, receiving } = trafficOf(state.live?.swarm)
  const summary: Writable<TorrentSummary> = {
    infoHash: state.infoHash,
    name: metainfo.name,
    directory: state.directory,
    phase: state.phase,
    queue: state.shared.place(),
    pieces: progress.layout.pieces,
    piecesDone: picker.have.count,
    wantedLength: progress.wanted,
    wantedDone: progress.done,
    totalLength: metainfo.totalLength,
    checked,
    downloadBps,
    uploadBps,
    connections,
    sending,
    receiving,
    downloaded: totals.downloaded,
    uploaded: totals.uploaded,
    isPrivate: metainfo.isPrivate,
  }
  const { label, rates } = state.shared.limits
  if (label !== undefined) summary.label = label
  if (rates.downloadBps !== 0) summary.downloadLimitBps = rates.downloadBps
  if (rates.uploadBps !== 0) summary.uploadLimitBps = rates.uploadBps
  if (error !== undefined) summary.error = error.message
  if (downloadBps > 0 && progress.left > 0) summary.etaS = Math.ceil(progress.left / downloadBps)
  return summary
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

type Traffic = Pick<TorrentSummary, 'downloadBps' | 'uploadBps' | 'connections' | 'sending' | 'receiving'>

const NO_TRAFFIC: Traffic = { downloadBps: 0, uploadBps: 0, connections: 0, sending: 0, receiving: 0 }

function trafficOf(swarm: Swarm | undefined): Traffic {
  if (swarm === undefined) return NO_TRAFFIC
  const traffic = { ...NO_TRAFFIC, downloadBps: swarm.webSeeds.downloadBps, connections: swarm.connections.size }
  for (const { downloadMeter, uploadMeter } of swarm.connections) {
    traffic.downloadBps += downloadMeter.bps
    traffic.uploadBps += uploadMeter.bps
    if (downloadMeter.bps > 0) traffic.sending++
    if (uploadMeter.bps > 0) traffic.receiving++
  }
  return traffic
}
