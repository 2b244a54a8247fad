import type { BindAddresses, Endpoint, IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import type { Resolve } from '../address-guard.ts'
import type { LookupPace } from './lookup-queue.ts'
import type { SavedNodes } from './saved-nodes.ts'
import type { UdpOptions, UdpSocket } from './udp.ts'

/** What the DHT goes by. */
export interface DhtOptions {
  readonly clock: Clock
  /** Tokens and transactions follow from it: a source that cannot be guessed, outside of tests. */
  readonly random: Random
  /** Local addresses; both families on any address without. */
  readonly bind?: BindAddresses
  /** UDP port of both families; 0: any. Nothing else may use it, but for the holder of `sharedSocket`. */
  readonly port: number
  /** A socket of `port` that is open for something else already. Where it gives none, the node opens its own. */
  readonly sharedSocket?: (family: IpFamily, onDatagram: UdpOptions['onDatagram']) => UdpSocket | undefined
  /**
   * The way of all datagrams, with a local address of its own: no socket is opened on this machine and no name resolved.
   */
  readonly relay?: NonNullable<Proxy['relay']>
  /** The relay cannot be used now; told once until it can. */
  readonly onRelayFailed?: (reason: string) => void
  /** Hosts, by name or address, that are asked when no node is known. */
  readonly bootstrap: readonly Endpoint[]
  /** What {@link Dht.saved} gave in an earlier run. */
  readonly saved?: SavedNodes
  /** Asks without answering (BEP 43): for machines that nobody can reach, or that shall not serve. */
  readonly readOnly?: boolean
  /** Whether loopback and private addresses may be nodes and peers. */
  readonly allowLocal?: boolean
  /** Bytes of answers per second; default 8192. */
  readonly replyBps?: number
  /** How many lookups run; default 32 at a time, five starts a second. */
  readonly pace?: LookupPace
  /** Name resolution of bootstrap hosts; the system's without. */
  readonly resolve?: Resolve
}
