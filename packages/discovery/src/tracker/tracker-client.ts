import type { Clock, Random } from '@ccbt/primitives'

import { createAddressGuard, systemResolve } from '../address-guard.ts'
import type { BindAddresses, Resolve } from '../address-guard.ts'
import { aborted } from '../errors.ts'
import { HttpFetcher } from './http-fetch.ts'
import { HttpTracker } from './http-tracker.ts'
import { parseTrackerUrl } from './tracker-url.ts'
import type { TrackerClient } from './tracker.ts'
import { UdpExchange } from './udp-exchange.ts'
import { UdpTracker } from './udp-tracker.ts'

/** Settings of {@link createTrackerClient}. */
export interface TrackerClientOptions {
  /** Local addresses of all sockets. When one family has none and the other has, the first is not used. */
  readonly bind?: BindAddresses
  /** Client name and version as HTTP trackers see it. */
  readonly userAgent: string
  readonly clock: Clock
  /** Transaction ids come from it: outside of tests it must not be predictable. */
  readonly random: Random
  /**
   * Whether host names and redirects may lead to local addresses too, on any path. Default false: only a URL that
   * itself names a local address, `localhost` included, may, with a path that ends in `/announce`.
   */
  readonly allowLocal?: boolean
  /** Name resolution. Default: the system's. */
  readonly resolve?: Resolve
}

/**
 * A client for HTTP, HTTPS and UDP trackers. It keeps connections and UDP connection ids for later announces; disposing
 * closes all sockets and fails the announces under way.
 *
 * @example
 * await using client = createTrackerClient({ userAgent: 'ccbt/0.1.0', clock, random })
 * const { peers } = await client.announce('udp://tracker.example:6969/announce', request, signal)
 */
export function createTrackerClient(options: TrackerClientOptions): TrackerClient & AsyncDisposable {
  const { bind = {}, clock, random, userAgent } = options
  const guard = createAddressGuard({
    bind,
    allowsLocal: options.allowLocal ?? false,
    resolve: options.resolve ?? systemResolve,
  })
  const fetcher = new HttpFetcher({ bind, userAgent, clock })
  const exchange = new UdpExchange(bind, random)
  const http = new HttpTracker({ fetcher, guard, clock })
  const udp = new UdpTracker({ exchange, guard, clock })
  const closing = new AbortController()
  return {
    async announce(url, request, signal) {
      if (signal.aborted || closing.signal.aborted) throw aborted()
      const target = parseTrackerUrl(url)
      const either = AbortSignal.any([signal, closing.signal])
      return target.protocol === 'udp:'
        ? await udp.announce(target, request, either)
        : await http.announce(target, request, either)
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      fetcher[Symbol.dispose]()
      await exchange[Symbol.asyncDispose]()
    },
  }
}
