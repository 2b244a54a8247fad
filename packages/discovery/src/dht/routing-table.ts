// The nodes that this node knows (BEP 5): 160 buckets by the length of the prefix that an id shares with our own, eight
// nodes each, and eight more per bucket that wait for a place. Only nodes that have answered a question get in. Nobody
// owns much of it: one node per /24 or /64 in a bucket, four in the table; ids that BEP 42 gives go before others.
// Time is the caller's.

import type { Endpoint } from '@ccbt/address'
import { bytesEqual, toHex } from '@ccbt/primitives'

import { endpointKey, ID_BYTES, networkOf } from './contact.ts'
import type { Contact } from './contact.ts'
import { bucketIndex, closer, isIdRightFor } from './node-id.ts'
import type { NodeId } from './node-id.ts'

/** Nodes in a bucket, and in an answer (Kademlia's k). */
export const BUCKET_NODES = 8
const WAITING_NODES = 8
const NODES_PER_NETWORK = 4
/** A node that was not heard of for longer is questionable (BEP 5). */
const GOOD_MS = 15 * 60_000
/** Questions in a row without an answer that make a node bad: one datagram may get lost. */
const BAD_FAILURES = 2
/** Between two questions to a node that may be gone. */
const RETRY_MS = 60_000

interface Entry {
  readonly contact: Contact
  readonly key: string
  readonly network: string
  readonly hasRightId: boolean
  /** Last answer, or question of its own. */
  heardAt: number
  askedAt: number
  failures: number
}

interface Bucket {
  readonly entries: Entry[]
  /** Newest last. */
  readonly waiting: Entry[]
}

/** One address family's table. */
export class RoutingTable {
  #ownId: NodeId
  #buckets: (Bucket | undefined)[] = []
  /** Entries of buckets, not those that wait. */
  readonly #byEndpoint = new Map<string, Entry>()
  readonly #byId = new Map<string, Entry>()
  readonly #perNetwork = new Map<string, number>()

  constructor(ownId: NodeId) {
    this.#ownId = ownId
  }

  get ownId(): NodeId {
    return this.#ownId
  }

  /** Nodes in buckets. */
  get size(): number {
    return this.#byEndpoint.size
  }

