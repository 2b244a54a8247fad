// The UDP port of a factory: its sockets, the connections on it and their time. The sockets are there while somebody
// listens, dials, has a connection or a lane for another protocol, and closed afterwards.
//
// Packets are read as they come; what is to be sent waits for the end of the turn, so that all packets of one turn get
// one acknowledgment and all writes of one turn share packets.

import { familyOf, scopeOf } from '@ccbt/address'
import type { BindAddresses, Endpoint, IpFamily } from '@ccbt/address'
import type { Cancel, Clock, Random } from '@ccbt/primitives'
import { UtpTable } from '@ccbt/utp'
import type { UtpConnection, UtpOutput } from '@ccbt/utp'
import { UDP_HEADER_BYTES as RELAY_HEADER_BYTES } from '@ccbt/proxy'
import type { Proxy } from '@ccbt/proxy'

import { errnoOf } from '../errors.ts'
import { RelayedSockets } from './relayed-sockets.ts'
import { UdpLane } from './udp-lane.ts'
import { UdpSockets } from './udp-sockets.ts'
import type { DatagramHandler, DatagramSockets } from './udp-sockets.ts'
import { systemError } from './utp-stream.ts'

/** Most bytes of a UDP datagram over IPv4. */
const SCRATCH_BYTES = 65_536
/** The letter `d`, with which every message of the DHT begins; packets of uTP begin with their type and version 1. */
const BENCODED_DICT = 0x64
const ETHERNET_MTU = 1500
const UDP_HEADER_BYTES = 8
const IP_HEADER_BYTES = { ipv4: 20, ipv6: 40 } as const
/** Loopback takes up to 64 KiB; a quarter leaves room for several in a receive buffer of the usual 208 KiB. */
const LOOPBACK_PACKET_BYTES = 16_384

/** Settings of a {@link UdpPort}. */
export interface UdpPortOptions {
  /** Local IP addresses; empty = any. */
  readonly bind: BindAddresses
  /** The way of all datagrams; absent = straight. */
  readonly relay: Proxy['relay']
  readonly clock: Clock
  readonly random: Random
}

/** One UDP port with many connections. */
export class UdpPort implements DatagramHandler {
  readonly table: UtpTable
  readonly #options: UdpPortOptions
  readonly #failures = new Map<string, Set<(error: Error) => void>>()
  readonly #lanes = new Map<IpFamily, UdpLane>()
  #scratch = new Uint8Array(SCRATCH_BYTES)
  #sockets: DatagramSockets | undefined
  #opening: Promise<DatagramSockets> | undefined
  /** Listeners, lanes and dials under way. */
  #users = 0
  #isFlushDue = false
  #timer: Cancel | undefined
  #timerAtUs = Infinity
  #isClosed = false

  constructor(options: UdpPortOptions) {
    this.#options = options
    this.table = new UtpTable({
      random: options.random,
      outputTo: (remote) => new RemoteOutput(this, remote),
      maxPacketBytes: ({ host }) => maxPacketBytes(host, options.relay !== undefined),
      wantFlush: () => this.#flushSoon(),
    })
  }

  /** The port while it is open. */
  get port(): number | undefined {
    return this.#sockets?.port
  }

  /** Opens the port unless it is open, and keeps it so until the matching {@link UdpPort.release}. */
  async use(port: number): Promise<DatagramSockets> {
    this.#users++
    try {
      this.#opening ??= this.#makeSockets(port)
      this.#sockets = await this.#opening
      return this.#sockets
    } catch (error) {
      this.#opening = undefined
      this.#users--
      throw error
    }
  }

  /** Ends a {@link UdpPort.use}. */
  release(): void {
    this.#users--
    this.#closeIfIdle()
  }

  nowUs(): number {
    return this.#options.clock.now() * 1000
  }

  /** The local end of a connection to `remote`. */
  localOf(remote: Endpoint): Endpoint {
    const { v4 = '0.0.0.0', v6 = '::' } = this.#options.bind
    return { host: familyOf(remote.host) === 'ipv4' ? v4 : v6, port: this.port ?? 0 }
  }

