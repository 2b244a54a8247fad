// Puts the swarm of a torrent together when it goes live.

import type { PieceStore } from '@ccbt/disk-io'
import { swarmHashes } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { TorrentEvent } from '../events.ts'
import { MetadataServer } from '../metadata/serve.ts'
import type { AddOptions } from '../options.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import type { SessionShared } from '../session-shared.ts'
import { TorrentXet } from '../xet/torrent-xet.ts'
import type { ByteSpace } from './byte-space.ts'
import type { Selection } from './selection.ts'
import { Swarm } from './swarm.ts'
import type { SwarmParts } from './swarm.ts'
import { swarmEvents } from './swarm-events.ts'
import { webSeedPlan } from './web-seeds/plan.ts'

/** What the torrent gives. */
export interface LiveSwarmParts extends Pick<SwarmParts, 'onPexPeers' | 'onVerified'> {
  readonly shared: SessionShared
  readonly metainfo: Metainfo
  readonly options: AddOptions
  readonly space: ByteSpace
  readonly selection: Selection
  readonly picker: PiecePicker
  readonly store: PieceStore
  /** Peers that are known already. */
  readonly book: PeerBook | undefined
  /** When everything is there. */
  readonly superSeeds: boolean
  readonly emit: (event: TorrentEvent) => void
  readonly onFailed: (error: unknown) => void
}

/** A swarm without connections. */
export function createLiveSwarm(parts: LiveSwarmParts): Swarm {
  const { shared, metainfo, options, space, picker, store, book, emit, onFailed } = parts
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
    superSeeds: parts.superSeeds && picker.have.isFull,
    webSeeds: webSeedPlan({ metainfo, space, added: options.webSeeds, shared, emit, onError: onFailed }),
    onPexPeers: parts.onPexPeers,
    ...events,
    onVerified: (piece) => {
      xet?.settled(piece, true)
      parts.onVerified(piece)
    },
    onCorrupt: (piece) => {
      xet?.settled(piece, false)
      events.onCorrupt(piece)
    },
    onDiskFailed: onFailed,
  })
  xet?.start(swarm)
  return swarm
}

function createXet(parts: LiveSwarmParts): TorrentXet | undefined {
  const { shared, metainfo, options, space, selection, picker, store, emit, onFailed } = parts
  const { chunks, clock } = shared
  if (chunks === undefined) return undefined
  const isWanted = (index: number): boolean => selection.hasFile(index)
  const { directory } = options
  return new TorrentXet({
    chunks,
    clock,
    metainfo,
    directory,
    ...space,
    picker,
    store,
    isWanted,
    emit,
    onFailed,
  })
}
