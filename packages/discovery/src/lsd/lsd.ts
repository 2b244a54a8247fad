// Local service discovery (BEP 14): tells the local network which torrents are here, hears who else has them, and gives
// his address on. Every torrent is announced when it comes, once more soon after, and then every five minutes; of many
// that are due at once several go into one datagram, and there is one datagram per second at most (per interface), so
// that with more than 7500 torrents the intervals grow. Nothing that strangers send has any effect but a call of the sink.

import { networkInterfaces } from 'node:os'
import type { RemoteInfo } from 'node:dgram'

import { familyOf, formatEndpoint, normalIp, scopeOf } from '@ccbt/address'
import type { BindAddresses, Endpoint } from '@ccbt/address'
import { Allowance, toHex } from '@ccbt/primitives'
import type { Cancel, Clock, Random } from '@ccbt/primitives'

import { MAX_HASHES_PER_PACKET, readAnnounce, writeAnnounce } from './announce-packet.ts'
import { lanesOf, onLink } from './lanes.ts'
import type { NetworkInterfaces } from './lanes.ts'
import { Multicast } from './multicast.ts'

const GROUPS = { ipv4: '239.192.152.143', ipv6: 'ff15::efc0:988f' } as const
const DEFAULT_PORT = 6771
const ANNOUNCE_INTERVAL_MS = 5 * 60_000
/** A new torrent is told of twice: datagrams get lost, and Transmission hears nothing in its first five seconds. */
const REPEAT_MS = 6000
const PACKET_INTERVAL_MS = 1000
/** Datagrams that are looked at, whoever sends them: more than a crowded network's worth. */
const PACKETS = { burst: 50, perSecond: 10 } as const
/** BEP 14. Up to here one datagram per torrent: many clients read the first info-hash only. */
const MAX_SINGLE_ANNOUNCES = 5

/** What an {@link Lsd} goes by. */
export interface LsdOptions {
  readonly clock: Clock
  readonly random: Random
  /** Where we take connections at the moment; 0: nowhere, so that we only listen to others. */
  readonly port: () => number
  /** Takes peers that are on the local network. An IPv6 link-local address comes with its zone: `fe80::1%eth0`. */
  readonly sink: (infoHash: Uint8Array, peer: Endpoint) => void
  /** Only the interfaces with these addresses are used; all but the loopback by default. */
  readonly bind?: BindAddresses
  /** The system's interfaces at the moment, replaceable. */
  readonly interfaces?: () => NetworkInterfaces
  /** Where the group is; 6771, unless nobody else shall hear. */
  readonly multicastPort?: number
}

/** Counts since the start. */
export interface LsdStats {
  /** Datagrams, each on every interface. */
  readonly sent: number
  /** Announces of others. */
  readonly received: number
  /** Datagrams that were too many, from elsewhere, or no announces. */
  readonly dropped: number
  /** What the system said when a socket failed last, such as ENETUNREACH where there is no multicast. */
  readonly errno?: string
}

/** Announces torrents on the local network and finds peers there. */
export interface Lsd extends AsyncDisposable {
  /** Announces a torrent (20 bytes) from now on. Never to be called for private torrents (BEP 27). */
  announce(infoHash: Uint8Array): void
  /** Ends that; peers of this torrent are no longer given to the sink. */
  remove(infoHash: Uint8Array): void
  stats(): LsdStats
}

/**
 * Finds peers on the local network. Opens its sockets with the first announce and looks for new network interfaces with
 * every one. Does nothing, and does no harm, where there is no multicast.
 * @example
 * await using lsd = createLsd({ clock, random, port: () => listener.port, sink: (infoHash, peer) => dial(infoHash, peer) })
 * lsd.announce(infoHash)
 */
export function createLsd(options: LsdOptions): Lsd {
  return new LocalDiscovery(options)
}

interface Torrent {
  readonly infoHash: Uint8Array
  readonly dueAt: number
  /** It was announced before. */
  readonly isKnown: boolean
}

