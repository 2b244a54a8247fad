// A torrent, its connections and its trackers as plain data out of live objects.

import type { TrackerAnnouncer, TrackerStatus } from '@ccbt/discovery'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { Connection } from '../peer/connection.ts'
import { scoresOf } from '../peer/peer-scores.ts'
import type { SessionShared } from '../session/shared.ts'
import type { FileSnapshot, PeerSnapshot, TorrentSnapshot, TorrentSummary, TrackerSnapshot } from '../snapshot.ts'
import { availabilityOf } from '../swarm/availability.ts'
import type { Contents } from './contents.ts'
import type { LiveTorrent } from './live-torrent.ts'
import type { Placement } from './placement.ts'
import { summarizeTorrent } from './summary.ts'
import type { TorrentState } from './summary.ts'
import type { Swarm } from '../swarm/swarm.ts'

/** A torrent with metadata as faces show it, its supply in at most `parts`. */
export function describeTorrent(state: TorrentState, parts: number): TorrentSnapshot {
  const { live, contents } = state
  return {
    ...summarizeTorrent(state),
    ...(live === undefined ? AT_REST : describeLive(live, contents.picker)),
    availability: live === undefined ? [] : availabilityOf(contents.picker, parts),
  }
}

type LiveFacts = Omit<TorrentSnapshot, keyof TorrentSummary | 'availability'>

const AT_REST: LiveFacts = {
  wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
  lacksMemory: false,
  knownPeers: 0,
  bannedPeers: 0,
  peers: [],
  webSeeds: [],
  trackers: [],
  sources: [],
}

function describeLive(live: LiveTorrent, picker: PiecePicker): LiveFacts {
  return {
    ...AT_REST,
    ...(live.swarm && describeSwarm(live.swarm, picker)),
    webSeeds: live.webSeeds(),
    trackers: live.trackers(),
    sources: live.sources(),
  }
}

function describeSwarm(swarm: Swarm, picker: PiecePicker): Omit<LiveFacts, 'webSeeds' | 'trackers' | 'sources'> {
  const { downloader, book, connections, xet } = swarm
  const { waste, isStarved } = downloader.intake
  return {
    wasted: { ...waste },
    lacksMemory: isStarved,
    knownPeers: book.size,
    bannedPeers: book.banned,
    peers: Array.from(connections, (connection) => describePeer(connection, picker)),
    ...(xet && { reused: xet.describe() }),
  }
}

/** The files of a torrent in its order, padding included. */
export function describeFiles({ metainfo, selection }: Contents, { names }: Placement): FileSnapshot[] {
  return metainfo.files.map(({ path, length, isPad }, index) => ({
    path: names.get(index) ?? path,
    length,
    isPad,
    priority: selection.priorities[index] ?? 0,
  }))
}

/** One connection as faces show it. */
export function describePeer(connection: Connection, picker: PiecePicker): PeerSnapshot {
  return {
    address: connection.address,
    client: connection.client,
    direction: connection.direction,
    origin: connection.known?.origin ?? 'incoming',
    transport: connection.stream.transport,
    isEncrypted: connection.stream.isEncrypted,
    progress: connection.isAdded ? picker.pieceCount(connection.slot) / Math.max(1, picker.have.size) : 0,
    downloadBps: connection.downloadMeter.bps,
    uploadBps: connection.uploadMeter.bps,
    downloaded: connection.downloadMeter.total,
    uploaded: connection.uploadMeter.total,
    requests: connection.isAdded ? picker.outstanding(connection.slot) : 0,
    requestWindow: connection.window.target,
    amInterested: connection.amInterested,
    amChoking: connection.amChoking,
    peerInterested: connection.peerInterested,
    peerChoking: connection.peerChoking,
    isSnubbed: connection.window.isSnubbed,
    ...(connection.window.latencyMs === undefined ? {} : { latencyMs: connection.window.latencyMs }),
    ...scoresOf(connection),
  }
}

/** What its session has decided about a torrent. */
export function describeManaged({
  limits,
  place,
}: Pick<SessionShared, 'limits' | 'place'>): Pick<
  TorrentSnapshot,
  'label' | 'downloadLimitBps' | 'uploadLimitBps' | 'queue'
> {
  const { downloadBps, uploadBps } = limits.rates
  return {
    ...(limits.label === undefined ? {} : { label: limits.label }),
    ...(downloadBps === 0 ? {} : { downloadLimitBps: downloadBps }),
    ...(uploadBps === 0 ? {} : { uploadLimitBps: uploadBps }),
    queue: place(),
  }
}

/** The trackers of an announcer as faces show them. */
export function describeTrackers(announcer: TrackerAnnouncer | undefined): TrackerSnapshot[] {
  return (announcer?.status() ?? []).map(describeTracker)
}

function describeTracker(status: TrackerStatus): TrackerSnapshot {
  return {
    url: status.url,
    tier: status.tier,
    state: status.state,
    ...(status.lastError === undefined ? {} : { error: status.lastError }),
    ...(status.nextAnnounceInMs === undefined ? {} : { nextAnnounceInMs: status.nextAnnounceInMs }),
    ...(status.lastAnnounceAgoMs === undefined ? {} : { lastAnnounceAgoMs: status.lastAnnounceAgoMs }),
    peersReceived: status.peersReceived,
    ...(status.seeders === undefined ? {} : { seeders: status.seeders }),
    ...(status.leechers === undefined ? {} : { leechers: status.leechers }),
    ...(status.downloaded === undefined ? {} : { downloaded: status.downloaded }),
  }
}
