// What a session says of itself, for pages of metrics.

import type { Session, SessionStatistics, TorrentSummary } from '@ccbt/core'

/** A number of its own for each counter. */
const STATISTICS: SessionStatistics = {
  traffic: {
    payloadReceived: 1,
    payloadSent: 2,
    protocolReceived: 3,
    protocolSent: 4,
    wasted: { hashFailed: 5, duplicate: 6, unrequested: 7 },
    piecesVerified: 8,
  },
  peers: [{ direction: 'in', transport: 'utp', isEncrypted: true, count: 9 }],
  qualities: { idle: 4, poor: 3, fair: 2, good: 0 },
  disk: {
    writtenBytes: 0,
    readBytes: 0,
    openBytes: 0,
    queuedBytes: 0,
    freeBytes: 0,
    cacheBytes: 0,
    cacheHits: 0,
    cacheMisses: 0,
  },
}

/** A session in which nothing happens. */
export const SESSION: Pick<Session, 'subscribe' | 'statistics'> = {
  subscribe: () => () => {},
  statistics: () => STATISTICS,
}

/** A torrent that seeds. */
export function seedingTorrent(index: number, changes: Partial<TorrentSummary> = {}): TorrentSummary {
  return {
    infoHash: index.toString(16).padStart(40, '0'),
    name: `torrent ${index}`,
    directory: '/data',
    phase: 'seeding',
    pieces: 1,
    piecesDone: 1,
    wantedLength: 1000,
    wantedDone: 1000,
    totalLength: 1000,
    checked: 0,
    downloadBps: 0,
    uploadBps: index,
    downloaded: 0,
    uploaded: 500,
    connections: 2,
    sending: 0,
    receiving: 1,
    isPrivate: false,
    ...changes,
  }
}
