// What needs somebody to look at it, out of what the daemon says anyway.

import type { SessionView, TorrentRow } from '@ccbt/rpc-client'

/** One thing. */
export interface Alert {
  /** 0 = not of a torrent. */
  readonly id: number
  readonly title: string
  readonly text: string
}

/** A download without data for so long stands still; as the alert rules for Prometheus have it. */
const STALLED_MS = 1_800_000
const LOW_SPACE_BYTES = 1_073_741_824

/** Failed torrents, downloads that stand still, and a disk that is almost full. */
export function alerts(rows: Iterable<TorrentRow>, session: SessionView | undefined, nowMs: number): Alert[] {
  const found: Alert[] = []
  if (session !== undefined && session.freeBytes >= 0 && session.freeBytes < LOW_SPACE_BYTES) {
    found.push({ id: 0, title: 'The disk is almost full', text: 'Less than 1 GiB is left for downloads.' })
  }
  for (const row of rows) {
    if (row.phase === 'failed') found.push({ id: row.id, title: row.name, text: row.error || 'It failed.' })
    else if (isStalled(row, nowMs)) found.push({ id: row.id, title: row.name, text: 'No data for half an hour.' })
  }
  return found
}

/** A torrent that was just added has had no time yet. */
function isStalled({ phase, downloadBps, activeAtMs, addedAtMs }: TorrentRow, nowMs: number): boolean {
  return phase === 'downloading' && downloadBps === 0 && nowMs - Math.max(activeAtMs, addedAtMs) > STALLED_MS
}