  /** Starts a connection; `failed` hears when the system cannot send to that remote, until it is forgotten. */
  connect(remote: Endpoint, failed: (error: Error) => void): UtpConnection {
    if (this.#sockets?.has(familyOf(remote.host)) !== true) throw systemError('ENETUNREACH')
    const connection = this.table.connect(remote, this.nowUs())
    if (connection === undefined) throw systemError('EADDRNOTAVAIL')
    const listeners = this.#failures.get(keyOf(remote))
    if (listeners === undefined) this.#failures.set(keyOf(remote), new Set([failed]))
    else listeners.add(failed)
    return connection
  }

  /** Forgets the `failed` of a {@link UdpPort.connect}. */
  forget(remote: Endpoint, failed: (error: Error) => void): void {
    const listeners = this.#failures.get(keyOf(remote))
    listeners?.delete(failed)
    if (listeners?.size === 0) this.#failures.delete(keyOf(remote))
  }

  /** The lane of one family; `undefined` while the port is closed, without the family, and when somebody has it. */
  openLane(family: IpFamily, onDatagram: UdpLane['onDatagram']): UdpLane | undefined {
    const sockets = this.#sockets
    if (sockets?.has(family) !== true || this.#lanes.has(family)) return undefined
    const lane = new UdpLane({
      port: sockets.port,
      onDatagram,
      send: (bytes, to) => void this.#sockets?.send(bytes, bytes.length, to, this.#sentInLane),
      onClosed: () => {
        this.#lanes.delete(family)
        this.release()
      },
    })
    this.#users++
    this.#lanes.set(family, lane)
    return lane
  }

  /** Sends what is due, and closes the port with all that is on it. */
  close(): void {
    if (this.#isClosed) return
    this.table.flush(this.nowUs())
    this.#isClosed = true
    this.#closeSockets()
  }

  datagram(bytes: Uint8Array, from: Endpoint): void {
    if (bytes[0] === BENCODED_DICT) this.#lanes.get(familyOf(from.host))?.datagram(bytes, from)
    else this.table.input(bytes, from, this.nowUs())
  }

  ready(): void {
    this.table.flushAll(this.nowUs())
    this.#flushSoon()
  }

  /** Buffer for packets that are built for one send. */
  get scratch(): Uint8Array {
    return this.#scratch
  }

  /** Whether the system takes datagrams. */
  get isReady(): boolean {
    return this.#sockets?.isReady ?? false
  }

  /** See {@link UtpOutput.send}; `sent` is to call {@link UdpPort.noteSent}. */
  send(datagram: Datagram, remote: Endpoint, sent: (error: Error | null) => void): boolean {
    const { bytes, length } = datagram
    const isDone = this.#sockets?.send(bytes, length, remote, sent) ?? true
    if (!isDone && bytes === this.#scratch) this.#scratch = new Uint8Array(SCRATCH_BYTES)
    return isDone
  }

  /** The system has taken a datagram, or cannot send to that remote. */
  noteSent(remote: Endpoint, error: Error | null): void {
    this.#sockets?.noteSent()
    // Too long for the interface: the packet counts as lost, which tells the sizes apart.
    if (error === null || errnoOf(error) === 'EMSGSIZE') return
    for (const failed of this.#failures.get(keyOf(remote)) ?? []) failed(error)
  }

  /** Nobody is told how a datagram of a lane fared, but the port may be ready again. */
  readonly #sentInLane = (): void => this.#sockets?.noteSent()

  async #makeSockets(port: number): Promise<DatagramSockets> {
    const { bind, relay } = this.#options
    return relay === undefined ? await UdpSockets.bind(bind, port, this) : new RelayedSockets(relay, this)
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      if (this.#isClosed) return
      this.#arm(this.table.flush(this.nowUs()))
      this.#closeIfIdle()
    })
  }

  #arm(atUs: number): void {
    if (atUs >= this.#timerAtUs) return
    this.#timer?.()
    this.#timerAtUs = atUs
    this.#timer = this.#options.clock.after((atUs - this.nowUs()) / 1000, () => {
      this.#timer = undefined
      this.#timerAtUs = Infinity
      this.#arm(this.table.tick(this.nowUs()))
    })
  }

  #closeIfIdle(): void {
    if (this.#users === 0 && this.table.size === 0) this.#closeSockets()
  }

  #closeSockets(): void {
    this.#sockets?.close()
    this.#sockets = undefined
    this.#opening = undefined
    this.#timer?.()
    this.#timer = undefined
    this.#timerAtUs = Infinity
  }
}

interface Datagram {
  readonly bytes: Uint8Array
  readonly length: number
}

/** The way to one remote. */
class RemoteOutput implements UtpOutput {
  readonly #port: UdpPort
  readonly #remote: Endpoint
  readonly #sent: (error: Error | null) => void

  constructor(port: UdpPort, remote: Endpoint) {
    this.#port = port
    this.#remote = remote
    this.#sent = (error) => port.noteSent(remote, error)
  }

  get scratch(): Uint8Array {
    return this.#port.scratch
  }

  get isReady(): boolean {
    return this.#port.isReady
  }

  send(bytes: Uint8Array, length: number): boolean {
    return this.#port.send({ bytes, length }, this.#remote, this.#sent)
  }
}

function maxPacketBytes(host: string, isRelayed: boolean): number {
  if (isRelayed) return ETHERNET_MTU - UDP_HEADER_BYTES - IP_HEADER_BYTES.ipv6 - RELAY_HEADER_BYTES
  if (scopeOf(host) === 'loopback') return LOOPBACK_PACKET_BYTES
  return ETHERNET_MTU - UDP_HEADER_BYTES - IP_HEADER_BYTES[familyOf(host)]
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`
}
