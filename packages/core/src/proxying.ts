// Which traffic goes through a proxy. What goes through it never goes straight, also not while the proxy is down.

import type { BindAddresses } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'
import { createProxy } from '@ccbt/proxy'
import type { Proxy, ProxySettings } from '@ccbt/proxy'

import type { SessionEvent } from './events.ts'

/**
 * Kinds of traffic: connections to peers with everything else that shows us to them, the DHT included; announces; data
 * from web servers.
 */
export type ProxiedTraffic = 'peers' | 'trackers' | 'web'

/** A proxy, and what for. */
export interface ProxyOptions extends ProxySettings {
  /** Default: all. */
  readonly for?: readonly ProxiedTraffic[]
}

/** What a proxy is made with. */
export interface ProxyNetwork {
  readonly clock: Clock
  readonly bind: BindAddresses
  readonly emit: (event: SessionEvent) => void
}

/** The ways out by kind of traffic; an absent one is straight. */
export type ProxyRoutes = Partial<Readonly<Record<ProxiedTraffic, Proxy>>>

/** The same proxy for everything that is to go through it. */
export function proxyRoutes(options: ProxyOptions | undefined, { clock, bind, emit }: ProxyNetwork): ProxyRoutes {
  if (options === undefined) return {}
  const onDown = (reason: string): void => emit({ type: 'source-failed', source: 'proxy', reason })
  const proxy = createProxy(options, { clock, bind, onDown })
  const { for: traffic = ['peers', 'trackers', 'web'] } = options
  return Object.fromEntries(traffic.map((kind) => [kind, proxy]))
}
