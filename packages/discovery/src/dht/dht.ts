// The DHT as the rest of the program sees it: lookups of torrents and items over the nodes of both address families, and
// the queue that they wait in.

import { normalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { bug, toHex } from '@ccbt/primitives'

import { ID_BYTES } from './contact.ts'
import type { Counters } from './counters.ts'
import { lookupAborted } from './errors.ts'
import { itemFromAnswer, itemToPut } from './items/item-messages.ts'
import { targetOf } from './items/item.ts'
import type { Item } from './items/item.ts'
import type { Answer } from './krpc.ts'
import { LookupQueue } from './lookup-queue.ts'
import type { LookupPace } from './lookup-queue.ts'
import { openMembers } from './member.ts'
import type { Member } from './member.ts'
import type { DhtNode } from './node.ts'
import type { DhtOptions } from './options.ts'
import { PeerSieve } from './peer-sieve.ts'
import { RelayedUdp } from './relayed-udp.ts'
import { saveFamily } from './saved-nodes.ts'
import type { SavedNodes } from './saved-nodes.ts'

/** 32 lookups have a hundred questions open; five starts a second send 150 to 400 questions. */
const DEFAULT_PACE: LookupPace = { active: 32, perS: 5 }

/** Names of `addNode` that are being resolved. */
const MAX_RESOLVING = 16

/** How a lookup went, over both families. */
export interface LookupReport {
  /** Different peers that were handed over. */
  readonly peers: number
  readonly asked: number
  readonly answered: number
  /** Longest chain of referrals that led to one of the closest nodes. */
  readonly hops: number
  /** Nodes that took the announce. */
  readonly announced: number
}

/** What {@link Dht.lookup} takes. */
export interface TorrentLookup {
  /** Announces a peer at our own address and this TCP port to the closest nodes. */
  readonly announcePort?: number
  /** The announced peer has everything (BEP 33). */
  readonly seed?: boolean
  /** Called for each answer with peers that no answer before had; 2000 of a lookup at most. */
  readonly onPeers: (peers: readonly Endpoint[]) => void
  readonly signal: AbortSignal
}

/** One family's node in numbers. */
export interface DhtFamilyStats {
  readonly id: string
  /** Nodes in the table, and those of them that were heard of within 15 minutes. */
  readonly nodes: number
  readonly good: number
  /** Our address as other nodes see it. */
  readonly externalIp?: string
  /** What others stored here. */
  readonly stored: { readonly torrents: number; readonly peers: number; readonly items: number }
  readonly counters: Readonly<Counters>
}

/** The DHT in numbers. */
export interface DhtStats {
  readonly ipv4?: DhtFamilyStats
  readonly ipv6?: DhtFamilyStats
  readonly lookups: { readonly active: number; readonly waiting: number }
}

/** A running DHT. */
export interface Dht extends AsyncDisposable {
  /** UDP port; that of IPv4 in the rare case that IPv6 did not get the same. */
  readonly port: number
  /**
   * Looks for the peers of a torrent and, with `announcePort`, announces one. Fulfilled when the lookup has ended;
   * rejects with ABORTED by `signal`, with DHT_BUSY when 65,536 wait already.
   * @example await dht.lookup(infoHash, { announcePort: 6881, onPeers: (peers) => swarm.add(peers), signal })
   */
  lookup(infoHash: Uint8Array, options: TorrentLookup): Promise<LookupReport>
  /**
   * Looks for an item (BEP 44): of a mutable one the newest that is found, with `minSeq` only one that is newer.
   * Rejects like {@link Dht.lookup}.
   */
  getItem(
    target: Uint8Array,
    options: { readonly salt?: Uint8Array; readonly minSeq?: number; readonly signal: AbortSignal },
  ): Promise<Item | undefined>
  /** Stores an item at the closest nodes; `cas`: only where this sequence number is. Rejects like {@link Dht.lookup}. */
  putItem(
    item: Item,
    options: { readonly cas?: number; readonly signal: AbortSignal },
  ): Promise<{ readonly stored: number }>
  /** Tries a node that somebody told us of: PORT messages, magnets, `nodes` of torrents. */
  addNode(address: Endpoint): void
  stats(): DhtStats
  /** The known nodes, for the next run. */
  saved(): SavedNodes
}

/**
 * Opens the sockets and begins to join; lookups wait until that has been tried. Rejects with DHT_LISTEN_FAILED.
 * @example
 * await using dht = await createDht({ clock, random, port: 6881, bootstrap: [{ host: 'router.example', port: 6881 }] })
 */
export async function createDht(options: DhtOptions): Promise<Dht> {
  const { relay, clock, random, onRelayFailed: onFailed = () => {} } = options
  const relayed = relay === undefined ? undefined : new RelayedUdp({ relay, clock, random, onFailed })
  await relayed?.tried()
  return new OpenDht(await openMembers(options, relayed), options)
}

class OpenDht implements Dht {
  readonly #members: readonly Member[]
  readonly #options: DhtOptions
  readonly #queue: LookupQueue
  #resolving = 0

  constructor(members: readonly Member[], options: DhtOptions) {
    this.#members = members
    this.#options = options
    this.#queue = new LookupQueue(options.clock, options.pace ?? DEFAULT_PACE)
  }

  get port(): number {
    return this.#members[0]?.port ?? 0
  }

  async lookup(infoHash: Uint8Array, options: TorrentLookup): Promise<LookupReport> {
    checkId(infoHash)
    const { announcePort, seed, onPeers, signal } = options
    const sieve = new PeerSieve(this.#options.allowLocal ?? false)
    const reports = await this.#onEach(signal, async ({ node }) => {
      const onAnswer = ({ values }: Answer): void => {
        const peers = sieve.take(values, node.family)
        if (peers.length > 0) onPeers(peers)
      }
      const plan = { target: infoHash, method: 'get_peers', arguments: { info_hash: infoHash }, onAnswer }
      const result = await node.find(plan, signal)
      const values = { info_hash: infoHash, port: announcePort, implied_port: 0, seed: seed === true ? 1 : undefined }
      const announced = announcePort === undefined ? 0 : await node.write('announce_peer', values, result.closest)
      return { ...result, announced }
    })
    return {
      peers: sieve.found,
      asked: sum(reports.map(({ asked }) => asked)),
      answered: sum(reports.map(({ answered }) => answered)),
      hops: Math.max(0, ...reports.map(({ hops }) => hops)),
      announced: sum(reports.map(({ announced }) => announced)),
    }
  }

  async getItem(
    target: Uint8Array,
    options: { readonly salt?: Uint8Array; readonly minSeq?: number; readonly signal: AbortSignal },
  ): Promise<Item | undefined> {
    checkId(target)
    const { salt, minSeq, signal } = options
    let newest: Item | undefined
    const onAnswer = ({ values }: Answer): void => {
      const item = itemFromAnswer(values, target, salt)
      if (item !== undefined && isNewer(item, newest, minSeq)) newest = item
    }
    const plan = { target, method: 'get', arguments: { target, seq: minSeq }, onAnswer }
    await this.#onEach(signal, ({ node }) => node.find(plan, signal))
    return newest
  }

  async putItem(
    item: Item,
    { cas, signal }: { readonly cas?: number; readonly signal: AbortSignal },
  ): Promise<{ readonly stored: number }> {
    const target = targetOf(item)
    const counts = await this.#onEach(signal, async ({ node }) => {
      const { closest } = await node.find({ target, method: 'get', arguments: { target } }, signal)
      return node.write('put', { ...itemToPut(item), cas }, closest)
    })
    return { stored: sum(counts) }
  }

  addNode(address: Endpoint): void {
    if (normalIp(address.host) === undefined && this.#resolving >= MAX_RESOLVING) return
    for (const { node, addressesOf } of this.#members) {
      this.#resolving++
      // Never rejects: what cannot be resolved is left out.
      void addressesOf([address]).then((endpoints) => {
        this.#resolving--
        for (const endpoint of endpoints) node.tryAddress(endpoint)
      })
    }
  }

  stats(): DhtStats {
    const families = this.#members.map(({ node }) => [node.family, this.#statsOf(node)] as const)
    const { active, waiting } = this.#queue
    return { ...Object.fromEntries(families), lookups: { active, waiting } }
  }

  saved(): SavedNodes {
    return Object.fromEntries(this.#members.map(({ node }) => [node.family, saveFamily(node.table)]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) await member[Symbol.asyncDispose]()
    this.#queue[Symbol.dispose]()
  }

  /** Does the same in all families when it is its turn and joining has been tried. */
  #onEach<T>(signal: AbortSignal, work: (member: Member) => Promise<T>): Promise<T[]> {
    return this.#queue.run(
      () =>
        Promise.all(
          this.#members.map(async (member) => {
            await abortable(member.caretaker.ready, signal)
            return work(member)
          }),
        ),
      signal,
    )
  }

  #statsOf({ table, responder, externalIp, counters }: DhtNode): DhtFamilyStats {
    return {
      id: toHex(table.ownId),
      nodes: table.size,
      good: table.good(this.#options.clock.now()),
      ...(externalIp === undefined ? {} : { externalIp }),
      stored: { torrents: responder.peers.torrents, peers: responder.peers.peers, items: responder.items.size },
      counters: structuredClone(counters),
    }
  }
}

function checkId(id: Uint8Array): void {
  if (id.length !== ID_BYTES) throw bug(`a DHT target of ${id.length} bytes`)
}

/** Rejects with ABORTED when `signal` comes first. */
async function abortable(ready: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(lookupAborted())
  if (signal.aborted) throw lookupAborted()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([ready, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function isNewer(item: Item, newest: Item | undefined, minSeq = -1): boolean {
  if (item.kind === 'immutable') return true
  return item.seq > minSeq && (newest?.kind !== 'mutable' || item.seq > newest.seq)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
