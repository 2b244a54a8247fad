// Our own address as others see it, and what follows from it: which peers suit us better than others (BEP 40).

import { canonicalPriority, ExternalAddressVote } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Random } from '@ccbt/primitives'

import type { PeerRanking } from './peer-book.ts'

/** The external addresses of a session. */
export class ExternalAddress implements PeerRanking {
  readonly #listenPort: () => number
  readonly #random: Random
  readonly #vote = new ExternalAddressVote(() => this.#version++)
  #version = 0

  constructor(listenPort: () => number, random: Random) {
    this.#listenPort = listenPort
    this.#random = random
  }

  /** Another number whenever an address has changed, and with it all priorities and ranks. */
  get version(): number {
    return this.#version
  }

  /** What most agree on. */
  get ips(): { readonly v4?: string; readonly v6?: string } {
    const v4 = this.#vote.winner('ipv4')
    const v6 = this.#vote.winner('ipv6')
    return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) }
  }

  /** `voter`, an IP literal or a name of many, sees us at `ip`. Whatever is no global IP literal does not count. */
  seen(ip: string, voter: string): void {
    this.#vote.add(ip, voter)
  }

  /** The canonical priority of a peer; `undefined` while our address of its family is unknown. */
  priorityOf(peer: Endpoint): number | undefined {
    const host = this.#vote.winner(peer.host.includes(':') ? 'ipv6' : 'ipv4')
    return host === undefined ? undefined : canonicalPriority({ host, port: this.#listenPort() }, peer)
  }

  /** The priority, or a random number as long as there is none. */
  rankOf(peer: Endpoint): number {
    return this.priorityOf(peer) ?? this.#random.u32()
  }
}
