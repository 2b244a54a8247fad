// The peers in the answers of one lookup: each one once, none at an address that is of no use, 2000 at most. A swarm is
// seldom larger, and what hostile nodes make up has an end.

import { readCompact } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { asBytes, asList, keyOf } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'

import { isDialable } from './contact.ts'

const MAX_PEERS = 2000
/** Of one answer: more do not fit into a datagram that arrives. */
const MAX_VALUES = 256

/** Sorts the peers of one lookup, of both address families. */
export class PeerSieve {
  readonly #allowLocal: boolean
  readonly #seen = new Set<string>()

  constructor(allowLocal: boolean) {
    this.#allowLocal = allowLocal
  }

  /** How many peers were found. */
  get found(): number {
    return this.#seen.size
  }

  /** The peers in an answer that were in none before. */
  take(values: BencodeDict, family: IpFamily): Endpoint[] {
    if (values.weight('values') > MAX_VALUES + 2) return []
    const fresh: Endpoint[] = []
    for (const value of asList(values.get('values')) ?? []) {
      const bytes = asBytes(value)
      const endpoint = bytes === undefined ? undefined : this.#endpoint(bytes, family)
      if (bytes === undefined || endpoint === undefined || this.#seen.size >= MAX_PEERS) continue
      this.#seen.add(keyOf(bytes))
      fresh.push(endpoint)
    }
    return fresh
  }

  #endpoint(bytes: Uint8Array, family: IpFamily): Endpoint | undefined {
    if (bytes.length !== (family === 'ipv4' ? 6 : 18) || this.#seen.has(keyOf(bytes))) return undefined
    const endpoint = readCompact(bytes, family)[0]
    return endpoint !== undefined && isDialable(endpoint, family, this.#allowLocal) ? endpoint : undefined
  }
}
