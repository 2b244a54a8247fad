// The session as it is now: what its own statistics and the summaries of its torrents say.

import type { PeerCount, SessionStatistics, TorrentPhase, TorrentSummary } from '@ccbt/core'

import type { Labels, MetricText } from './metric-text.ts'

const PHASES: readonly TorrentPhase[] = [
  'metadata',
  'checking',
  'downloading',
  'seeding',
  'finished',
  'queued',
  'paused',
  'failed',
]
const TRANSPORTS = ['tcp', 'utp'] as const
const DIRECTIONS = ['in', 'out'] as const

/** Sums over all torrents. */
export interface TorrentSums {
  readonly phases: Record<string, number>
  downloadBps: number
  uploadBps: number
}

/** Nothing yet; torrents that the session did not take are failed ones. */
export function noSums(): TorrentSums {
  return { phases: Object.fromEntries(PHASES.map((phase) => [phase, 0])), downloadBps: 0, uploadBps: 0 }
}

/** Adds a torrent. */
export function addToSums(sums: TorrentSums, { phase, downloadBps, uploadBps }: TorrentSummary): void {
  sums.phases[phase] = (sums.phases[phase] ?? 0) + 1
  sums.downloadBps += downloadBps
  sums.uploadBps += uploadBps
}

/** Writes what is not counted by itself. */
export function writeSession(out: MetricText, statistics: SessionStatistics, sums: TorrentSums): void {
  out.gaugeBy('ccbt_torrents', 'state', sums.phases, 'Torrents by state.')
  writeTraffic(out, statistics, sums)
  writePeers(out, statistics.peers)
  out.gaugeBy('ccbt_peers_by_quality', 'quality', { ...statistics.qualities }, 'Connections by what they move.')
  writeDisk(out, statistics.disk)
  if (statistics.dht !== undefined) writeDht(out, statistics.dht)
}

function writeTraffic(out: MetricText, { traffic }: SessionStatistics, sums: TorrentSums): void {
  const { payloadReceived, payloadSent, protocolReceived, protocolSent, wasted, piecesVerified } = traffic
  const down = { payload: payloadReceived, protocol: protocolReceived }
  const up = { payload: payloadSent, protocol: protocolSent }
  const waste = { hash_fail: wasted.hashFailed, duplicate: wasted.duplicate, unrequested: wasted.unrequested }
  const rate = 'bytes per second of payload, smoothed over some seconds.'
  out
    .counterBy('ccbt_downloaded_bytes_total', 'kind', down, 'Bytes from peers and web seeds.')
    .counterBy('ccbt_uploaded_bytes_total', 'kind', up, 'Bytes to peers.')
    .counter('ccbt_bytes_downloaded_total', payloadReceived, 'Payload bytes from peers and web seeds.')
    .counter('ccbt_bytes_uploaded_total', payloadSent, 'Payload bytes to peers.')
    .counterBy('ccbt_wasted_bytes_total', 'reason', waste, 'Payload bytes that came and were of no use.')
    .counter('ccbt_pieces_verified_total', piecesVerified, 'Pieces that arrived, were right and are stored.')
    .gauge('ccbt_download_rate_bytes_per_second', sums.downloadBps, `Download rate: ${rate}`)
    .gauge('ccbt_upload_rate_bytes_per_second', sums.uploadBps, `Upload rate: ${rate}`)
}

function writePeers(out: MetricText, peers: readonly PeerCount[]): void {
  out.family('ccbt_peers', 'gauge', 'Connections past the handshake.')
  for (const direction of DIRECTIONS) {
    for (const transport of TRANSPORTS) {
      for (const isEncrypted of [false, true]) {
        const labels: Labels = { direction, transport, encrypted: String(isEncrypted) }
        const found = peers.find(
          (kind) => kind.direction === direction && kind.transport === transport && kind.isEncrypted === isEncrypted,
        )
        out.sample('ccbt_peers', labels, found?.count ?? 0)
      }
    }
  }
}

function writeDisk(out: MetricText, disk: SessionStatistics['disk']): void {
  const cache = { cached: disk.cacheBytes, receiving: disk.openBytes, queued: disk.queuedBytes, free: disk.freeBytes }
  const reads = { hit: disk.cacheHits, miss: disk.cacheMisses }
  out
    .counter('ccbt_disk_read_bytes_total', disk.readBytes, 'Bytes read for peers.')
    .counter('ccbt_disk_written_bytes_total', disk.writtenBytes, 'Bytes written.')
    .gauge('ccbt_disk_queue_bytes', disk.queuedBytes, 'Bytes that wait to be hashed and written.')
    .gaugeBy('ccbt_cache_bytes', 'state', cache, 'Memory for data of torrents.')
    .counterBy('ccbt_cache_reads_total', 'result', reads, 'Reads for peers, from memory and from the disk.')
}

function writeDht(out: MetricText, { ipv4, ipv6, lookups }: NonNullable<SessionStatistics['dht']>): void {
  const families = Object.entries({ ipv4, ipv6 }).flatMap(([family, stats]) =>
    stats === undefined ? [] : [{ family, stats }],
  )
  out.family('ccbt_dht_nodes', 'gauge', 'Nodes of the DHT that are known; good ones were heard of within 15 minutes.')
  for (const { family, stats } of families) {
    out.sample('ccbt_dht_nodes', { family, state: 'good' }, stats.good)
    out.sample('ccbt_dht_nodes', { family, state: 'questionable' }, stats.nodes - stats.good)
  }
  out.family('ccbt_dht_messages_total', 'counter', 'Messages of the DHT over both address families.')
  for (const direction of ['received', 'sent'] as const) {
    const counts: Record<string, number> = {}
    for (const { stats } of families) {
      for (const [type, count] of Object.entries(stats.counters[direction])) counts[type] = (counts[type] ?? 0) + count
    }
    for (const [type, count] of Object.entries(counts)) {
      out.sample('ccbt_dht_messages_total', { direction: direction === 'sent' ? 'out' : 'in', type }, count)
    }
  }
  out.gaugeBy('ccbt_dht_lookups', 'state', { ...lookups }, 'Lookups in the DHT.')
}
