import type { PeerView, SessionView, SettingView, TorrentRow } from '@ccbt/rpc-client'

/** A torrent's row; what does not matter to a test has some value. */
export function row(changes: Partial<TorrentRow> & { readonly id: number }): TorrentRow {
  return {
    infoHash: changes.id.toString(16).padStart(40, '0'),
    name: `torrent ${changes.id}`,
    phase: 'downloading',
    error: '',
    labels: [],
    directory: '/downloads',
    totalLength: 1000,
    wantedLength: 1000,
    wantedDone: 500,
    progress: 0.5,
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 500,
    uploaded: 0,
    etaS: -1,
    connections: 0,
    seeders: -1,
    leechers: -1,
    trackerHost: '',
    isPrivate: false,
    queuePosition: 0,
    downloadLimitBps: 0,
    uploadLimitBps: 0,
    addedAtMs: 0,
    completedAtMs: 0,
    activeAtMs: 0,
    ...changes,
  }
}

/** A session's view. */
export function session(changes: Partial<SessionView> = {}): SessionView {
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

/** A connection's view. */
export function peer(changes: Partial<PeerView> = {}): PeerView {
  return {
    address: '127.0.0.1:1',
    client: 'c',
    direction: 'out',
    transport: 'tcp',
    isEncrypted: false,
    progress: 1,
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 0,
    uploaded: 0,
    requests: 0,
    requestWindow: 16,
    amInterested: true,
    amChoking: true,
    peerInterested: false,
    peerChoking: true,
    isSnubbed: false,
    ...changes,
  }
}

/** A setting that is as it came. */
export function setting(changes: Partial<SettingView>): SettingView {
  return {
    key: 'section.key',
    description: 'what it is for',
    type: 'text',
    accepts: 'text',
    choices: [],
    isMasked: false,
    source: 'default',
    where: '',
    apply: 'live',
    locked: '',
    ...changes,
  }
}
