// Snapshots of a torrent's connections and trackers: plain data out of live objects.

import type { TrackerAnnouncer, TrackerStatus } from '@ccbt/discovery'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { Connection } from '../peer/connection.ts'
import type { PeerSnapshot, TrackerSnapshot } from '../snapshot.ts'

/** One connection as faces show it. */
export function describePeer(connection: Connection, picker: PiecePicker): PeerSnapshot {
  return {
    address: connection.address,
    client: connection.client,
    direction: connection.direction,
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
    ...(status.seeders === undefined ? {} : { seeders: status.seeders }),
    ...(status.leechers === undefined ? {} : { leechers: status.leechers }),
  }
}
