// Answers to the questions of others (BEP 5, 32, 44, 51). Sends nothing and decides nothing about who is answered. An
// answer is cut to the bytes it may have: first the peers, then the nodes.

import type { Endpoint, IpFamily } from '@ccbt/address'
import { asBytes, asInt, asList, encode } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import type { Clock, Random } from '@ccbt/primitives'

import { compactEndpoint, ID_BYTES, nodeBytes, NODES_KEY, writeNodes } from './contact.ts'
import type { Contact } from './contact.ts'
import { itemFromPut, itemToAnswer } from './items/item-messages.ts'
import { ItemStore } from './items/item-store.ts'
import { mutableTarget, targetOf } from './items/item.ts'
import { KRPC_ERROR } from './krpc.ts'
import type { Query } from './krpc.ts'
import type { NodeId } from './node-id.ts'
import { PeerStore } from './peer-store.ts'
import { BUCKET_NODES } from './routing-table.ts'
import { Tokens } from './tokens.ts'

/** Peers of one answer. */
const MAX_VALUES = 100
/** Info-hashes of one answer (BEP 51). */
const MAX_SAMPLES = 20
/** How long an indexer shall wait before it asks again, in seconds. */
const SAMPLE_INTERVAL_S = 300
/** Brackets, keys, id and token of an answer, without lists, transaction and endpoint. */
const FIXED_BYTES = 96
/** `6:` before an IPv4 peer, `18:` before an IPv6 one. */
const VALUE_PREFIX_BYTES = { ipv4: 2, ipv6: 3 } as const
/** Key, length and brackets of a list. */
const LIST_BYTES = 16

type Values = Record<string, Encodable | undefined>

/** What becomes of a question: the values of an answer, or the code and text of a refusal. */
export type Reply =
  | { readonly kind: 'values'; readonly values: Values; readonly hasProof?: boolean }
  | { readonly kind: 'refusal'; readonly code: number; readonly text: string }

/** What a responder needs to know. */
export interface ResponderOptions {
  readonly clock: Clock
  readonly random: Random
  readonly family: IpFamily
  readonly ownId: () => NodeId
  /** Known nodes near a target; none of a family that is not there. */
  readonly closest: (family: IpFamily, target: NodeId, most: number) => readonly Contact[]
}

/** Answers for one address family, with its own stores. */
export class Responder {
  readonly #options: ResponderOptions
  readonly #tokens: Tokens
  readonly peers: PeerStore
  readonly items: ItemStore

  constructor(options: ResponderOptions) {
    const { clock, random, family, ownId } = options
    this.#options = options
    this.#tokens = new Tokens(clock, random)
    this.peers = new PeerStore(clock, random, family)
    this.items = new ItemStore({ clock, ownId })
  }

  /** The reply to a question; `mostBytes` is the most that its datagram may have. */
  reply(query: Query, from: Endpoint, mostBytes: number): Reply {
    const room = mostBytes - FIXED_BYTES - query.transaction.length - compactEndpoint(from).length
    switch (query.method) {
      case 'ping':
        return this.#values({})
      case 'get_peers':
        return this.#getPeers(query, from, room)
      case 'announce_peer':
        return this.#announcePeer(query, from)
      case 'get':
        return this.#getItem(query, from, room)
      case 'put':
        return this.#putItem(query, from)
      case 'sample_infohashes':
        return this.#sample(query, room)
      default:
        return this.#findNode(query, room)
    }
  }

