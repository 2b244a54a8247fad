// The snapshot of a torrent that has no metadata: plain data out of what there is.

import type { SourceSnapshot, TorrentPhase, TorrentSnapshot, TrackerSnapshot } from '../snapshot.ts'
import type { describeManaged } from '../torrent/describe.ts'
import type { MetadataSwarm } from './swarm.ts'

/** Where a torrent without metadata can be. */
export type FetchingPhase = Extract<TorrentPhase, 'metadata' | 'queued' | 'paused' | 'finished' | 'failed'>

/** What is known of it. */
export interface FetchingState {
  readonly infoHash: string
  readonly name: string
  readonly directory: string
  readonly phase: FetchingPhase
  readonly managed: ReturnType<typeof describeManaged>
  readonly error: string | undefined
  readonly swarm: MetadataSwarm | undefined
  readonly trackers: readonly TrackerSnapshot[]
  readonly sources: readonly SourceSnapshot[]
}

/** The torrent as faces show it. */
export function describeFetching({ phase, error, swarm, managed, ...rest }: FetchingState): TorrentSnapshot {
  return {
    ...rest,
    ...managed,
    phase,
    ...(error === undefined ? {} : { error }),
    ...(phase === 'metadata' ? { metadata: swarm?.progress ?? { pieces: 0, piecesDone: 0, peers: 0 } } : {}),
    pieces: 0,
    piecesDone: 0,
    wantedLength: 0,
    wantedDone: 0,
    totalLength: 0,
    checked: 0,
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 0,
    uploaded: 0,
    wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
    lacksMemory: false,
    connections: swarm?.connections.size ?? 0,
    sending: 0,
    receiving: 0,
    knownPeers: swarm?.book.size ?? 0,
    bannedPeers: swarm?.book.banned ?? 0,
    isPrivate: false,
    peers: [],
    webSeeds: [],
    availability: [],
  }
}
