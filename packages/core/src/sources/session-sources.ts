// What a session finds peers with. Nothing that shows this machine to others is made when peers are reached through a
// proxy: no local discovery, no port mapping, and a DHT only if the proxy carries it.

import type { SessionOptions } from '../options.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import type { ProxyRoutes } from '../proxying.ts'
import type { SessionShared } from '../session/shared.ts'
import type { SessionObserver } from '../stats/observer.ts'
import { DhtAccess } from './dht-access.ts'
import type { DhtAccessOptions } from './dht-access.ts'
import { LsdAccess } from './lsd-access.ts'
import { MappingAccess } from './mapping-access.ts'
import { TrackerAccess } from './tracker-access.ts'

/** What the sources work with. */
export interface SourcesNetwork extends Pick<
  DhtAccessOptions,
  'clock' | 'random' | 'bind' | 'listenPort' | 'utp' | 'emit'
> {
  readonly userAgent: string
  readonly externalAddress: ExternalAddress
  readonly proxies: ProxyRoutes
  readonly observer: SessionObserver | undefined
}

/** The sources that all torrents share, and what lets peers in. */
export interface SessionSources {
  readonly shared: Pick<SessionShared, 'trackers' | 'dht' | 'lsd' | 'usesPex'>
  readonly mapping: MappingAccess | undefined
}

/** Makes them; nothing is sent before a torrent needs it. */
export function openSources(options: SessionOptions, network: SourcesNetwork): SessionSources {
  const { clock, random, bind, listenPort, userAgent, externalAddress, proxies, observer, emit } = network
  const { peers: proxy, trackers } = proxies
  const base = { clock, random, bind }
  const isHidden = proxy !== undefined
  const dht = dhtOf(options, network)
  return {
    shared: {
      trackers: new TrackerAccess(
        { userAgent, ...base, ...(trackers === undefined ? {} : { proxy: trackers }) },
        observer,
      ),
      ...(dht === undefined ? {} : { dht }),
      ...(options.lsd === true && !isHidden ? { lsd: new LsdAccess({ ...base, port: listenPort }) } : {}),
      usesPex: options.pex ?? true,
    },
    mapping:
      options.portMapping === true && !isHidden
        ? new MappingAccess({ ...base, userAgent, externalAddress, emit })
        : undefined,
  }
}

function dhtOf({ dht, stateDir }: SessionOptions, network: SourcesNetwork): DhtAccess | undefined {
  const { clock, random, bind, listenPort, utp, emit, proxies } = network
  if (dht === undefined) return undefined
  const settings = { clock, random, bind, listenPort, utp, emit, stateDir, bootstrap: dht.bootstrap }
  if (proxies.peers === undefined) return new DhtAccess(settings)
  const { relay } = proxies.peers
  return relay === undefined ? undefined : new DhtAccess({ ...settings, relay })
}
