// Whom a session has nothing to do with, whatever the torrent and whoever named the address: what the IP filters block,
// and who has sent bad data.

import type { Clock } from '@ccbt/primitives'

import type { SessionEvent } from '../events.ts'
import { BanList, webSeedKey } from './ban-list.ts'
import { IpFilters } from './ip-filters.ts'

/** Decides about the addresses of peers. */
export interface AddressGate {
  /** Another number whenever an address may be refused that was not before. */
  readonly version: number
  /** Why there shall be no connection with `host`, an IP literal, in a few words; `undefined` when there may be. */
  refusal(host: string): string | undefined
  /** `host` has sent bad data, beyond doubt. */
  ban(host: string): void
}

/** What a {@link SessionGate} goes by. */
export interface SessionGateOptions {
  /** Files of blocked addresses. */
  readonly ipFilter: readonly string[]
  readonly stateDir: string
  readonly clock: Clock
  readonly wallClock: () => Date
}

/** The web seeds of one torrent that are not used, by URL. */
export interface WebSeedBans {
  has(url: string): boolean
  add(url: string): void
}

/** The gate of a session. */
export class SessionGate implements AddressGate, AsyncDisposable {
  readonly #filters: IpFilters
  readonly #bans: BanList

  private constructor(filters: IpFilters, bans: BanList) {
    this.#filters = filters
    this.#bans = bans
  }

  /** Reads the filters and the bans. Rejects with IP_FILTER_UNREADABLE: without its filter a session does not start. */
  static async open(options: SessionGateOptions): Promise<SessionGate> {
    const filters = new IpFilters(options.ipFilter, options.clock)
    const bans = new BanList(options)
    await Promise.all([filters.load(), bans.load()])
    return new SessionGate(filters, bans)
  }

  get version(): number {
    return this.#filters.version + this.#bans.version
  }

  /** What there is to tell of the filters. */
  get events(): SessionEvent[] {
    return this.#filters.events
  }

  refusal(host: string): string | undefined {
    if (this.#bans.has(host)) return 'banned'
    return this.#filters.isBlocked(host) ? 'blocked by the IP filter' : undefined
  }

  ban(host: string): void {
    this.#bans.add(host)
  }

  /** `infoHash` is lower-case hexadecimal. */
  webSeedBans(infoHash: string): WebSeedBans {
    return {
      has: (url) => this.#bans.has(webSeedKey(infoHash, url)),
      add: (url) => this.#bans.add(webSeedKey(infoHash, url)),
    }
  }

  /** Follows changes of the filters from now on. */
  watch(emit: (event: SessionEvent) => void): void {
    this.#filters.watch(emit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#filters[Symbol.dispose]()
    await this.#bans[Symbol.asyncDispose]()
  }
}
