// Where a torrent's time goes: what each of its connections is waiting for, from what the daemon says about them.

import type { PeerView } from '@ccbt/rpc-client'

/** What a connection's download does. Each connection is in exactly one. */
export const WAITS = [
  { key: 'flowing', title: 'Data flows', hint: 'requests are on their way and data comes' },
  { key: 'slow', title: 'Asked, nothing came yet', hint: 'requests are on their way, no data in the last seconds' },
  { key: 'snubbed', title: 'Does not answer', hint: 'requests are on their way for a minute without data' },
  { key: 'choked', title: 'They make us wait', hint: 'they have pieces that are needed, and serve others first' },
  {
    key: 'unasked',
    title: 'Not asked',
    hint: 'they serve us, but there is nothing to ask for: limits, disk or end game',
  },
  { key: 'nothing', title: 'Has nothing we need', hint: 'all of their pieces are here already' },
] as const

/** One of the ways to wait. */
export type Wait = (typeof WAITS)[number]['key']

/** What a connection's download does now. */
export function waitOf(peer: PeerView): Wait {
  if (peer.downloadBps > 0) return 'flowing'
  if (!peer.amInterested) return 'nothing'
  if (peer.isSnubbed) return 'snubbed'
  if (peer.requests > 0) return 'slow'
  return peer.peerChoking ? 'choked' : 'unasked'
}

/** How many connections wait for what. */
export function waits(peers: readonly PeerView[]): ReadonlyMap<Wait, number> {
  const counts = new Map<Wait, number>(WAITS.map(({ key }) => [key, 0]))
  for (const peer of peers) {
    const wait = waitOf(peer)
    counts.set(wait, (counts.get(wait) ?? 0) + 1)
  }
  return counts
}

/** Flags of a connection with their meaning. */
export function peerFlags(peer: PeerView): readonly (readonly [string, string])[] {
  const flags: (readonly [string, string] | false)[] = [
    peer.amInterested && (peer.peerChoking ? ['d', 'we want data, they make us wait'] : ['D', 'we download from them']),
    peer.peerInterested && (peer.amChoking ? ['u', 'they want data, we make them wait'] : ['U', 'we upload to them']),
    !peer.amInterested && !peer.peerChoking && ['K', 'they would serve us, we need nothing'],
    !peer.peerInterested && !peer.amChoking && ['?', 'we would serve them, they need nothing'],
    peer.isSnubbed && ['S', 'snubbed: they do not answer our requests'],
    peer.direction === 'in' && ['I', 'they connected to us'],
    peer.isEncrypted && ['E', 'encrypted'],
    peer.transport === 'utp' && ['P', 'over uTP'],
  ]
  return flags.filter((flag) => flag !== false)
}

/** How well a connection does what it could: the filled share of its request window, 0 to 1. */
export function peerQuality({ requests, requestWindow, isSnubbed, downloadBps }: PeerView): number {
  if (isSnubbed) return 0
  if (requestWindow === 0) return downloadBps > 0 ? 1 : 0
  return Math.min(requests / requestWindow, 1)
}
