// A row and a session of no torrent in particular.

import type { SessionView, TorrentRow } from '@ccbt/rpc-client'

export const SESSION: SessionView = {
  version: '0',
  startedAtMs: 0,
  port: 1,
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
}

export function someRow(fields: Partial<TorrentRow>): TorrentRow {
  return {
    id: 1,
    infoHash: '0'.repeat(40),
    name: 'torrent',
    phase: 'downloading',
    error: '',
    labels: [],
    directory: '/data',
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
    ...fields,
  }
}
