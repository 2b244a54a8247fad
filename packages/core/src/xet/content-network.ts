// The ways to others for who looks for content without a session: as a session would go. What is to go through the proxy
// never goes straight, also not while the proxy is down; whom the IP filters block is not spoken to.

import type { BindAddresses } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import { IpFilters } from '../blocking/ip-filters.ts'
import type { SessionOptions } from '../options.ts'
import { PeerNetwork } from '../peer/peer-network.ts'
import { bindAddresses, createSessionSockets } from '../peer/session-sockets.ts'
import { proxyRoutes } from '../proxying.ts'
import { createSystemRandom, systemClock } from '../system.ts'
import { VERSION } from '../version.ts'

/** As the options of a session. Default: straight, from any address, to anybody, plain where that is taken. */
export type ContentNetwork = Pick<SessionOptions, 'bind' | 'proxy' | 'ipFilter' | 'encryption' | 'userAgent'>

/** The ways to peers, trackers and DHT nodes. */
export interface ContentWays {
  readonly clock: Clock
  readonly random: Random
  readonly bind: BindAddresses
  readonly userAgent: string
  /** To peers, by TCP. */
  readonly peers: PeerNetwork
  /** To DHT nodes. Absent = straight. */
  readonly proxy: Proxy | undefined
  /** To trackers. Absent = straight. */
  readonly trackerProxy: Proxy | undefined
  /** Whether the IP filters block this address. */
  readonly isBlocked: (host: string) => boolean
}

/** Makes them; nothing is sent, and there is nothing to close. Rejects with IP_FILTER_UNREADABLE. */
export async function openWays(given: ContentNetwork = {}): Promise<ContentWays> {
  const network = { clock: systemClock, random: createSystemRandom(), bind: bindAddresses(given.bind) }
  // Each attempt tells of its own failure.
  const { peers: proxy, trackers: trackerProxy } = proxyRoutes(given.proxy, { ...network, emit: () => {} })
  const { factory } = createSessionSockets({ ...network, given: undefined, transports: { utp: false }, proxy })
  const filters = new IpFilters(given.ipFilter ?? [], network.clock)
  await filters.load()
  const isBlocked = (host: string): boolean => filters.isBlocked(host)
  const peers = new PeerNetwork({
    ...network,
    sockets: factory,
    usesUtp: false,
    policy: given.encryption ?? 'allowed',
    isRefused: isBlocked,
    route: () => false,
  })
  return { ...network, userAgent: given.userAgent ?? `ccbt/${VERSION}`, peers, proxy, trackerProxy, isBlocked }
}
