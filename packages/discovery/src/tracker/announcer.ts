// Keeps one torrent known to its trackers, over each address family by itself: a tracker with addresses of both learns
// both of ours (BEP 7), and one that cannot be reached over IPv6 is none the worse over IPv4.

import type { IpFamily } from '@ccbt/address'
import type { CcbtError, Clock, Random } from '@ccbt/primitives'

import type { PeerSink } from '../peer-source.ts'
import { FamilyAnnouncer } from './family-announcer.ts'
import type { AnnounceFacts } from './family-announcer.ts'
import { trackerEntries } from './tracker-entry.ts'
import type { TrackerEntry } from './tracker-entry.ts'
import type { TrackerRoute } from './tracker-route.ts'
import { combinedStatus } from './tracker-status.ts'
import type { TrackerStatus } from './tracker-status.ts'
import type { TrackerClient, TrackerResponse } from './tracker.ts'

/** What an announcer tells by itself. */
export type TrackerEvent =
  | {
      readonly type: 'working'
      readonly url: string
      /** Addresses in this answer. */
      readonly peers: number
      readonly warning?: string
      readonly externalIp?: string
    }
  | { readonly type: 'failed'; readonly url: string; readonly error: CcbtError }

/** Settings of {@link createAnnouncer}. */
export interface AnnouncerOptions {
  /** Tracker URLs; the first tier is asked first. Repeats and URLs of other schemes are left out. */
  readonly tiers: readonly (readonly string[])[]
  readonly client: TrackerClient
  readonly sink: PeerSink
  /** Asked for every announce. */
  readonly request: () => AnnounceFacts
  readonly clock: Clock
  readonly random: Random
  readonly onEvent?: (event: TrackerEvent) => void
}

/** Announces one torrent to its trackers. Disposing stops it. */
export interface TrackerAnnouncer extends AsyncDisposable {
  /** Begins with `started`. */
  start(): void
  /**
   * Announces as soon as the tracker's minimum interval allows; a tracker that failed is tried at once, though never
   * within 5 s of the last try.
   */
  announceNow(): void
  /** The download is complete: tells so once, at once. Not to be called when it was complete from the start. */
  completed(): void
  /** Ends all announcing and tells it to the trackers that know us, within 3 s in all. */
  stop(): Promise<void>
  /** All trackers, tier by tier, in each those that work first. */
  status(): readonly TrackerStatus[]
}

/**
 * An announcer for one torrent; it does nothing before `start`.
 * @example
 * await using announcer = createAnnouncer({ tiers, client, sink, request, clock, random })
 * announcer.start()
 */
export function createAnnouncer(options: AnnouncerOptions): TrackerAnnouncer {
  return new Announcer(options)
}

class Announcer implements TrackerAnnouncer {
  readonly #options: AnnouncerOptions
  readonly #entries: readonly TrackerEntry[]
  readonly #families: readonly FamilyAnnouncer[]

  constructor(options: AnnouncerOptions) {
    const { families } = options.client
    this.#options = options
    this.#entries = trackerEntries({ ...options, families })
    this.#families = families.flatMap((family) => this.#familyOf(family))
  }

  start(): void {
    for (const family of this.#families) family.start()
  }

  announceNow(): void {
    for (const family of this.#families) family.announceNow()
  }

  completed(): void {
    for (const family of this.#families) family.completed()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#families.map((family) => family.stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  status(): readonly TrackerStatus[] {
    const rank = ({ tier, state }: TrackerStatus): number => 2 * tier + (state === 'working' ? 0 : 1)
    return this.#entries.map((entry) => this.#statusOf(entry)).sort((a, b) => rank(a) - rank(b))
  }

  /** None when no tracker may be reached over it. */
  #familyOf(family: IpFamily): FamilyAnnouncer[] {
    const routes = this.#entries.flatMap((entry) => entry.routes.get(family) ?? [])
    if (routes.length === 0) return []
    return [
      new FamilyAnnouncer({
        ...this.#options,
        family,
        routes,
        onAnswer: (route, response) => this.#answered(route, response),
        onFailure: (route, error) => this.#failed(route, error),
      }),
    ]
  }

  #statusOf({ url, tier, routes }: TrackerEntry): TrackerStatus {
    const known = this.#families.flatMap(({ family, nextAt }) => routes.get(family)?.status(nextAt) ?? [])
    return combinedStatus(url, tier, known)
  }

  #answered({ url }: TrackerRoute, { peers, warning, externalIp }: TrackerResponse): void {
    this.#options.onEvent?.({
      type: 'working',
      url,
      peers: peers.length,
      ...(warning === undefined ? {} : { warning }),
      ...(externalIp === undefined ? {} : { externalIp }),
    })
    if (peers.length > 0) this.#options.sink.peers('tracker', peers)
  }

  /** Tells of a tracker that fails as a whole: not while its other route may work, nor of a route that is none. */
  #failed(route: TrackerRoute, error: CcbtError): void {
    const routes = this.#entries.find(({ url }) => url === route.url)?.routes.values() ?? []
    const others = [...routes].filter((other) => other !== route)
    if (others.some((other) => !other.hasFailed)) return
    if (route.isPathless && others.some((other) => !other.isPathless)) return
    this.#options.onEvent?.({ type: 'failed', url: route.url, error })
  }
}
