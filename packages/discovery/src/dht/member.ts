// A node of one address family with its socket and its caretaker.

import { boundFamilies } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'

import { isCcbtError } from '@ccbt/primitives'

import { bootstrapAddresses } from './bootstrap.ts'
import { Caretaker } from './caretaker.ts'
import type { DhtOptions } from './options.ts'
import { DhtNode } from './node.ts'
import type { RelayedUdp } from './relayed-udp.ts'
import { restoreFamily } from './saved-nodes.ts'
import { DEFAULT_REPLY_BPS } from './source-guard.ts'
import { openUdp } from './udp.ts'
import type { UdpSocket } from './udp.ts'

/** What the system says when it has no IPv4 or no IPv6. */
const MISSING_FAMILY: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

interface MemberOptions {
  readonly family: IpFamily
  readonly port: number
  /** Absent: sockets of this machine. */
  readonly relayed: RelayedUdp | undefined
  /** The member of the other family, if there is one. */
  readonly sibling: () => Member | undefined
}

type AddressesOf = (hosts: readonly Endpoint[]) => Promise<Endpoint[]>

interface MemberParts extends Pick<Member, 'node' | 'caretaker' | 'addressesOf'> {
  readonly socket: UdpSocket
}

/** One of at most two. */
export class Member implements AsyncDisposable {
  readonly node: DhtNode
  readonly caretaker: Caretaker
  /** Addresses of hosts by name or address; those that cannot be found now are left out. */
  readonly addressesOf: AddressesOf
  readonly #socket: UdpSocket

  private constructor({ node, caretaker, addressesOf, socket }: MemberParts) {
    this.node = node
    this.caretaker = caretaker
    this.addressesOf = addressesOf
    this.#socket = socket
  }

  /** Opens the socket and begins to join. Rejects with DHT_LISTEN_FAILED. */
  static async open(dht: DhtOptions, { family, port, sibling, relayed }: MemberOptions): Promise<Member> {
    const { clock, random, allowLocal = false } = dht
    const host = boundHost(dht, family)
    const saved = restoreFamily(dht.saved, family, allowLocal)
    const onDatagram = (bytes: Uint8Array, from: Endpoint): void => node.datagram(bytes, from)
    const socket =
      relayed?.socket(family, onDatagram) ??
      dht.sharedSocket?.(family, onDatagram) ??
      (await openUdp({ family, port, onDatagram, ...(host === undefined ? {} : { host }) }))
    const node = new DhtNode({
      clock,
      random,
      family,
      allowLocal,
      isReadOnly: dht.readOnly ?? false,
      replyBps: dht.replyBps ?? DEFAULT_REPLY_BPS,
      ...(saved.id === undefined ? {} : { id: saved.id }),
      send: (bytes, to) => socket.send(bytes, to),
      sibling: () => sibling()?.node,
    })
    const addressesOf: AddressesOf = (hosts) =>
      relayed === undefined ? bootstrapAddresses(hosts, family, dht.resolve) : relayed.addresses(hosts, family)
    const bootstrap = (): Promise<Endpoint[]> => addressesOf(dht.bootstrap)
    const caretaker = new Caretaker(node, { clock, random, saved: saved.nodes, bootstrap })
    return new Member({ node, caretaker, addressesOf, socket })
  }

  get port(): number {
    return this.#socket.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.node[Symbol.dispose]()
    await this.caretaker[Symbol.asyncDispose]()
    await this.#socket[Symbol.asyncDispose]()
  }
}

/** A member for each family that can be used. Rejects with DHT_LISTEN_FAILED. */
export async function openMembers(dht: DhtOptions, relayed?: RelayedUdp): Promise<Member[]> {
  const members: Member[] = []
  try {
    for (const family of boundFamilies(dht.bind ?? {})) {
      const sibling = (): Member | undefined => members.find(({ node }) => node.family !== family)
      const member = await openMember(dht, { family, port: members[0]?.port ?? dht.port, sibling, relayed })
      if (member !== undefined) members.push(member)
    }
  } catch (error) {
    for (const member of members) await member[Symbol.asyncDispose]()
    throw error
  }
  return members
}

/** `undefined` when this machine does not have the family and nobody asked for it. */
async function openMember(dht: DhtOptions, options: MemberOptions): Promise<Member | undefined> {
  try {
    return await Member.open(dht, options)
  } catch (error) {
    if (!isCcbtError(error, 'DHT_LISTEN_FAILED')) throw error
    const { errno } = error.context
    const isOurChoice = options.port !== dht.port
    if (errno === 'EADDRINUSE' && isOurChoice) return Member.open(dht, { ...options, port: 0 })
    if (boundHost(dht, options.family) === undefined && MISSING_FAMILY.has(errno)) return undefined
    throw error
  }
}

function boundHost({ bind }: DhtOptions, family: IpFamily): string | undefined {
  return family === 'ipv4' ? bind?.v4 : bind?.v6
}
