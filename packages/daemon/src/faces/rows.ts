// A torrent as a row of a list: what the engine knows, in the words of the faces.

import type { TorrentSnapshot } from '@ccbt/core'
import type { Phase, TorrentRow } from '@ccbt/rpc-client'

import type { EngineTorrent } from '../engine/engine-torrent.ts'

/** The row of a torrent as it is now. */
export function rowOf(torrent: EngineTorrent): TorrentRow {
  const { id, infoHash, settings, history, totalLength } = torrent
  const snapshot = torrent.snapshot()
  const { addedAtMs, completedAtMs, activeAtMs } = history
  return {
    id,
    infoHash,
    name: snapshot?.name ?? torrent.name,
    phase: phaseOf(torrent, snapshot),
    error: torrent.error ?? snapshot?.error ?? '',
    labels: settings.labels,
    directory: settings.directory,
    totalLength,
    ...amountsOf(snapshot),
    ...swarmOf(snapshot),
    isPrivate: snapshot?.isPrivate ?? false,
    queuePosition: 0,
    downloadLimitBps: 0,
    uploadLimitBps: 0,
    addedAtMs,
    completedAtMs,
    activeAtMs,
  }
}

type Amounts = Pick<
  TorrentRow,
  'wantedLength' | 'wantedDone' | 'progress' | 'downloadBps' | 'uploadBps' | 'downloaded' | 'uploaded' | 'etaS'
>

function amountsOf(snapshot: TorrentSnapshot | undefined): Amounts {
  if (snapshot === undefined) {
    const none = { wantedLength: 0, wantedDone: 0, progress: 0, downloadBps: 0, uploadBps: 0 }
    return { ...none, downloaded: 0, uploaded: 0, etaS: -1 }
  }
  const { wantedLength, wantedDone, downloadBps, uploadBps, downloaded, uploaded, etaS = -1 } = snapshot
  return {
    wantedLength,
    wantedDone,
    progress: progressOf(snapshot),
    downloadBps: Math.round(downloadBps),
    uploadBps: Math.round(uploadBps),
    downloaded,
    uploaded,
    etaS,
  }
}

type SwarmFacts = Pick<TorrentRow, 'connections' | 'seeders' | 'leechers' | 'trackerHost'>

function swarmOf(snapshot: TorrentSnapshot | undefined): SwarmFacts {
  const trackers = snapshot?.trackers ?? []
  return {
    connections: snapshot?.connections ?? 0,
    seeders: Math.max(-1, ...trackers.map(({ seeders = -1 }) => seeders)),
    leechers: Math.max(-1, ...trackers.map(({ leechers = -1 }) => leechers)),
    trackerHost: hostOf(trackers[0]?.url ?? ''),
  }
}

function phaseOf(torrent: EngineTorrent, snapshot: TorrentSnapshot | undefined): Phase {
  if (torrent.error !== undefined) return 'failed'
  return snapshot?.phase ?? 'starting'
}

function progressOf({ phase, checked, pieces, metadata, wantedDone, wantedLength }: TorrentSnapshot): number {
  if (phase === 'checking') return shareOf(checked, pieces)
  if (phase === 'metadata') return shareOf(metadata?.piecesDone ?? 0, metadata?.pieces ?? 0)
  return shareOf(wantedDone, wantedLength)
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
