// Our own address as the nodes that answer us see it (BEP 42): the id follows from it. One node may be wrong or lie, so
// more than half of at least ten answers from different networks have to agree.

import { ipFromBytes, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import { networkOf } from './contact.ts'

const MIN_VOTES = 10
/** Then the count starts anew. */
const MAX_VOTES = 50
const PORT_BYTES = 2

/** Counts what others say about our address. */
export class ExternalIp {
  /** The vote of each network. */
  readonly #votes = new Map<string, string>()
  #ip: string | undefined

  /** The global address that most agree on. */
  get ip(): string | undefined {
    return this.#ip
  }

  /** `seen` is our compact endpoint as `voter` sees it. True when {@link ip} changes. */
  vote(voter: Endpoint, seen: Uint8Array): boolean {
    const ip = ipFromBytes(seen.subarray(0, seen.length - PORT_BYTES))
    if (ip === undefined || scopeOf(ip) !== 'global') return false
    this.#votes.set(networkOf(voter), ip)
    if (this.#votes.size < MIN_VOTES) return false
    let same = 0
    for (const other of this.#votes.values()) if (other === ip) same++
    const hasMajority = 2 * same > this.#votes.size
    if (this.#votes.size >= MAX_VOTES) this.#votes.clear()
    if (!hasMajority || ip === this.#ip) return false
    this.#ip = ip
    return true
  }
}
