// Binds the parts together: what a request is to the queue, and who speaks which protocol.

import { boundFamilies } from '@ccbt/address'
import type { BindAddresses, IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import { createAddressGuard, systemResolve } from '../address-guard.ts'
import type { Resolve } from '../address-guard.ts'
import { HttpFetcher, MAX_CONNECTIONS_PER_HOST } from './http-fetch.ts'
import { HttpTracker } from './http-tracker.ts'
import { cachedResolve } from './name-cache.ts'
import { RequestQueue } from './request-queue.ts'
import type { Priority, QueuedRequest } from './request-queue.ts'
import { scrapeBatches } from './scrape-batches.ts'
import { parseTrackerUrl } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'
import type { AnnounceEvent, ScrapeCounts, TrackerClient, TrackerRequest, TrackerResponse } from './tracker.ts'
import { UdpExchange } from './udp-exchange.ts'
import { UdpTracker } from './udp-tracker.ts'

/** Requests to a UDP tracker under way at a time: they cost no connections, but a burst of datagrams gets lost. */
const MAX_UDP_REQUESTS_PER_HOST = 16

/** A goodbye has little time; completion is told at once. */
const PRIORITIES: Readonly<Record<AnnounceEvent, Priority>> = {
  started: 'start',
  update: 'ordinary',
  completed: 'urgent',
  stopped: 'urgent',
}

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
  /**
   * The way of everything, with a local address of its own: names are resolved there, and UDP trackers can be asked only
   * if it has a relay.
   */
  readonly proxy?: Proxy
  /** Name resolution. Default: the system's. */
  readonly resolve?: Resolve
}

/**
 * A client for HTTP, HTTPS and UDP trackers, one for all torrents of a session: they share its connections, its UDP
 * connection ids and its queue. At most 40 requests are under way at a time, 4 of them to one HTTP tracker. Disposing
 * closes all sockets and fails the requests under way.
 *
 * @example
 * await using client = createTrackerClient({ userAgent: 'ccbt/0.1.0', clock, random })
 * const { peers } = await client.announce('udp://tracker.example:6969/announce', request, signal)
 */
export function createTrackerClient(options: TrackerClientOptions): TrackerClient & AsyncDisposable {
  return new Client(options)
}

class Client implements TrackerClient, AsyncDisposable {
  readonly families: readonly IpFamily[]
  readonly #queue: RequestQueue
  readonly #fetcher: HttpFetcher
  readonly #exchange: UdpExchange
  readonly #http: HttpTracker
  readonly #udp: UdpTracker
  readonly #closing = new AbortController()

  constructor(options: TrackerClientOptions) {
    const { bind = {}, clock, random, userAgent, proxy } = options
    const guard = createAddressGuard({
      bind,
      allowsLocal: options.allowLocal ?? false,
      resolve: cachedResolve(options.resolve ?? systemResolve, clock),
      isProxied: proxy !== undefined,
    })
    // Which family a proxy uses is not ours to say, so it is asked once.
    this.families = proxy === undefined ? boundFamilies(bind) : ['ipv4']
    this.#queue = new RequestQueue(clock, random)
    this.#fetcher = new HttpFetcher({ bind, userAgent, clock, ...(proxy === undefined ? {} : { proxy }) })
    this.#exchange = new UdpExchange({ bind, random, proxy })
    this.#http = new HttpTracker({ fetcher: this.#fetcher, guard, clock })
    this.#udp = new UdpTracker({ exchange: this.#exchange, guard, clock })
  }

  async announce(
    text: string,
    request: TrackerRequest,
    signal: AbortSignal,
    onTurn: () => void = () => {},
  ): Promise<TrackerResponse> {
    const url = parseTrackerUrl(text)
    return await this.#queue.run({
      ...laneOf(url, request.family),
      priority: PRIORITIES[request.event],
      signal,
      onTurn,
      run: () => this.#speaker(url).announce(url, request, this.#untilClosed(signal)),
    })
  }

  async scrape(
    text: string,
    infoHashes: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<(ScrapeCounts | undefined)[]> {
    const url = parseTrackerUrl(text)
    const counts: (ScrapeCounts | undefined)[] = []
    for (const batch of scrapeBatches(url, infoHashes)) {
      const found = await this.#queue.run({
        ...laneOf(url),
        priority: 'ordinary',
        signal,
        onTurn: () => {},
        run: () => this.#speaker(url).scrape(url, batch, this.#untilClosed(signal)),
      })
      counts.push(...found)
    }
    return counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#queue[Symbol.dispose]()
    this.#fetcher[Symbol.dispose]()
    await this.#exchange[Symbol.asyncDispose]()
  }

  /** Made when the turn comes: a signal of two takes kilobytes, and thousands may wait. */
  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal])
  }

  #speaker(url: TrackerUrl): HttpTracker | UdpTracker {
    return url.protocol === 'udp:' ? this.#udp : this.#http
  }
}

/** One tracker over one family: the other one may fail by itself. */
function laneOf(
  { protocol, hostname, port, label }: TrackerUrl,
  family?: IpFamily,
): Pick<QueuedRequest<unknown>, 'lane' | 'laneLimit' | 'label'> {
  return {
    lane: `${protocol}//${hostname} ${port} ${family ?? 'any'}`,
    laneLimit: protocol === 'udp:' ? MAX_UDP_REQUESTS_PER_HOST : MAX_CONNECTIONS_PER_HOST,
    label,
  }
}
