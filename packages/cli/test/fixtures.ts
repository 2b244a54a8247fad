import type { TorrentRow } from '@ccbt/rpc-client'
import type { TorrentSnapshot } from '@ccbt/core'
import { someRow } from '@ccbt/testkit'
import type { Terminal } from '../src/output/terminal.ts'

/** A terminal that keeps what is written. */
export class TestTerminal implements Terminal {
  readonly isInteractive: boolean = false
  readonly hasColor: boolean = false
  readonly hasUnicode: boolean = true
  readonly lines: string[] = []
  readonly drawn: string[] = []
  columns(): number {
    return 80
  }
  line(text: string): void {
    this.lines.push(text)
  }
  draw(text: string): void {
    this.drawn.push(text)
  }
}

/** A torrent half way. */
export function snapshot(change: Partial<TorrentSnapshot> = {}): TorrentSnapshot {
  return {
    infoHash: 'ab',
    name: 'demo',
    directory: '/tmp/x',
    phase: 'downloading',
    pieces: 10,
    piecesDone: 5,
    wantedLength: 1000,
    wantedDone: 500,
    totalLength: 1000,
    checked: 10,
    downloadBps: 100,
    uploadBps: 0,
    downloaded: 500,
    uploaded: 0,
    wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
    connections: 2,
    sending: 1,
    receiving: 1,
    knownPeers: 3,
    bannedPeers: 0,
    lacksMemory: false,
    sources: [],
    availability: [],
    etaS: 5,
    isPrivate: false,
    peers: [],
    trackers: [],
    webSeeds: [],
    ...change,
  }
}

/** A torrent of a daemon, paused and without data unless `given` says otherwise. */
export function torrentRow(given: Partial<TorrentRow>): TorrentRow {
  return someRow({ phase: 'paused', totalLength: 0, wantedLength: 0, ...given })
}
