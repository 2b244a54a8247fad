// What keeps a torrent from being faster at this moment: a guess from what can be seen, the surest reason first.

import type { SessionView, TorrentDetail } from '@ccbt/rpc-client'

import type { TextKey } from '../languages/english.ts'

/** A rate this near to a limit is held by it. */
const AT_LIMIT = 0.9

/** The text that says it. */
export function heldBack(detail: TorrentDetail, session: SessionView | undefined): TextKey {
  const { row } = detail
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
  return detail.lacksMemory === true ? 'heldByDisk' : heldByPeers(detail)
}

/** Which step on the way from a known peer to a full pipe is missing. */
function heldByPeers({ peers, webSeeds }: TorrentDetail): TextKey {
  if (webSeeds.some(({ downloadBps }) => downloadBps > 0)) return 'heldByPeers'
  if (peers.length === 0) return 'heldByNoPeers'
  const useful = peers.filter(({ amInterested }) => amInterested)
  if (useful.length === 0) return 'heldByNothingOffered'
  const serving = useful.filter(({ peerChoking }) => !peerChoking)
  if (serving.length === 0) return 'heldByChoke'
  return serving.some(({ requests, requestWindow }) => requests * 2 >= requestWindow) ? 'heldByPeers' : 'heldByRequests'
}

function isHeld(bps: number, limitBps: number): boolean {
  return limitBps > 0 && bps >= limitBps * AT_LIMIT
}

/** How many whole copies the connected peers have, and this torrent itself not counted. */
export function copies({ peers }: TorrentDetail): number {
  return peers.reduce((sum, { progress }) => sum + progress, 0)
}
