// Finds who has content by its hash, nearest first: the peers that are named, the swarms of torrents that are named, then
// those that announce it on trackers, then in the DHT. Every step asks only when the ones before it have not brought it.
//
// Bounds: 32 strangers are asked in a step, 8 at a time; who has sent something false is not asked again in a search.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { CcbtError } from '@ccbt/primitives'

import { contentNotFound, lookupFailed } from '../errors.ts'
import type { Meeting } from './content-conversation.ts'
import { offerOf, swarmOffer } from './content-fetch.ts'
import type { ContentRequest, Offer } from './content-fetch.ts'
import { contentKeyOf } from './content-keys.ts'
import { CONTENT_INFO_HASH } from './content-link.ts'
import { openWays } from './content-network.ts'
import type { ContentWays } from './content-network.ts'
import { askDht, askTracker } from './content-sources.ts'

/** Of a torrent. */
const MAX_TRACKERS = 10

/** What is looked for, and where. */
export interface ContentSearch extends Omit<ContentRequest, 'peer'> {
  /** Asked first, one after the other, in this order. */
  readonly peers: readonly Endpoint[]
  /**
   * Public torrents whose peers may have it: found by what the torrent names, its trackers, and `dht` if that is there. Asked when
   * none of `peers` has it. A private torrent is left out: its peers speak of nothing.
   */
  readonly torrents?: readonly (Metainfo | Magnet)[]
  /** Announce URLs of trackers that may know who announces it. */
  readonly trackers?: readonly string[]
  /** Asked last, beginning with these nodes. Who answers there learns what is looked for. */
  readonly dht?: { readonly bootstrap: readonly Endpoint[] }
}

/**
 * Tries one peer after the other until `take` has got all of the content from one. `take` begins anew with each. Rejects with
 * CONTENT_NOT_FOUND, or with what went wrong last; CONTENT_LOOKUP_FAILED when the proxy does not carry the questions to the DHT,
 * IP_FILTER_UNREADABLE, ABORTED.
 * @example await searchContent({ hash, peers, signal }, (chunks) => pipeline(chunks, createWriteStream(path)))
 */
export async function searchContent<T>(
  search: ContentSearch,
  take: (chunks: AsyncGenerator<Uint8Array, void>) => Promise<T>,
): Promise<T> {
  const ways = await openWays(search.network)
  if (search.dht !== undefined && ways.proxy !== undefined && ways.proxy.relay === undefined) {
    throw lookupFailed(`the proxy ${ways.proxy.label} carries no UDP`)
  }
  const run = new SearchRun(search, ways)
  for await (const { offer, peer } of run.offers()) {
    try {
      return await take(offer.chunks())
    } catch (error) {
      run.failed(error, peer)
    }
  }
  throw run.problem
}

interface Found {
  readonly offer: Offer
  readonly peer: Endpoint
}

/** What a peer said: one of both. */
interface Answer {
  readonly peer: Endpoint
  readonly offer?: Offer
  readonly error?: unknown
}

/** How many are asked in a step. */
interface Pace {
  /** At a time. */
  readonly width: number
  readonly most: number
  /** Whether nobody is asked at an address that something false has come from. */
  readonly isWary: boolean
}

const NAMED: Pace = { width: 1, most: Number.POSITIVE_INFINITY, isWary: false }
const STRANGERS: Pace = { width: 8, most: 32, isWary: true }

/** One search. */
class SearchRun {
  readonly #search: ContentSearch
  readonly #ways: ContentWays
  /** `address infohash` of all that were asked. */
  readonly #asked = new Set<string>()
  /** Hosts that have sent something false. */
  readonly #liars = new Set<string>()
  #last: CcbtError | undefined

  constructor(search: ContentSearch, ways: ContentWays) {
    this.#search = search
    this.#ways = ways
  }

  /** Why nothing was found. */
  get problem(): CcbtError {
    return this.#last ?? contentNotFound('nobody is known who has a file or chunk with this hash')
  }

