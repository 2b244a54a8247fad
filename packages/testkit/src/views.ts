// What a daemon tells its faces, of no torrent and no session in particular.

import type { SessionView, TorrentRow } from '@ccbt/rpc-client'

/** A torrent's row: nothing is there yet, and nothing happens. */
export function someRow(changes: Partial<TorrentRow>): TorrentRow {
  return {
    id: 1,
    infoHash: '0'.repeat(40),
    name: 'torrent',
    phase: 'downloading',
    error: '',
    labels: [],
    directory: '/downloads',
    totalLength: 1000,
    wantedLength: 1000,
    wantedDone: 0,
    progress: 0,
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 0,
    uploaded: 0,
    etaS: -1,
    connections: 0,
    seeders: -1,
    leechers: -1,
    trackerHost: '',
    isPrivate: false,
    isSequential: false,
    queuePosition: 0,
    downloadLimitBps: 0,
    uploadLimitBps: 0,
    addedAtMs: 0,
    completedAtMs: 0,
    activeAtMs: 0,
    ...changes,
  }
}

/** A session in which nothing happens. */
export function someSession(changes: Partial<SessionView> = {}): SessionView {
  return {
    version: '1.2.3',
    startedAtMs: 0,
    port: 6881,
    externalIps: [],
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 0,
    uploaded: 0,
    downloadLimitBps: 0,
    uploadLimitBps: 0,
    connections: 0,
    dhtNodes: 0,
    freeBytes: -1,
    ...changes,
  }
}
