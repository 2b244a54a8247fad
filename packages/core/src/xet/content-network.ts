// The ways to others for who looks for content without a session: as a session would go. What is to go through the proxy
// never goes straight, also not while the proxy is down.

import type { BindAddresses } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import type { SocketFactory } from '@ccbt/transport'

import type { SessionOptions } from '../options.ts'
import { bindAddresses, createSessionSockets } from '../peer/session-sockets.ts'
import { proxyRoutes } from '../proxying.ts'
import { createSystemRandom, systemClock } from '../system.ts'

/** As the options of a session. Default: straight, from any address. */
export type ContentNetwork = Pick<SessionOptions, 'bind' | 'proxy'>

/** The ways to peers and DHT nodes. */
export interface ContentWays {
  readonly clock: Clock
  readonly random: Random
  readonly bind: BindAddresses
  /** Absent = straight. */
  readonly proxy: Proxy | undefined
  /** To peers, by TCP. */
  readonly sockets: SocketFactory
}

/** Makes them; nothing is sent, and there is nothing to close. */
export function contentWays({ bind: given, proxy: options }: ContentNetwork = {}): ContentWays {
  const network = { clock: systemClock, random: createSystemRandom(), bind: bindAddresses(given) }
  // Each attempt tells of its own failure.
  const { peers: proxy } = proxyRoutes(options, { ...network, emit: () => {} })
  const { factory } = createSessionSockets({ ...network, given: undefined, transports: { utp: false }, proxy })
  return { ...network, proxy, sockets: factory }
}