  /** Also for methods nobody has heard of that name a target: whoever invents them gets around us (BEP 44). */
  #findNode(query: Query, room: number): Reply {
    const target = idArgument(query, 'target') ?? idArgument(query, 'info_hash')
    if (target !== undefined) return this.#values(this.#nodes(query, target, room))
    if (query.method === 'find_node') return refusal(KRPC_ERROR.protocol, 'no target')
    return refusal(KRPC_ERROR.unknownMethod, 'unknown method')
  }

  #getPeers(query: Query, from: Endpoint, room: number): Reply {
    const infoHash = idArgument(query, 'info_hash')
    if (infoHash === undefined) return refusal(KRPC_ERROR.protocol, 'no info-hash')
    const { family } = this.#options
    const peerBytes = nodeBytes(family) - ID_BYTES + VALUE_PREFIX_BYTES[family]
    const nodesBytes = LIST_BYTES + BUCKET_NODES * nodeBytes(family)
    // Nodes get what they need, yet not more than half where room is short.
    const forPeers = Math.max(room - nodesBytes, room / 2) - LIST_BYTES
    const peers = this.peers.sample(infoHash, Math.min(MAX_VALUES, Math.max(0, Math.floor(forPeers / peerBytes))))
    const left = peers.length === 0 ? room : room - LIST_BYTES - peers.length * peerBytes
    return this.#values({
      ...this.#nodes(query, infoHash, left),
      token: this.#tokens.make(from.host, infoHash),
      values: peers.length === 0 ? undefined : peers,
    })
  }

  #announcePeer(query: Query, from: Endpoint): Reply {
    const infoHash = idArgument(query, 'info_hash')
    const impliesPort = asInt(query.arguments.get('implied_port')) === 1
    const port = impliesPort ? from.port : asInt(query.arguments.get('port'))
    if (infoHash === undefined) return refusal(KRPC_ERROR.protocol, 'no info-hash')
    if (port === undefined || port < 1 || port > 65_535) return refusal(KRPC_ERROR.protocol, 'no port')
    if (!this.#hasToken(query, from, infoHash)) return refusal(KRPC_ERROR.protocol, 'wrong token')
    this.peers.add(infoHash, { host: from.host, port })
    return this.#values({}, true)
  }

  #getItem(query: Query, from: Endpoint, room: number): Reply {
    const target = idArgument(query, 'target')
    if (target === undefined) return refusal(KRPC_ERROR.protocol, 'no target')
    const item = this.items.get(target)
    const values = item === undefined ? {} : itemToAnswer(item, asInt(query.arguments.get('seq')))
    const itemBytes = item === undefined ? 0 : item.value.length + (item.kind === 'mutable' ? 150 : LIST_BYTES)
    // An item that does not fit is for those who have proven their address, which the token allows them to do.
    const fits = itemBytes <= room
    const nodes = this.#nodes(query, target, fits ? room - itemBytes : room)
    return this.#values({ ...nodes, ...(fits ? values : {}), token: this.#tokens.make(from.host, target) })
  }

  #putItem(query: Query, from: Endpoint): Reply {
    // The token first: signatures are expensive, and whoever has no token may be anybody.
    const target = putTarget(query.arguments)
    if (target === undefined) return refusal(KRPC_ERROR.protocol, 'no value')
    if (!this.#hasToken(query, from, target)) return refusal(KRPC_ERROR.protocol, 'wrong token')
    const item = itemFromPut(query.arguments)
    if (item.kind === 'refused') return refusal(item.code, 'item refused')
    const cas = asInt(query.arguments.get('cas'))
    const outcome = this.items.put(item, cas)
    return outcome === 'stored' ? this.#values({}, true) : refusal(outcome.code, 'item refused')
  }

  #sample(query: Query, room: number): Reply {
    const target = idArgument(query, 'target')
    if (target === undefined) return refusal(KRPC_ERROR.protocol, 'no target')
    const most = Math.max(0, Math.floor((room / 2 - 2 * LIST_BYTES) / ID_BYTES))
    const samples = this.peers.sampleTorrents(Math.min(MAX_SAMPLES, most))
    const used = 3 * LIST_BYTES + samples.length * ID_BYTES
    return this.#values({
      ...this.#nodes(query, target, room - used),
      interval: SAMPLE_INTERVAL_S,
      num: this.peers.torrents,
      samples: Buffer.concat(samples),
    })
  }

  #values(values: Values, hasProof = false): Reply {
    return { kind: 'values', values: { ...values, id: this.#options.ownId() }, hasProof }
  }

  /** `nodes` and `nodes6` as wanted (BEP 32), as many as there is room for. */
  #nodes(query: Query, target: NodeId, room: number): Values {
    const values: Values = {}
    let left = room
    for (const family of this.#wanted(query)) {
      const most = Math.min(BUCKET_NODES, Math.floor((left - LIST_BYTES) / nodeBytes(family)))
      if (most <= 0) continue
      const nodes = writeNodes(this.#options.closest(family, target, most))
      values[NODES_KEY[family]] = nodes
      left -= LIST_BYTES + nodes.length
    }
    return values
  }

  #wanted(query: Query): readonly IpFamily[] {
    const wanted = new Set(asList(query.arguments.get('want'))?.map((item) => asBytes(item)?.[1]))
    const families: IpFamily[] = []
    if (wanted.has(0x34)) families.push('ipv4')
    if (wanted.has(0x36)) families.push('ipv6')
    return families.length === 0 ? [this.#options.family] : families
  }

  #hasToken(query: Query, from: Endpoint, target: NodeId): boolean {
    const token = asBytes(query.arguments.get('token'))
    return token !== undefined && this.#tokens.isValid(token, from.host, target)
  }
}

function idArgument(query: Query, key: string): NodeId | undefined {
  const id = asBytes(query.arguments.get(key))
  return id?.length === ID_BYTES ? id : undefined
}

/** Where the item of a `put` belongs, before anything about it is known to be right. */
function putTarget(values: BencodeDict): NodeId | undefined {
  const key = asBytes(values.get('k'))
  if (key !== undefined) return mutableTarget(key, asBytes(values.get('salt')))
  const value = values.get('v')
  return value === undefined ? undefined : targetOf({ kind: 'immutable', value: encode(value) })
}

function refusal(code: number, text: string): Reply {
  return { kind: 'refusal', code, text }
}
