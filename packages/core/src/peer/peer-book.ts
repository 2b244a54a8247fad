// The addresses that one torrent knows, with what happened at each, and who is banned. Bounded: at the cap the address
// with the most failures makes room, or the new one is dropped.

import { formatEndpoint, isLocalIp, normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

const MAX_PEERS = 3000
const MAX_BANS = 10_000
/** An address that could not be reached so often is tried no more until a source names it again. */
const MAX_FAILURES = 3
const FIRST_RETRY_MS = 15_000
const FIRST_MANUAL_RETRY_MS = 1000
const MAX_MANUAL_RETRY_MS = 30_000
const POSTPONE_MS = 30_000
/** Wait after a connection that worked has ended. */
const RECONNECT_MS = 2000

/** Ports below are those of servers: peers there are rare, and victims are not. */
const MIN_HEARSAY_PORT = 1024

/** Who named an address: 'manual' addresses are tried for ever and sooner. */
export type PeerOrigin = 'manual' | 'tracker' | 'dht' | 'pex' | 'lsd' | 'incoming'

/** Which of the addresses that are worth the same is dialled first. */
export interface PeerRanking {
  /** Another number whenever the ranks have changed. */
  readonly version: number
  /** The highest comes first. */
  rankOf(peer: Endpoint): number
}

/** What is known of one address. */
export interface KnownPeer {
  readonly endpoint: Endpoint
  readonly origin: PeerOrigin
  failures: number
  nextDialAtMs: number
  isBusy: boolean
  /** It had every piece when last seen. */
  isSeed: boolean
  /** Its rank, and the version of the ranking that this is of. */
  rank: number
  rankVersion: number
}

/** The peer list of one torrent. */
export class PeerBook {
  readonly #peers = new Map<string, KnownPeer>()
  readonly #bans = new Set<string>()
  readonly #ranking: PeerRanking

  constructor(ranking: PeerRanking) {
    this.#ranking = ranking
  }

  get size(): number {
    return this.#peers.size
  }

  get banned(): number {
    return this.#bans.size
  }

  /** Adds an address or gives a failed one a new chance. False when it is unusable, banned, or there is no room. */
  add(endpoint: Endpoint, origin: PeerOrigin): boolean {
    if (!isDialable(endpoint) || this.isBanned(endpoint)) return false
    if (isHearsay(origin) && endpoint.port < MIN_HEARSAY_PORT) return false
    const key = formatEndpoint(endpoint)
    const known = this.#peers.get(key)
    if (known !== undefined) {
      if (origin === 'tracker' && known.failures >= MAX_FAILURES) known.failures = MAX_FAILURES - 1
      return true
    }
    if (this.#peers.size >= MAX_PEERS && !this.#dropWorst()) return false
    const ranked = { rank: this.#ranking.rankOf(endpoint), rankVersion: this.#ranking.version }
    this.#peers.set(key, { endpoint, origin, failures: 0, nextDialAtMs: 0, isBusy: false, isSeed: false, ...ranked })
    return true
  }

  /**
   * A peer that connected to us said where it listens: remembers the address as busy, so that it is dialled again when
   * the connection is lost. `undefined` when it is unusable or somebody is connected to it already.
   */
  connectedFrom(endpoint: Endpoint): KnownPeer | undefined {
    if (!this.add(endpoint, 'incoming')) return undefined
    const peer = this.#peers.get(formatEndpoint(endpoint))
    if (peer === undefined || peer.isBusy) return undefined
    peer.isBusy = true
    return peer
  }

  /**
   * Addresses to dial now, at most `count`: those that a person named, then those with the fewest failures, then by
   * rank. Each is marked busy until {@link released}.
   */
  take(nowMs: number, count: number, skipSeeds: boolean): KnownPeer[] {
    const due: KnownPeer[] = []
    for (const peer of this.#peers.values()) {
      if (peer.isBusy || peer.nextDialAtMs > nowMs || (skipSeeds && peer.isSeed)) continue
      if (peer.failures >= MAX_FAILURES && peer.origin !== 'manual') continue
      this.#rank(peer)
      due.push(peer)
    }
    const taken = due.sort(firstToDial).slice(0, count)
    for (const peer of taken) peer.isBusy = true
    return taken
  }

  /** Its turn to be dialled comes later: its host has been dialled often enough. */
  postponed(peer: KnownPeer, nowMs: number): void {
    peer.isBusy = false
    peer.nextDialAtMs = nowMs + POSTPONE_MS
  }

  /** A dial failed, or its connection ended; `wasUseful` = it got through the handshake. */
  released(peer: KnownPeer, nowMs: number, wasUseful: boolean): void {
    peer.isBusy = false
    if (wasUseful) {
      peer.failures = 0
      peer.nextDialAtMs = nowMs + RECONNECT_MS
      return
    }
    peer.failures++
    const doublings = Math.min(peer.failures - 1, 8)
    const waitMs =
      peer.origin === 'manual'
        ? Math.min(FIRST_MANUAL_RETRY_MS * 2 ** doublings, MAX_MANUAL_RETRY_MS)
        : FIRST_RETRY_MS * 2 ** doublings
    peer.nextDialAtMs = nowMs + waitMs
  }

  /** Never dial this address again: it is ourselves, or it is not worth it. */
  forget(peer: KnownPeer): void {
    this.#peers.delete(formatEndpoint(peer.endpoint))
    this.#ban(formatEndpoint(peer.endpoint))
  }

  /** Bans a peer that sent bad data. `peerId` catches a local one that comes back from another port. */
  ban(endpoint: Endpoint, peerId: string): void {
    this.#ban(banKey(endpoint))
    if (isLocalIp(endpoint.host)) this.#ban(peerId)
    for (const [key, peer] of this.#peers) if (this.isBanned(peer.endpoint)) this.#peers.delete(key)
  }

  isBanned(endpoint: Endpoint, peerId?: string): boolean {
    if (this.#bans.has(banKey(endpoint)) || this.#bans.has(formatEndpoint(endpoint))) return true
    return peerId !== undefined && this.#bans.has(peerId)
  }

  #rank(peer: KnownPeer): void {
    const { version } = this.#ranking
    if (peer.rankVersion === version) return
    peer.rank = this.#ranking.rankOf(peer.endpoint)
    peer.rankVersion = version
  }

  #ban(key: string): void {
    if (this.#bans.size >= MAX_BANS) {
      for (const oldest of this.#bans) {
        this.#bans.delete(oldest)
        break
      }
    }
    this.#bans.add(key)
  }

  #dropWorst(): boolean {
    let worst: [string, KnownPeer] | undefined
    for (const entry of this.#peers) {
      if (entry[1].isBusy || entry[1].failures === 0) continue
      if (worst === undefined || entry[1].failures > worst[1].failures) worst = entry
    }
    return worst !== undefined && this.#peers.delete(worst[0])
  }
}

function firstToDial(a: KnownPeer, b: KnownPeer): number {
  const manual = Number(b.origin === 'manual') - Number(a.origin === 'manual')
  return manual || a.failures - b.failures || b.rank - a.rank
}

/** What nobody vouches for. */
function isHearsay(origin: PeerOrigin): boolean {
  return origin === 'dht' || origin === 'pex'
}

/** Public hosts are banned as a whole; behind a local address there may be many honest peers. */
function banKey(endpoint: Endpoint): string {
  return isLocalIp(endpoint.host) ? formatEndpoint(endpoint) : endpoint.host
}

/** Host names, which only a person gives, are judged by the resolver. */
function isDialable({ host, port }: Endpoint): boolean {
  if (port < 1 || port > 65_535 || host === '') return false
  return normalIp(host) === undefined || scopeOf(host) !== 'unusable'
}
