// A torrent as a row of a list: what the engine knows, in the words of the faces.

import type { TorrentSummary } from '@ccbt/core'
import type { Phase, TorrentRow } from '@ccbt/rpc-client'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import type { TrackerFacts } from '../engine/tracker-facts.ts'
import { bpsOf } from '../engine/preferences.ts'
import type { TorrentSettings } from '../state/torrent-record.ts'

interface Known {
  readonly row: TorrentRow
  readonly summary: TorrentSummary | undefined
  readonly settings: TorrentSettings
  readonly crowd: TrackerFacts
}

/** Makes rows, and gives the one of before as long as nothing has changed: nearly all of thousands are at rest. */
export class RowBook {
  readonly #known = new WeakMap<EngineTorrent, Known>()

  /** The row of a torrent as it is now. */
  rowOf(torrent: EngineTorrent): TorrentRow {
    const known = this.#known.get(torrent)
    if (known !== undefined && isStill(known, torrent)) return known.row
    const row = rowOf(torrent)
    this.#known.set(torrent, { row, summary: torrent.summary(), settings: torrent.settings, crowd: torrent.crowd() })
    return row
  }
}

/** What a row is made of is the same object, or says the same. */
function isStill({ row, summary, settings, crowd }: Known, torrent: EngineTorrent): boolean {
  const now = torrent.summary()
  if (summary !== now || settings !== torrent.settings || crowd !== torrent.crowd()) return false
  const { addedAtMs, completedAtMs, activeAtMs } = torrent.history
  const isSameTime = row.addedAtMs === addedAtMs && row.completedAtMs === completedAtMs && row.activeAtMs === activeAtMs
  const isSameName = row.name === torrent.name && row.totalLength === torrent.totalLength
  return isSameTime && isSameName && row.error === errorOf(torrent, now) && row.phase === phaseOf(torrent, now)
}

/** The row of a torrent as it is now. */
export function rowOf(torrent: EngineTorrent): TorrentRow {
  const { id, infoHash, settings, history, totalLength } = torrent
  const summary = torrent.summary()
  const crowd = torrent.crowd()
  const { addedAtMs, completedAtMs, activeAtMs } = history
  return {
    id,
    infoHash,
    name: torrent.name,
    phase: phaseOf(torrent, summary),
    error: errorOf(torrent, summary),
    labels: settings.labels,
    directory: settings.directory,
    totalLength,
    ...amountsOf(summary),
    connections: summary?.connections ?? 0,
    seeders: crowd.seeders,
    leechers: crowd.leechers,
    trackerHost: crowd.host,
    isPrivate: summary?.isPrivate ?? false,
    isSequential: settings.sequential === true,
    queuePosition: (summary?.queue?.position ?? -1) + 1,
    ...limitsOf(settings, summary),
    addedAtMs,
    completedAtMs,
    activeAtMs,
  }
}

/** Those in force: of the user or of the configuration. */
function limitsOf(
  settings: TorrentSettings,
  summary: TorrentSummary | undefined,
): Pick<TorrentRow, 'downloadLimitBps' | 'uploadLimitBps'> {
  if (summary === undefined) {
    return { downloadLimitBps: bpsOf(settings.downloadLimit), uploadLimitBps: bpsOf(settings.uploadLimit) }
  }
  const { downloadLimitBps = 0, uploadLimitBps = 0 } = summary
  return { downloadLimitBps, uploadLimitBps }
}

type Amounts = Pick<
  TorrentRow,
  'wantedLength' | 'wantedDone' | 'progress' | 'downloadBps' | 'uploadBps' | 'downloaded' | 'uploaded' | 'etaS'
>

function amountsOf(summary: TorrentSummary | undefined): Amounts {
  if (summary === undefined) {
    const none = { wantedLength: 0, wantedDone: 0, progress: 0, downloadBps: 0, uploadBps: 0 }
    return { ...none, downloaded: 0, uploaded: 0, etaS: -1 }
  }
  const { wantedLength, wantedDone, downloadBps, uploadBps, downloaded, uploaded, etaS = -1 } = summary
  return {
    wantedLength,
    wantedDone,
    progress: progressOf(summary),
    downloadBps: Math.round(downloadBps),
    uploadBps: Math.round(uploadBps),
    downloaded,
    uploaded,
    etaS,
  }
}

function errorOf(torrent: EngineTorrent, summary: TorrentSummary | undefined): string {
  return torrent.error ?? torrent.heldBecause ?? summary?.error ?? ''
}

function phaseOf(torrent: EngineTorrent, summary: TorrentSummary | undefined): Phase {
  if (torrent.error !== undefined) return 'failed'
  return summary?.phase ?? 'starting'
}

function progressOf({ phase, checked, pieces, metadata, wantedDone, wantedLength }: TorrentSummary): number {
  if (phase === 'checking') return shareOf(checked, pieces)
  if (phase === 'metadata') return shareOf(metadata?.piecesDone ?? 0, metadata?.pieces ?? 0)
  return shareOf(wantedDone, wantedLength)
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
