// What all torrents of a session share; made in composition.ts.

import type { BindAddresses } from '@ccbt/address'
import type { DiskIo, SavePathLocks } from '@ccbt/disk-io'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import type { SessionGate } from '../blocking/address-gate.ts'
import type { SessionEvent } from '../events.ts'
import type { TorrentLimits } from '../limit/session-limits.ts'
import type { DialLimit } from '../peer/dial-limit.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import type { QueuePlace } from '../queue/torrent-queue.ts'
import type { PeerTracer } from '../peer/message-trace.ts'
import type { TorrentNetwork } from '../peer/peer-network.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import type { LsdAccess } from '../sources/lsd-access.ts'
import type { TrackerAccess } from '../sources/tracker-access.ts'
import type { TrafficBook } from '../stats/traffic.ts'
import type { ChokingPolicy } from '../upload/choking-policy.ts'
import type { SessionXet } from '../xet/session-xet.ts'

/** The shared parts of a session, as each torrent gets them. */
export interface SessionShared {
  readonly clock: Clock
  readonly random: Random
  readonly network: TorrentNetwork
  readonly disk: DiskIo
  readonly locks: SavePathLocks
  readonly trackers: TrackerAccess
  /** Absent = switched off. */
  readonly dht?: DhtAccess
  readonly lsd?: LsdAccess
  readonly usesPex: boolean
  readonly gate: SessionGate
  readonly dialLimit: DialLimit
  readonly externalAddress: ExternalAddress
  /** Local addresses of connections to web seeds, and the way of them; without a proxy straight. */
  readonly webNetwork: { readonly bind: BindAddresses; readonly proxy?: Proxy }
  /** Lets trackers know us after a change of address. */
  readonly trackerKey: number
  /** Of the torrent that gets these parts. */
  readonly limits: TorrentLimits
  /** Where that torrent is in the queue. */
  readonly place: () => QueuePlace
  readonly peerId: Uint8Array
  readonly userAgent: string
  readonly stateDir: string
  readonly maxPeers: number
  /** Of the torrent that gets these parts; absent = as many as suit. */
  readonly uploadSlots?: number
  readonly choking: ChokingPolicy
  /** Absent = chunks are not used. */
  readonly chunks?: SessionXet
  readonly traffic: TrafficBook
  /** Hears messages; absent = nobody does. */
  readonly tracer: PeerTracer | undefined
  /** Largest metadata that is fetched. */
  readonly maxMetadataBytes: number
  readonly listenPort: () => number
  readonly emit: (event: SessionEvent) => void
}
