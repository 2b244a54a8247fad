// The fields of `torrent-get` that are about peers and web seeds.

import type { PeerSnapshot, TorrentSnapshot } from '@ccbt/core'

import type { Arguments } from '../http/arguments.ts'
import type { Field } from './field-source.ts'

/** Every field by its name. */
export const PEER_FIELDS: Readonly<Record<string, Field>> = {
  peers: ({ snapshot }) => (snapshot()?.peers ?? []).map(peerOf),
  peersConnected: ({ summary }) => summary?.connections ?? 0,
  peersSendingToUs: ({ summary }) => summary?.sending ?? 0,
  peersGettingFromUs: ({ summary }) => summary?.receiving ?? 0,
  peersFrom: ({ snapshot }) => peersFrom(snapshot()),
  webseeds: ({ metainfo }) => metainfo()?.webSeeds ?? [],
  webseedsSendingToUs: ({ snapshot }) =>
    (snapshot()?.webSeeds ?? []).filter(({ downloadBps }) => downloadBps > 0).length,
}

/** Where the connected peers come from, in Transmission's names; who came to us counts as incoming. */
function peersFrom(snapshot: TorrentSnapshot | undefined): Arguments {
  const from = { fromCache: 0, fromDht: 0, fromIncoming: 0, fromLpd: 0, fromLtep: 0, fromPex: 0, fromTracker: 0 }
  for (const { direction, origin } of snapshot?.peers ?? [])
    from[direction === 'in' ? 'fromIncoming' : ORIGIN[origin]]++
  return from
}

const ORIGIN = {
  tracker: 'fromTracker',
  dht: 'fromDht',
  pex: 'fromPex',
  lsd: 'fromLpd',
  manual: 'fromCache',
  incoming: 'fromIncoming',
} as const

function peerOf(peer: PeerSnapshot): Arguments {
  const { host, port } = addressOf(peer.address)
  const isDownloadingFrom = peer.amInterested && !peer.peerChoking
  const isUploadingTo = peer.peerInterested && !peer.amChoking
  return {
    address: host,
    port,
    clientName: peer.client,
    clientIsChoked: peer.peerChoking,
    clientIsInterested: peer.amInterested,
    peerIsChoked: peer.amChoking,
    peerIsInterested: peer.peerInterested,
    flagStr: flagsOf(peer),
    isDownloadingFrom,
    isUploadingTo,
    isEncrypted: peer.isEncrypted,
    isIncoming: peer.direction === 'in',
    isUTP: peer.transport === 'utp',
    progress: peer.progress,
    rateToClient: Math.round(peer.downloadBps),
    rateToPeer: Math.round(peer.uploadBps),
  }
}

/** Letters of Transmission: capitals where data may flow, small ones where somebody wants and may not. */
export function flagsOf(peer: PeerSnapshot): string {
  return [
    peer.transport === 'utp' && 'T',
    peer.amInterested && (peer.peerChoking ? 'd' : 'D'),
    peer.peerInterested && (peer.amChoking ? 'u' : 'U'),
    !peer.peerChoking && !peer.amInterested && 'K',
    !peer.amChoking && !peer.peerInterested && '?',
    peer.isEncrypted && 'E',
    peer.direction === 'in' && 'I',
  ]
    .filter((flag) => flag !== false)
    .join('')
}

/** The parts of an address; IPv6 without brackets. */
export function addressOf(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}
