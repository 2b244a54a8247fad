// The UDP sockets of one port: one when bound to an address, otherwise one per address family, so that every address has
// its own form and nothing arrives as an IPv4-mapped one.

import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { isIP } from 'node:net'

import { familyOf } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'

import { errnoOf } from '../errors.ts'

/** A sender bursts a window at once; what the kernel cannot hold is lost. It gives less where it is told to. */
const BUFFER_BYTES = 4_194_304

/** Takes what arrives. */
export interface DatagramHandler {
  datagram(bytes: Uint8Array, from: Endpoint): void
  /** The sockets take datagrams again after {@link UdpSockets.send} said no. */
  ready(): void
}

/** Sockets on one port. */
export class UdpSockets {
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
  static async open(bind: string | undefined, port: number, handler: DatagramHandler): Promise<UdpSockets> {
    const sockets = new Map<IpFamily, Socket>()
    const first = bind === undefined ? 'ipv4' : familyOf(bind)
    const socket = await openSocket(first, bind ?? '0.0.0.0', port)
    sockets.set(first, socket)
    const bound = socket.address().port
    if (bind === undefined) {
      // A system without IPv6 is no error.
      const second = await openSocket('ipv6', '::', bound).catch((error: unknown) => error)
      if (second instanceof Error && errnoOf(second) === 'EADDRINUSE') {
        socket.close()
        throw second
      }
      if (!(second instanceof Error)) sockets.set('ipv6', second as Socket)
    }
    return new UdpSockets(sockets, bound, handler)
  }

  /** False: the kernel's buffer is full; `ready` follows. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Whether addresses of this family can be reached. */
  has(family: IpFamily): boolean {
    return this.#sockets.has(family)
  }

  /**
   * Sends the first `length` bytes; `failed` hears of errors, later. False: the datagram waits, so that its bytes must
   * stay as they are, and nothing more should be sent until `ready`.
   */
  send(bytes: Uint8Array, length: number, to: Endpoint, sent: (error: Error | null) => void): boolean {
    const socket = this.#sockets.get(familyOf(to.host))
    if (socket === undefined) return true
    socket.send(bytes, 0, length, to.port, to.host, sent)
    if (socket.getSendQueueSize() === 0) return true
    this.#isReady = false
    return false
  }

  /** To be called by every `sent`: the kernel may have made room. */
  noteSent(): void {
    if (this.#isReady) return
    for (const socket of this.#sockets.values()) if (socket.getSendQueueSize() > 0) return
    this.#isReady = true
    this.#handler.ready()
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
  }
}

function openSocket(family: IpFamily, host: string, port: number): Promise<Socket> {
  const type = family === 'ipv4' ? 'udp4' : 'udp6'
  const version = family === 'ipv4' ? 4 : 6
  // Only IP literals are sent to: they need no look-up, and without one a datagram leaves at once.
  const socket = createSocket({
    type,
    ipv6Only: family === 'ipv6',
    lookup: (host, _options, callback) => callback(null, host, isIP(host) || version),
  })
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  socket.once('error', reject)
  socket.bind({ address: host, port, exclusive: true }, () => {
    socket.off('error', reject)
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
