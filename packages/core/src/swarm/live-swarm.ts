// Puts the swarm of a torrent together when it goes live.

import { swarmHashes } from '@ccbt/metainfo'

import type { TorrentEvent } from '../events.ts'
import { MetadataServer } from '../metadata/serve.ts'
import type { AddOptions } from '../options.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import type { SessionShared } from '../session/shared.ts'
import { TorrentXet } from '../xet/torrent-xet.ts'
import type { Contents } from '../torrent/contents.ts'
import { Swarm } from './swarm.ts'
import { swarmEvents } from './swarm-events.ts'
import type { SwarmParts } from './swarm-parts.ts'
import { webSeedPlan } from '../download/web-seeds/plan.ts'

/** What the torrent gives. */
export interface LiveSwarmParts extends Pick<SwarmParts, 'onPexPeers' | 'onDeserted' | 'onVerified'> {
  readonly shared: SessionShared
  readonly contents: Contents
  readonly options: AddOptions
  /** Peers that are known already. */
  readonly book: PeerBook | undefined
  readonly emit: (event: TorrentEvent) => void
  readonly onFailed: (error: unknown) => void
}

/** A swarm without connections. */
export function createLiveSwarm(parts: LiveSwarmParts): Swarm {
  const { shared, contents, options, book, emit, onFailed } = parts
  const { metainfo, space, picker, store } = contents
  const xet = createXet(parts)
  const events = swarmEvents(emit)
  const swarm = new Swarm({
    ...shared,
    ...(book && { book }),
    ...(xet && { xet }),
    ...space,
    metadata: new MetadataServer(metainfo.infoBytes, shared.clock),
    infoHashes: swarmHashes(metainfo),
    picker,
    store,
    isPrivate: metainfo.isPrivate,
    superSeeds: options.superSeed === true && picker.have.isFull,
    webSeeds: webSeedPlan({ metainfo, space, added: options.webSeeds, shared, emit, onError: onFailed }),
    onPexPeers: parts.onPexPeers,
    onDeserted: parts.onDeserted,
    ...events,
    onVerified: (piece) => {
      xet?.settled(piece, true)
      parts.onVerified(piece)
    },
    onCorrupt: (piece) => {
      // What was taken from here is often an older version, and nobody has to hear of it.
      if (xet?.isOurs(piece) !== true) events.onCorrupt(piece)
      xet?.settled(piece, false)
    },
    onDiskFailed: onFailed,
  })
  xet?.start(swarm, (connection, bytes) => swarm.countUpload(connection, bytes))
  return swarm
}

function createXet(parts: LiveSwarmParts): TorrentXet | undefined {
  const { shared, contents, emit, onFailed } = parts
  const { metainfo, space, selection, picker, store } = contents
  const { chunks, clock } = shared
  if (chunks === undefined) return undefined
  const isWanted = (index: number): boolean => selection.hasFile(index)
  return new TorrentXet({
    chunks,
    clock,
    metainfo,
    paths: () => store.paths(),
    ...space,
    picker,
    store,
    isWanted,
    cloned: contents.takeCloned(),
    emit,
    onFailed,
  })
}
