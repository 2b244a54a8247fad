// One torrent with everything that faces show of it.

import { formatMagnet, magnetOf } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import type { FileView, PeerView, SourceView, TorrentDetail, TrackerView } from '@ccbt/rpc-client'
import type { PeerSnapshot, SourceSnapshot, TorrentSnapshot, TrackerSnapshot } from '@ccbt/core'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { fileProgress } from './file-progress.ts'
import { rowOf } from './rows.ts'

export const NORMAL_PRIORITY = 4
/** As many as the largest screens show. */
const AVAILABILITY_PARTS = 1024

/** Everything about a torrent as it is now. */
export function detailOf(torrent: EngineTorrent): TorrentDetail {
  const metainfo = torrent.metainfo()
  const have = torrent.handle?.have ?? new Uint8Array(0)
  return {
    row: rowOf(torrent),
    ...(torrent.settings.origin && { origin: torrent.settings.origin }),
    ...factsOf(torrent, metainfo),
    have: Buffer.from(have).toString('base64'),
    files: metainfo === undefined ? [] : filesOf(torrent, metainfo, have),
    ...swarmOf(torrent.snapshot(AVAILABILITY_PARTS)),
  }
}

type SwarmFacts = Pick<
  TorrentDetail,
  | 'peers'
  | 'trackers'
  | 'webSeeds'
  | 'wasted'
  | 'knownPeers'
  | 'bannedPeers'
  | 'availability'
  | 'sources'
  | 'lacksMemory'
  | 'reused'
>

const NO_SWARM: SwarmFacts = {
  peers: [],
  trackers: [],
  webSeeds: [],
  wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
  knownPeers: 0,
  bannedPeers: 0,
  lacksMemory: false,
  availability: '',
  sources: [],
}

function swarmOf(snapshot: TorrentSnapshot | undefined): SwarmFacts {
  if (snapshot === undefined) return NO_SWARM
  const { wasted, knownPeers, bannedPeers, lacksMemory, reused } = snapshot
  return {
    peers: snapshot.peers.map(peerView),
    trackers: snapshot.trackers.map(trackerView),
    webSeeds: snapshot.webSeeds.map(({ url, state, downloadBps }) => ({ url, state, downloadBps })),
    wasted,
    knownPeers,
    bannedPeers,
    lacksMemory,
    availability: Buffer.from(snapshot.availability).toString('base64'),
    sources: snapshot.sources.map(sourceView),
    ...(reused && { reused }),
  }
}

type Facts = Pick<TorrentDetail, 'pieceLength' | 'pieces' | 'comment' | 'creator' | 'createdAtMs' | 'magnet'>

function factsOf(torrent: EngineTorrent, metainfo: Metainfo | undefined): Facts {
  if (metainfo === undefined) {
    const magnet = `magnet:?xt=urn:btih:${torrent.infoHash}`
    return { pieceLength: 0, pieces: 0, comment: '', creator: '', createdAtMs: 0, magnet }
  }
  const { pieceLength, totalLength, comment = '', createdBy = '', creationDate = 0 } = metainfo
  return {
    pieceLength,
    pieces: Math.ceil(totalLength / pieceLength),
    comment,
    creator: createdBy,
    createdAtMs: creationDate * 1000,
    magnet: formatMagnet(magnetOf({ ...metainfo, trackers: torrent.trackers() })),
  }
}

function filesOf(torrent: EngineTorrent, metainfo: Metainfo, have: Uint8Array): FileView[] {
  const { handle } = torrent
  const done = fileProgress(metainfo, have)
  const { select, priorities } = torrent.wishes()
  const selected = select === undefined ? undefined : new Set(select)
  // A file may have another name by now than in the torrent.
  return (handle?.files() ?? metainfo.files).flatMap(({ path, length, isPad }, index) => {
    if (isPad) return []
    const priority = selected?.has(index) === false ? 0 : (priorities?.[index] ?? NORMAL_PRIORITY)
    return [{ index, path: path.join('/'), length, done: done[index] ?? 0, priority }]
  })
}

function peerView(peer: PeerSnapshot): PeerView {
  return { ...peer, downloadBps: Math.round(peer.downloadBps), uploadBps: Math.round(peer.uploadBps) }
}

function sourceView({ nextAnnounceInMs = -1, ...rest }: SourceSnapshot): SourceView {
  return { ...rest, nextAnnounceInMs }
}

function trackerView({
  error = '',
  nextAnnounceInMs = -1,
  seeders = -1,
  leechers = -1,
  ...rest
}: TrackerSnapshot): TrackerView {
  return { ...rest, error, nextAnnounceInMs, seeders, leechers }
}
