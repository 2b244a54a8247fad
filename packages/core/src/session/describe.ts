// A session as plain data out of live objects.

import type { SessionLimits } from '../limit/session-limits.ts'
import type { SessionShared } from './shared.ts'
import type { SessionSnapshot, SessionStatistics, SessionSummary, TorrentSnapshot } from '../snapshot.ts'

type Shared = Omit<SessionShared, 'limits' | 'place'>

/** A session in numbers. */
export function summarizeSession(shared: Shared, limits: SessionLimits): SessionSummary {
  const { downloadBps, uploadBps } = limits.rates
  const dht = shared.dht?.stats()
  return {
    port: shared.listenPort(),
    externalIps: shared.externalAddress.ips,
    downloadLimitBps: downloadBps,
    uploadLimitBps: uploadBps,
    usesAlternativeLimits: limits.isAlternative,
    dhtNodes: (dht?.ipv4?.nodes ?? 0) + (dht?.ipv6?.nodes ?? 0),
    disk: shared.disk.stats,
  }
}

/** A session with its torrents. */
export function describeSession(summary: SessionSummary, torrents: readonly TorrentSnapshot[]): SessionSnapshot {
  return {
    ...summary,
    downloadBps: sum(torrents, (t) => t.downloadBps),
    uploadBps: sum(torrents, (t) => t.uploadBps),
    connections: sum(torrents, (t) => t.connections),
    torrents,
  }
}

/** What a session has done so far. */
export function describeStatistics({ traffic, disk, dht }: Shared): SessionStatistics {
  const nodes = dht?.stats()
  return {
    traffic: traffic.total(),
    peers: traffic.peers(),
    qualities: traffic.qualities(),
    disk: disk.stats,
    ...(nodes === undefined ? {} : { dht: nodes }),
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
