// The UDP sockets of one port, one per address family, so that every address has its own form and nothing arrives as an
// IPv4-mapped one.

import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { isIP } from 'node:net'

import { boundFamilies, familyOf } from '@ccbt/address'
import type { BindAddresses, Endpoint, IpFamily } from '@ccbt/address'

import { errnoOf } from '../errors.ts'

/** A sender bursts a window at once; what the kernel cannot hold is lost. It gives less where it is told to. */
const BUFFER_BYTES = 4_194_304

/** What a system without one of the families says. */
const MISSING_FAMILY: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

/** Takes what arrives. */
export interface DatagramHandler {
  datagram(bytes: Uint8Array, from: Endpoint): void
  /** The sockets take datagrams again after {@link DatagramSockets.send} said no. */
  ready(): void
}

/** Where the datagrams of a port go out and come in. */
export interface DatagramSockets {
  /** 0 when nobody can be told a port. */
  readonly port: number
  /** False: the kernel's buffer is full; {@link DatagramHandler.ready} follows. */
  readonly isReady: boolean
  /** Whether addresses of this family can be reached. */
  has(family: IpFamily): boolean
  /**
   * Sends the first `length` bytes; `sent` hears of errors, later. False: the datagram waits, so that its bytes must
   * stay as they are, and nothing more should be sent until it is ready.
   */
  send(bytes: Uint8Array, length: number, to: Endpoint, sent: (error: Error | null) => void): boolean
  /** To be called by every `sent`: the kernel may have made room. */
  noteSent(): void
  /** Fulfilled when datagrams can be sent. Rejects when they cannot now. */
  open(): Promise<void>
  close(): void
}

/** Sockets on one port. */
export class UdpSockets implements DatagramSockets {
  readonly port: number
  readonly #sockets: ReadonlyMap<IpFamily, Socket>
  readonly #handler: DatagramHandler
  #isReady = true

  private constructor(sockets: ReadonlyMap<IpFamily, Socket>, port: number, handler: DatagramHandler) {
    this.#sockets = sockets
    this.port = port
    this.#handler = handler
    for (const socket of sockets.values()) {
      socket.on('message', (bytes, { address, port }) => handler.datagram(bytes, { host: address, port }))
      // Errors of sending go to the sender; others (a failed read) cost one datagram.
      socket.on('error', () => {})
    }
  }

  /** Binds `port` (0: any free one) at `bind` or everywhere. Rejects with the system's error. */
  static async bind(bind: BindAddresses, port: number, handler: DatagramHandler): Promise<UdpSockets> {
    const sockets = new Map<IpFamily, Socket>()
    let bound = port
    let missing: unknown
    for (const family of boundFamilies(bind)) {
      const host = family === 'ipv4' ? bind.v4 : bind.v6
      try {
        const socket = await openSocket(family, host, bound)
        sockets.set(family, socket)
        bound = socket.address().port
      } catch (error) {
        missing = error
        if (host === undefined && MISSING_FAMILY.has(errnoOf(error))) continue
        closeAll(sockets)
        throw error
      }
    }
    if (sockets.size === 0) throw missing
    return new UdpSockets(sockets, bound, handler)
  }

  get isReady(): boolean {
    return this.#isReady
  }

  has(family: IpFamily): boolean {
    return this.#sockets.has(family)
  }

  send(bytes: Uint8Array, length: number, to: Endpoint, sent: (error: Error | null) => void): boolean {
    const socket = this.#sockets.get(familyOf(to.host))
    if (socket === undefined) return true
    socket.send(bytes, 0, length, to.port, to.host, sent)
    if (socket.getSendQueueSize() === 0) return true
    this.#isReady = false
    return false
  }

  noteSent(): void {
    if (this.#isReady) return
    for (const socket of this.#sockets.values()) if (socket.getSendQueueSize() > 0) return
    this.#isReady = true
    this.#handler.ready()
  }

  async open(): Promise<void> {
    // They are bound since they were made.
  }

  close(): void {
    closeAll(this.#sockets)
  }
}

function closeAll(sockets: ReadonlyMap<IpFamily, Socket>): void {
  for (const socket of sockets.values()) socket.close()
}

function openSocket(family: IpFamily, bind: string | undefined, port: number): Promise<Socket> {
  const isIpv4 = family === 'ipv4'
  // Only IP literals are sent to: they need no look-up, and without one a datagram leaves at once.
  const socket = createSocket({
    type: isIpv4 ? 'udp4' : 'udp6',
    ipv6Only: !isIpv4,
    lookup: (host, _options, callback) => callback(null, host, isIP(host) || (isIpv4 ? 4 : 6)),
  })
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const onError = (error: Error): void => {
    socket.close()
    reject(error)
  }
  socket.once('error', onError)
  socket.bind({ address: bind ?? (isIpv4 ? '0.0.0.0' : '::'), port, exclusive: true }, () => {
    socket.off('error', onError)
    widen(socket)
    resolve(socket)
  })
  return promise
}

function widen(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES)
    socket.setSendBufferSize(BUFFER_BYTES)
  } catch {
    // Some systems refuse what is too much instead of giving less; theirs will do.
  }
}
