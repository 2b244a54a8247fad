// A daemon's answers for tests, with hostile texts in them.

import type {
  AlertList,
  Preview,
  SessionView,
  SettingView,
  SystemView,
  TorrentDetail,
  TorrentRow,
} from '@ccbt/rpc-client'
import { someRow } from '@ccbt/testkit'

export const SESSION: SessionView = {
  version: '1.2.3',
  startedAtMs: 0,
  port: 6881,
  externalIps: ['192.0.2.1'],
  downloadBps: 1_234_567,
  uploadBps: 98_765,
  downloaded: 5e9,
  uploaded: 7e9,
  downloadLimitBps: 2_000_000,
  uploadLimitBps: 0,
  connections: 42,
  dhtNodes: 300,
  freeBytes: 1e11,
}

export const SYSTEM: SystemView = {
  rssBytes: 1e8,
  heapBytes: 2e7,
  cpu: 0.25,
  cores: [0.5, 1],
  sockets: 17,
  loopDelayP99Ms: 12,
  disk: { queuedBytes: 1, openBytes: 2, cacheBytes: 3, cacheHits: 4, cacheMisses: 5, writtenBytes: 6, readBytes: 7 },
}

export const ALERTS: AlertList = {
  rules: [{ name: 'low-space', severity: 'critical', condition: 'free_space below 1000 for 60 s', silencedUntilMs: 0 }],
  alerts: [
    {
      rule: 'low-space',
      severity: 'critical',
      state: 'firing',
      subject: '/data',
      name: 'disk\x1b[2J',
      value: 500,
      firedAtMs: 60_000,
    },
  ],
}

export const PREVIEW: Preview = {
  infoHash: 'a'.repeat(40),
  name: 'Album \x1b[31m',
  totalLength: 600,
  isPrivate: false,
  files: ['Album/a', 'Album/deep/b', 'Album/deep/\u202ec'].map((path, index) => ({ index, path, length: 200 })),
}

const SETTING: SettingView = {
  key: 'limits.download',
  description: 'bytes per second over all torrents; 0 = no limit',
  type: 'rate',
  accepts: "a rate such as '500K'",
  choices: [],
  preset: '0',
  value: '2MB',
  isMasked: false,
  source: 'run-time',
  where: '/state/settings.toml:4:1',
  apply: 'live',
  locked: '',
}

/** One that was changed, one to pick, one with a secret, one that cannot be changed. */
export const SETTINGS: readonly SettingView[] = [
  SETTING,
  {
    ...SETTING,
    key: 'log.level',
    description: 'what a daemon writes to its log',
    type: 'choice',
    choices: ['debug', 'info', 'warning'],
    value: 'info',
    source: 'default',
    where: '',
    apply: 'restart',
  },
  { ...SETTING, key: 'proxy.url', type: 'proxy', value: 'socks5://***@a:1\x1b[2J', isMasked: true, source: 'user' },
  { ...SETTING, key: 'daemon.auth', type: 'boolean', value: 'true', source: 'flag', locked: 'not from here' },
]

/** A torrent that is half downloaded. */
export function rowOf(changes: Partial<TorrentRow>): TorrentRow {
  return someRow({
    infoHash: '0123456789abcdef0123456789abcdef01234567',
    name: 'name',
    directory: '/data',
    totalLength: 4e9,
    wantedLength: 2e9,
    wantedDone: 1e9,
    progress: 0.5,
    downloadBps: 500_000,
    uploadBps: 20_000,
    downloaded: 1e9,
    uploaded: 5e8,
    etaS: 2000,
    connections: 12,
    seeders: 30,
    leechers: 4,
    trackerHost: 'tracker.example.org',
    queuePosition: 1,
    ...changes,
  })
}

/** Everything about a torrent, every text hostile. */
export function detailOf(row: TorrentRow): TorrentDetail {
  return {
    row,
    pieceLength: 262_144,
    pieces: 1000,
    have: Buffer.alloc(125, 0xf0).toString('base64'),
    comment: 'a comment\r\nof two lines',
    creator: 'maker\x07',
    createdAtMs: 0,
    magnet: '',
    files: ['Album/a', 'Album/deep/b', 'Album/deep/\u202ec'].map((path, index) => ({
      index,
      path,
      length: 200,
      done: 100,
      priority: 4,
    })),
    peers: [
      {
        address: '192.0.2.7:6881',
        client: 'Evil\x1b]0;x\x07Client 가나',
        direction: 'in',
        transport: 'utp',
        isEncrypted: true,
        progress: 0.75,
        downloadBps: 400_000,
        uploadBps: 0,
        downloaded: 1e6,
        uploaded: 0,
        requests: 12,
        requestWindow: 50,
        amInterested: true,
        amChoking: true,
        peerInterested: false,
        peerChoking: false,
        isSnubbed: false,
        quality: 0.8,
        latencyMs: 123.4,
      },
    ],
    trackers: [
      {
        url: 'http://tracker.example.org/announce',
        tier: 0,
        state: 'failed',
        error: 'no\x1b[2J such torrent',
        nextAnnounceInMs: 60_000,
        seeders: -1,
        leechers: -1,
      },
    ],
    webSeeds: [{ url: 'http://example.org/data', state: 'active', downloadBps: 1000 }],
    wasted: { hashFailed: 1, duplicate: 2, unrequested: 3 },
    knownPeers: 50,
    bannedPeers: 1,
    // Of eight parts: nobody, one, a few, many have what is missing.
    availability: Buffer.of(0, 1, 3, 9, 9, 3, 1, 0).toString('base64'),
    sources: [
      { kind: 'dht', state: 'idle', peersReceived: 12, nextAnnounceInMs: 90_000 },
      { kind: 'pex', state: 'idle', peersReceived: 3, nextAnnounceInMs: -1 },
    ],
    reused: {
      bytes: 1e9,
      from: [{ path: '/old/\u202efile', bytes: 1e9 }],
      index: { files: 1, chunks: 1_234_567, bytes: 35e6 },
    },
  }
}
