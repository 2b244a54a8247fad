// One UDP association with a SOCKS5 proxy (RFC 1928, 7): a TCP connection that keeps it alive and a UDP socket that is
// connected to the proxy's relay. The kernel drops what comes from anybody else, and nothing can be sent to anybody else.

import { createSocket } from 'node:dgram'
import type { Socket as UdpSocket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'

import { normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import type { Bound, Tunnel } from './tunnel.ts'

/** A window of uTP arrives at once; what the kernel cannot hold is lost. */
const BUFFER_BYTES = 4_194_304

/** What an association tells. */
export interface AssociationHandler {
  /** A datagram with its header. */
  received(bytes: Uint8Array): void
  /** It is of no use any more; called once, not after its end was asked for. */
  lost(reason: string): void
}

/** A live association. */
export class Association implements Disposable {
  readonly #control: Socket
  readonly #udp: UdpSocket
  #handler: AssociationHandler | undefined

  private constructor(control: Socket, udp: UdpSocket, handler: AssociationHandler) {
    this.#control = control
    this.#udp = udp
    this.#handler = handler
    udp.on('message', (bytes) => this.#handler?.received(bytes))
    udp.on('error', (error) => this.#lose(error.message))
    control.on('close', () => this.#lose('it ended the UDP association'))
    // The end of the connection is only seen by those who read; there is nothing else to read.
    control.resume()
    if (control.destroyed) queueMicrotask(() => this.#lose('it ended the UDP association'))
  }

  /** Waits for `tunnel`, a handshake for an association. `bind`: local address. */
  static async open(tunnel: Tunnel, bind: string | undefined, handler: AssociationHandler): Promise<Association> {
    const bound = await tunnel.ready
    try {
      const relay = relayEndpoint(bound, tunnel.socket)
      return new Association(tunnel.socket, await connectUdp(relay, bind), handler)
    } catch (error) {
      tunnel.socket.destroy()
      throw error
    }
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#udp.getSendQueueSize()
  }

  /** Sends one datagram in parts, which must not change until `sent`. */
  send(parts: readonly Uint8Array[], sent: (error: Error | null) => void): void {
    this.#udp.send(parts, sent)
  }

  [Symbol.dispose](): void {
    this.#handler = undefined
    this.#control.destroy()
    this.#udp.close()
  }

  #lose(reason: string): void {
    const handler = this.#handler
    if (handler === undefined) return
    this[Symbol.dispose]()
    handler.lost(reason)
  }
}

/**
 * Where the relay is. A proxy that does not know its own address says 0.0.0.0, and one that knows only an inner one says
 * that: both mean the address that it was reached at.
 */
function relayEndpoint(bound: Bound, control: Socket): Endpoint {
  const proxy = normalIp(control.remoteAddress ?? '')
  if (bound === undefined || proxy === undefined) throw new Error('it does not tell where its relay is')
  const told = normalIp(bound.host)
  const isOuter = told !== undefined && isReachable(told, proxy)
  return { host: isOuter ? told : proxy, port: bound.port }
}

function isReachable(told: string, proxy: string): boolean {
  const scope = scopeOf(told)
  return scope !== 'unusable' && (scope === 'global' || scope === scopeOf(proxy))
}

async function connectUdp({ host, port }: Endpoint, bind: string | undefined): Promise<UdpSocket> {
  const type = isIP(host) === 6 ? 'udp6' : 'udp4'
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = createSocket({ type, lookup: (name, _options, callback) => callback(null, name, isIP(name)) })
  socket.once('error', reject)
  try {
    socket.bind({ port: 0, ...(bind === undefined ? {} : { address: bind }) }, () => {
      widen(socket)
      socket.connect(port, host, () => resolve())
    })
    await promise
  } catch (error) {
    socket.close()
    throw error
  }
  socket.off('error', reject)
  return socket
}

function widen(socket: UdpSocket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES)
    socket.setSendBufferSize(BUFFER_BYTES)
  } catch {
    // Some systems refuse what is too much instead of giving less; theirs will do.
  }
}