  /** Peers that say that they have it. What one offers is over when the next one is asked for. */
  async *offers(): AsyncGenerator<Found, void> {
    const { peers, torrents = [], trackers = [], hash, dht } = this.#search
    yield* this.#probe(peers, CONTENT_INFO_HASH, NAMED)
    for (const torrent of torrents) yield* this.#inSwarm(torrent)
    const key = contentKeyOf(hash)
    yield* this.#probe(await this.#fromTrackers(trackers, key), CONTENT_INFO_HASH, STRANGERS)
    if (dht !== undefined) yield* this.#probe(await this.#fromDht(key), CONTENT_INFO_HASH, STRANGERS)
  }

  /** Something went wrong that somebody else may do better. @throws what nobody can. */
  failed(error: unknown, peer?: Endpoint): void {
    const { signal } = this.#search
    if (signal.aborted || !isCcbtError(error) || error.blame === 'us') throw error
    const isLie = isCcbtError(error, 'CONTENT_INVALID')
    if (isLie && peer !== undefined) this.#liars.add(peer.host)
    // That somebody has lied says more than that somebody else has nothing.
    if (isLie || this.#last?.code !== 'CONTENT_INVALID') this.#last = error
  }

  async *#inSwarm(torrent: Metainfo | Magnet): AsyncGenerator<Found, void> {
    const isMetainfo = 'infoBytes' in torrent
    if (isMetainfo && torrent.isPrivate) return
    const named = isMetainfo ? [] : torrent.peers
    const urls = torrent.trackers.flat().slice(0, MAX_TRACKERS)
    for (const infoHash of swarmHashes(torrent)) {
      yield* this.#probe(named, infoHash, STRANGERS)
      yield* this.#probe(await this.#fromTrackers(urls, infoHash), infoHash, STRANGERS)
      if (this.#search.dht !== undefined) yield* this.#probe(await this.#fromDht(infoHash), infoHash, STRANGERS)
    }
  }

  async #fromTrackers(urls: readonly string[], key: Uint8Array): Promise<Endpoint[]> {
    const { signal } = this.#search
    const found = urls.map((url) => this.#orNothing(askTracker(this.#ways, url, { key, signal })))
    return (await Promise.all(found)).flat()
  }

  async #fromDht(key: Uint8Array): Promise<readonly Endpoint[]> {
    const { dht, signal } = this.#search
    return dht === undefined ? [] : await this.#orNothing(askDht(this.#ways, dht.bootstrap, { key, signal }))
  }

  async #orNothing(asked: Promise<readonly Endpoint[]>): Promise<readonly Endpoint[]> {
    try {
      return await asked
    } catch (error) {
      this.failed(error)
      return []
    }
  }

  /** Asks peers about what goes by this hash, some at a time. */
  async *#probe(peers: readonly Endpoint[], infoHash: Uint8Array, pace: Pace): AsyncGenerator<Found, void> {
    const waiting = peers.filter((peer) => this.#isNew(peer, infoHash)).slice(0, pace.most)
    const running = new Map<Endpoint, Promise<Answer>>()
    let over = new AbortController()
    using _ = { [Symbol.dispose]: () => over.abort() }
    for (;;) {
      while (running.size < pace.width) {
        const peer = waiting.shift()
        if (peer === undefined) break
        if (pace.isWary && this.#liars.has(peer.host)) continue
        running.set(peer, this.#ask({ peer, infoHash }, over.signal))
      }
      if (running.size === 0) return
      const { peer, offer, error } = await Promise.race(running.values())
      running.delete(peer)
      if (offer === undefined) {
        this.failed(error, peer)
        continue
      }
      yield { offer, peer }
      // It was not what it seemed, and meanwhile others may have tired of waiting.
      over.abort()
      over = new AbortController()
      waiting.unshift(...running.keys())
      running.clear()
    }
  }

  #isNew(peer: Endpoint, infoHash: Uint8Array): boolean {
    const name = `${formatEndpoint(peer)} ${toHex(infoHash)}`
    const isNew = !this.#asked.has(name)
    this.#asked.add(name)
    return isNew
  }

  async #ask(meeting: Meeting, over: AbortSignal): Promise<Answer> {
    const { peer, infoHash } = meeting
    const signal = AbortSignal.any([this.#search.signal, over])
    const ask = infoHash === CONTENT_INFO_HASH ? offerOf : swarmOffer
    try {
      return { peer, offer: await ask(this.#ways, { name: this.#search, meeting }, signal) }
    } catch (error) {
      return { peer, error }
    }
  }
}