class LocalDiscovery implements Lsd {
  readonly #options: LsdOptions
  readonly #cookie: string
  readonly #allowance: Allowance
  readonly #groups: readonly { readonly host: string; readonly multicast: Multicast }[]
  /** By info-hash in hexadecimal; who was announced longest ago comes first. */
  readonly #torrents = new Map<string, Torrent>()
  readonly #counts: { sent: number; received: number; dropped: number; errno?: string } = {
    sent: 0,
    received: 0,
    dropped: 0,
  }
  #isOnLink = onLink([])
  #nextPacketAt = 0
  #wake: { readonly at: number; readonly cancel: Cancel } | undefined
  #isClosed = false

  constructor(options: LsdOptions) {
    this.#options = options
    this.#cookie = `${options.random.u32().toString(16)}${options.random.u32().toString(16)}`
    this.#allowance = new Allowance(options.clock, PACKETS)
    const port = options.multicastPort ?? DEFAULT_PORT
    this.#groups = (['ipv4', 'ipv6'] as const).map((family) => {
      const group = { host: GROUPS[family], port }
      const onPacket = (packet: Uint8Array, from: RemoteInfo): void => this.#receive(packet, from)
      const onFailure = (errno: string): void => void (this.#counts.errno = errno)
      return { host: formatEndpoint(group), multicast: new Multicast({ family, group, onPacket, onFailure }) }
    })
  }

  announce(infoHash: Uint8Array): void {
    const key = toHex(infoHash)
    if (this.#isClosed || this.#torrents.has(key)) return
    const now = this.#options.clock.now()
    this.#torrents.set(key, { infoHash: infoHash.slice(), dueAt: now, isKnown: false })
    this.#wakeAt(now)
  }

  remove(infoHash: Uint8Array): void {
    this.#torrents.delete(toHex(infoHash))
  }

  stats(): LsdStats {
    return { ...this.#counts }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#torrents.clear()
    this.#wake?.cancel()
    this.#wake = undefined
    await Promise.all(this.#groups.map(({ multicast }) => multicast[Symbol.asyncDispose]()))
  }

  #wakeAt(dueAt: number): void {
    const at = Math.max(dueAt, this.#nextPacketAt)
    if (this.#wake !== undefined && this.#wake.at <= at) return
    this.#wake?.cancel()
    const cancel = this.#options.clock.after(Math.max(0, at - this.#options.clock.now()), () => {
      this.#wake = undefined
      this.#announceDue()
    })
    this.#wake = { at, cancel }
  }

  #announceDue(): void {
    const now = this.#options.clock.now()
    const due = [...this.#torrents.values()].filter(({ dueAt }) => dueAt <= now)
    const batch = due.slice(0, due.length > MAX_SINGLE_ANNOUNCES ? MAX_HASHES_PER_PACKET : 1)
    const infoHashes = batch.map(({ infoHash }) => infoHash)
    if (infoHashes.length > 0) {
      this.#send(infoHashes)
      this.#nextPacketAt = now + PACKET_INTERVAL_MS
    }
    for (const { infoHash, isKnown } of batch) {
      this.#torrents.delete(toHex(infoHash))
      const dueAt = now + (isKnown ? ANNOUNCE_INTERVAL_MS : REPEAT_MS)
      this.#torrents.set(toHex(infoHash), { infoHash, dueAt, isKnown: true })
    }
    let next = Infinity
    for (const { dueAt } of this.#torrents.values()) next = Math.min(next, dueAt)
    if (next < Infinity) this.#wakeAt(next)
  }

  #send(infoHashes: readonly Uint8Array[]): void {
    const { interfaces = networkInterfaces, bind = {} } = this.#options
    const lanes = lanesOf(interfaces(), bind)
    this.#isOnLink = onLink(lanes)
    for (const { multicast } of this.#groups) multicast.use(lanes)
    const port = this.#options.port()
    if (port === 0) return
    for (const { host, multicast } of this.#groups) {
      multicast.send(writeAnnounce({ host, port, infoHashes, cookie: this.#cookie }))
    }
    this.#counts.sent++
  }

  #receive(packet: Uint8Array, from: RemoteInfo): void {
    const isWelcome = this.#allowance.take() && this.#isLocal(from.address)
    const announce = isWelcome ? readAnnounce(packet) : undefined
    if (announce === undefined) {
      this.#counts.dropped++
      return
    }
    if (announce.cookie === this.#cookie) return
    this.#counts.received++
    const peer = { host: normalIp(from.address) ?? from.address, port: announce.port }
    for (const key of announce.infoHashes) {
      const torrent = this.#torrents.get(key)
      if (torrent !== undefined) this.#options.sink(torrent.infoHash, peer)
    }
  }

  /** Global addresses count where the local network has them, as it has nearly everywhere with IPv6. */
  #isLocal(address: string): boolean {
    const scope = scopeOf(address)
    return scope === 'global' ? this.#isOnLink(address, familyOf(address)) : scope !== 'unusable'
  }
}
