// What keeps a torrent from being faster at this moment: a guess from what can be seen, the surest reason first.

import type { SessionView, TorrentDetail } from '@ccbt/rpc-client'

import type { TextKey } from '../languages/english.ts'

/** A rate this near to a limit is held by it. */
const AT_LIMIT = 0.9

/** The text that says it. */
export function heldBack({ row, peers }: TorrentDetail, session: SessionView | undefined): TextKey {
  if (row.phase === 'failed') return 'heldByError'
  if (row.phase === 'paused') return 'heldByPause'
  if (row.phase === 'queued') return 'heldByQueue'
  if (row.phase === 'seeding' || row.phase === 'finished') {
    if (isHeld(row.uploadBps, row.uploadLimitBps)) return 'heldByLimit'
    return session !== undefined && isHeld(session.uploadBps, session.uploadLimitBps)
      ? 'heldBySessionLimit'
      : 'heldByNothing'
  }
  if (isHeld(row.downloadBps, row.downloadLimitBps)) return 'heldByLimit'
  if (session !== undefined && isHeld(session.downloadBps, session.downloadLimitBps)) return 'heldBySessionLimit'
  if (peers.length === 0) return 'heldByNoPeers'
  return peers.every(({ peerChoking }) => peerChoking) ? 'heldByChoke' : 'heldByPeers'
}

function isHeld(bps: number, limitBps: number): boolean {
  return limitBps > 0 && bps >= limitBps * AT_LIMIT
}

/** How many whole copies the connected peers have, and this torrent itself not counted. */
export function copies({ peers }: TorrentDetail): number {
  return peers.reduce((sum, { progress }) => sum + progress, 0)
}