  /** Nodes heard of within 15 minutes that answer. */
  good(now: number): number {
    let good = 0
    for (const entry of this.#byEndpoint.values()) if (!isBad(entry) && now - entry.heardAt <= GOOD_MS) good++
    return good
  }

  /** A node has answered: it gets in, or waits, or is passed over. */
  answered(contact: Contact, now: number): void {
    const key = endpointKey(contact)
    const known = this.#byEndpoint.get(key)
    if (known !== undefined && bytesEqual(known.contact.id, contact.id)) {
      known.heardAt = now
      known.failures = 0
      return
    }
    // Another id at the same address: the old node is gone, whoever it was.
    if (known !== undefined) this.#remove(known)
    if (!this.#mayEnter(contact, key)) return
    const hasRightId = isIdRightFor(contact.id, contact.host)
    this.#place({ contact, key, network: networkOf(contact), hasRightId, heardAt: now, askedAt: now, failures: 0 })
  }

  /** A node has asked something; only what is known already counts. */
  heard(contact: Contact, now: number): void {
    const known = this.#byEndpoint.get(endpointKey(contact))
    if (known !== undefined && bytesEqual(known.contact.id, contact.id)) known.heardAt = now
  }

  /** A question to this address was not answered. A node that waits takes the place of one that has become bad. */
  failed(endpoint: Endpoint): void {
    const entry = this.#byEndpoint.get(endpointKey(endpoint))
    if (entry === undefined) return
    entry.failures++
    if (!isBad(entry)) return
    const bucket = this.#bucketOf(entry.contact.id)
    const next = bucket.waiting.findLast(({ hasRightId }) => hasRightId) ?? bucket.waiting.at(-1)
    if (next === undefined) return
    bucket.waiting.splice(bucket.waiting.indexOf(next), 1)
    this.#remove(entry)
    if (this.#mayEnter(next.contact, next.key)) this.#insert(bucket, next)
  }

  /** Whether it is worth a question to find out if this node answers. */
  isWanted(contact: Contact): boolean {
    const key = endpointKey(contact)
    if (this.#byEndpoint.has(key) || !this.#mayEnter(contact, key)) return false
    const { entries, waiting } = this.#bucketOf(contact.id)
    if (entries.length < BUCKET_NODES || entries.some(isBad)) return true
    const wouldReplace = isIdRightFor(contact.id, contact.host) && entries.some(({ hasRightId }) => !hasRightId)
    return wouldReplace || waiting.length === 0
  }

  /** The nodes closest to `target`, closest first, none of them bad. */
  closest(target: NodeId, most: number): Contact[] {
    const shared = Math.min(bucketIndex(this.#ownId, target), 8 * ID_BYTES - 1)
    const found: Contact[] = []
    // Bucket `shared` is nearest to the target; all deeper ones are equally far from it, then each one above is farther.
    this.#collect(found, target, { from: shared, to: shared + 1, most })
    this.#collect(found, target, { from: shared + 1, to: this.#buckets.length, most })
    for (let i = shared - 1; i >= 0 && found.length < most; i--)
      this.#collect(found, target, { from: i, to: i + 1, most })
    return found
  }

  /**
   * The node that was not heard of for longest, when it is questionable and was not asked a minute ago. Noted as asked.
   */
  nextToAsk(now: number): Contact | undefined {
    let stalest: Entry | undefined
    for (const entry of this.#byEndpoint.values()) {
      const isDue = (now - entry.heardAt > GOOD_MS || entry.failures > 0) && now - entry.askedAt > RETRY_MS
      if (isDue && (stalest === undefined || lastDealing(entry) < lastDealing(stalest))) stalest = entry
    }
    if (stalest !== undefined) stalest.askedAt = now
    return stalest?.contact
  }

  /** Index of the deepest bucket with a node, -1 without any. */
  get depth(): number {
    return this.#buckets.findLastIndex((bucket) => bucket !== undefined && bucket.entries.length > 0)
  }

  /** All nodes that are not bad, the most recently heard first. */
  contacts(): Contact[] {
    const entries = [...this.#byEndpoint.values()].filter((entry) => !isBad(entry))
    return entries.sort((a, b) => b.heardAt - a.heardAt).map(({ contact }) => contact)
  }

  /** Takes another id for ourselves; the nodes are sorted into new buckets, and those that find no place are dropped. */
  rebase(ownId: NodeId): void {
    const entries = [...this.#byEndpoint.values()]
    this.#ownId = ownId
    this.#buckets = []
    this.#byEndpoint.clear()
    this.#byId.clear()
    this.#perNetwork.clear()
    for (const entry of entries) if (this.#mayEnter(entry.contact, entry.key)) this.#place(entry)
  }

  #collect(found: Contact[], target: NodeId, { from, to, most }: { from: number; to: number; most: number }): void {
    if (found.length >= most) return
    const contacts: Contact[] = []
    for (let i = from; i < to; i++) {
      for (const entry of this.#buckets[i]?.entries ?? []) if (!isBad(entry)) contacts.push(entry.contact)
    }
    contacts.sort((a, b) => closer(target, a.id, b.id))
    for (const contact of contacts) if (found.length < most) found.push(contact)
  }

  /** Neither us, nor an id that another living node has, nor one too many of its network. */
  #mayEnter(contact: Contact, key: string): boolean {
    if (bytesEqual(contact.id, this.#ownId)) return false
    const sameId = this.#byId.get(toHex(contact.id))
    if (sameId !== undefined && sameId.key !== key && !isBad(sameId)) return false
    const network = networkOf(contact)
    if ((this.#perNetwork.get(network) ?? 0) >= NODES_PER_NETWORK) return false
    const { entries, waiting } = this.#bucketOf(contact.id)
    return ![...entries, ...waiting].some((entry) => entry.network === network && entry.key !== key && !isBad(entry))
  }

  #place(entry: Entry): void {
    const namesake = this.#byId.get(toHex(entry.contact.id))
    if (namesake !== undefined) this.#remove(namesake)
    const bucket = this.#bucketOf(entry.contact.id)
    const { entries, waiting } = bucket
    if (entries.length < BUCKET_NODES) return this.#insert(bucket, entry)
    const worst = entries.find(isBad) ?? (entry.hasRightId ? entries.find(({ hasRightId }) => !hasRightId) : undefined)
    if (worst !== undefined) {
      this.#remove(worst)
      return this.#insert(bucket, entry)
    }
    const sameKey = waiting.findIndex(({ key }) => key === entry.key)
    if (sameKey !== -1) waiting.splice(sameKey, 1)
    waiting.push(entry)
    if (waiting.length > WAITING_NODES) waiting.shift()
  }

  #insert({ entries, waiting }: Bucket, entry: Entry): void {
    const sameKey = waiting.findIndex(({ key }) => key === entry.key)
    if (sameKey !== -1) waiting.splice(sameKey, 1)
    entries.push(entry)
    this.#byEndpoint.set(entry.key, entry)
    this.#byId.set(toHex(entry.contact.id), entry)
    this.#perNetwork.set(entry.network, (this.#perNetwork.get(entry.network) ?? 0) + 1)
  }

  #remove(entry: Entry): void {
    const { entries } = this.#bucketOf(entry.contact.id)
    entries.splice(entries.indexOf(entry), 1)
    this.#byEndpoint.delete(entry.key)
    this.#byId.delete(toHex(entry.contact.id))
    const left = (this.#perNetwork.get(entry.network) ?? 1) - 1
    if (left > 0) this.#perNetwork.set(entry.network, left)
    else this.#perNetwork.delete(entry.network)
  }

  #bucketOf(id: NodeId): Bucket {
    const index = Math.min(bucketIndex(this.#ownId, id), 8 * ID_BYTES - 1)
    return (this.#buckets[index] ??= { entries: [], waiting: [] })
  }
}

function isBad(entry: Entry): boolean {
  return entry.failures >= BAD_FAILURES
}

function lastDealing(entry: Entry): number {
  return Math.max(entry.heardAt, entry.askedAt)
}
