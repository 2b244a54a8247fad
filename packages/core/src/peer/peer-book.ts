// The addresses that one torrent knows, with what happened at each. Nobody is in it whom the session's gate refuses, or
// this torrent alone. Bounded: at the cap the address with the most failures makes room, or the new one is dropped.

import { formatEndpoint, isLocalIp, normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import type { AddressGate } from '../blocking/address-gate.ts'

const MAX_PEERS = 3000
const MAX_REFUSED = 10_000
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

/** An address as a source gives it. */
export interface FoundPeer extends Endpoint {
  /** Whoever listens there was seen to speak uTP. */
  readonly speaksUtp?: boolean
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
  speaksUtp: boolean
  /** It refused the handshake that peers are dialled with at first. */
  wantsOtherHandshake: boolean
  /** Its rank, and the version of the ranking that this is of. */
  rank: number
  rankVersion: number
}

/** The peer list of one torrent. */
export class PeerBook {
  readonly #peers = new Map<string, KnownPeer>()
  readonly #ranking: PeerRanking
  readonly #gate: AddressGate
  #gateVersion: number
  /** Ourselves, and what is banned here alone: `host:port`, or the id of a local peer. */
  readonly #refused = new Set<string>()
  #banned = 0

  constructor(ranking: PeerRanking, gate: AddressGate) {
    this.#ranking = ranking
    this.#gate = gate
    this.#gateVersion = gate.version
  }

  get size(): number {
    return this.#peers.size
  }

  /** How often this torrent has banned a peer. */
  get banned(): number {
    return this.#banned
  }

  /** Adds an address or gives a failed one a new chance. False when it is unusable, refused, or there is no room. */
  add({ host, port, speaksUtp = false }: FoundPeer, origin: PeerOrigin): boolean {
    const endpoint = { host, port }
    if (!isDialable(endpoint) || this.refusal(endpoint) !== undefined) return false
    if (isHearsay(origin) && endpoint.port < MIN_HEARSAY_PORT) return false
    const key = formatEndpoint(endpoint)
    const known = this.#peers.get(key)
    if (known !== undefined) {
      known.speaksUtp ||= speaksUtp
      if (origin === 'tracker' && known.failures >= MAX_FAILURES) known.failures = MAX_FAILURES - 1
      return true
    }
    if (this.#peers.size >= MAX_PEERS && !this.#dropWorst()) return false
    const ranked = { rank: this.#ranking.rankOf(endpoint), rankVersion: this.#ranking.version }
    const state = { failures: 0, nextDialAtMs: 0, isBusy: false, isSeed: false, wantsOtherHandshake: false }
    this.#peers.set(key, { endpoint, origin, speaksUtp, ...state, ...ranked })
    return true
  }

  /**
   * A peer that connected to us said where it listens: remembers the address as busy, so that it is dialled again when
   * the connection is lost. `undefined` when it is unusable or somebody is connected to it already.
   */
  connectedFrom(endpoint: FoundPeer): KnownPeer | undefined {
    return this.claim(endpoint, 'incoming')
  }

  /**
   * Adds an address and marks it busy until {@link released}. `undefined` when it is unusable or somebody is dialling it
   * or connected to it already.
   */
  claim(endpoint: FoundPeer, origin: PeerOrigin): KnownPeer | undefined {
    if (!this.add(endpoint, origin)) return undefined
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
    if (this.#gateVersion !== this.#gate.version) this.#dropRefused()
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

  /** It is worth another dial now. */
  retried(peer: KnownPeer, nowMs: number): void {
    peer.isBusy = false
    peer.nextDialAtMs = nowMs
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

  /** Never dial this address again: it is ourselves. */
  forget(peer: KnownPeer): void {
    this.#peers.delete(formatEndpoint(peer.endpoint))
    this.#refuse(formatEndpoint(peer.endpoint))
  }

  /**
   * Bans a peer that sent bad data: a public host as a whole, for all torrents. Behind a local address there may be many
   * honest peers, so only this one is banned, and only here; `peerId` catches it when it comes back from another port.
   */
  ban(endpoint: Endpoint, peerId: string): void {
    this.#banned++
    if (isLocalIp(endpoint.host)) {
      this.#refuse(formatEndpoint(endpoint))
      this.#refuse(peerId)
    } else this.#gate.ban(endpoint.host)
    this.#dropRefused()
  }

  /** Why there shall be no connection with a peer, in a few words; `undefined` when there may be. */
  refusal(endpoint: Endpoint, peerId?: string): string | undefined {
    if (this.#refused.has(formatEndpoint(endpoint))) return 'banned'
    if (peerId !== undefined && this.#refused.has(peerId)) return 'banned'
    return this.#gate.refusal(endpoint.host)
  }

  #dropRefused(): void {
    this.#gateVersion = this.#gate.version
    for (const [key, peer] of this.#peers) if (this.refusal(peer.endpoint) !== undefined) this.#peers.delete(key)
  }

  #rank(peer: KnownPeer): void {
    const { version } = this.#ranking
    if (peer.rankVersion === version) return
    peer.rank = this.#ranking.rankOf(peer.endpoint)
    peer.rankVersion = version
  }

  #refuse(key: string): void {
    this.#refused.add(key)
    const [oldest] = this.#refused
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest)
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

/** Host names, which only a person gives, are judged by the resolver. */
function isDialable({ host, port }: Endpoint): boolean {
  if (port < 1 || port > 65_535 || host === '') return false
  return normalIp(host) === undefined || scopeOf(host) !== 'unusable'
}
