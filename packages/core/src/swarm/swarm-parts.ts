// What the swarm of a torrent is given and whom it tells.

import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { CcbtError, Clock, Layout, PieceIndex, Random } from '@ccbt/primitives'

import type { AddressGate } from '../blocking/address-gate.ts'
import type { PieceTrees } from '../hashes/piece-trees.ts'
import type { TorrentLimits } from '../limit/session-limits.ts'
import type { MetadataServer } from '../metadata/serve.ts'
import type { Connection } from '../peer/connection.ts'
import type { DialLimit } from '../peer/dial-limit.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import type { PeerTracer } from '../peer/message-trace.ts'
import type { FoundPeer, PeerBook } from '../peer/peer-book.ts'
import type { TorrentNetwork } from '../peer/peer-network.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import type { TrafficBook } from '../stats/traffic.ts'
import type { TorrentXet } from '../xet/torrent-xet.ts'
import type { ChokingPolicy } from '../upload/choking-policy.ts'
import type { WebSeedPlan } from '../download/web-seeds/web-seeds.ts'

/** What a swarm needs from its torrent and session. */
export interface SwarmParts {
  /** 20 bytes each: a hybrid torrent has two, that of v1 first. */
  readonly infoHashes: readonly Uint8Array[]
  /** Absent for a v1 torrent. */
  readonly trees: PieceTrees | undefined
  readonly metadata: MetadataServer
  /** Peers that are known already. */
  readonly book?: PeerBook
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: PieceStore
  readonly network: TorrentNetwork
  readonly clock: Clock
  readonly random: Random
  readonly peerId: Uint8Array
  readonly listenPort: () => number
  readonly userAgent: string
  readonly maxPeers: number
  /** Absent = as many as suit. */
  readonly uploadSlots?: number
  readonly choking: ChokingPolicy
  /** Adds up what all torrents move. */
  readonly traffic: TrafficBook
  /** Hears messages; absent = nobody does. */
  readonly tracer?: PeerTracer | undefined
  /** Each peer is shown one piece after the other (BEP 16). */
  readonly superSeeds: boolean
  readonly limits: TorrentLimits
  readonly usesPex: boolean
  readonly gate: AddressGate
  readonly dialLimit: DialLimit
  readonly externalAddress: ExternalAddress
  readonly isPrivate: boolean
  readonly dht?: Pick<DhtAccess, 'port' | 'addNode'>
  readonly webSeeds: WebSeedPlan
  /** Absent = chunks are not used. */
  readonly xet?: TorrentXet
  /** With everything there, nobody has been there for a while. */
  readonly onDeserted: () => void
  readonly onPexPeers: (addresses: readonly FoundPeer[]) => void
  readonly onVerified: (piece: PieceIndex) => void
  readonly onCorrupt: (piece: PieceIndex) => void
  readonly onBanned: (address: string, reason: string) => void
  /** The connection is past its handshake. */
  readonly onConnected: (connection: Connection) => void
  readonly onDisconnected: (address: string, reason: string | undefined) => void
  readonly onDiskFailed: (error: CcbtError) => void
}
