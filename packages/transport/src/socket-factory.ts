// The only maker of peer sockets: one place decides the local address, so nothing can go around it.

import { createServer, isIP } from 'node:net'
import type { AddressInfo, Server, Socket, SocketConstructorOpts } from 'node:net'

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import type { ByteStream } from './byte-stream.ts'
import { connectFailed, errnoOf, listenFailed } from './errors.ts'
import { TcpStream } from './tcp-stream.ts'

/** 256 KiB stay in the second-level cache; larger reads cost more per byte here (see docs/benchmarks.md). */
const RECEIVE_BUFFER_BYTES = 262_144

/** Settings of a {@link SocketFactory}. */
export interface SocketFactoryOptions {
  /** Local IP address of every socket; absent = any. */
  readonly bind?: string
  /** Size of the receive buffer that all streams share; default 256 KiB. */
  readonly receiveBufferBytes?: number
}

/** A listening port. */
export interface Listener {
  readonly port: number
  /** Stops listening; accepted streams live on. */
  close(): Promise<void>
}

/** How to reach a peer. */
export interface DialOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Makes connections and listeners. */
export interface SocketFactory {
  /** Connects to an IP literal or host name. Rejects with TRANSPORT_CONNECT_FAILED. */
  dial(endpoint: Endpoint, options: DialOptions): Promise<ByteStream>
  /** Listens on `port` (0 = any free one). Rejects with TRANSPORT_LISTEN_FAILED. */
  listen(port: number, accept: (stream: ByteStream) => void): Promise<Listener>
}

/**
 * A factory of plain TCP streams.
 * @example
 * const sockets = createSocketFactory({ bind: '127.0.0.1' })
 * const stream = await sockets.dial({ host: '127.0.0.1', port: 6881 }, { timeoutMs: 10_000, signal })
 */
export function createSocketFactory(options: SocketFactoryOptions = {}): SocketFactory {
  const receiveBuffer = new Uint8Array(options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES)
  return {
    dial: (endpoint, dialOptions) => dial(endpoint, dialOptions, options.bind, receiveBuffer),
    listen: (port, accept) => listen(port, options.bind, (socket) => accept(adopt(socket, receiveBuffer))),
  }
}

function dial(
  endpoint: Endpoint,
  options: DialOptions,
  bind: string | undefined,
  receiveBuffer: Uint8Array,
): Promise<ByteStream> {
  const name = formatEndpoint(endpoint)
  const family = isIP(endpoint.host)
  if (bind !== undefined && family !== 0 && family !== isIP(bind)) {
    return Promise.reject(connectFailed(name, new Error(`not reachable from the bound address ${bind}`)))
  }
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>()
  const stream = new TcpStream({}, receiveBuffer)
  const { socket } = stream
  const fail = (reason: unknown): void => {
    socket.destroy()
    reject(connectFailed(name, reason))
  }
  const timer = setTimeout(() => fail(new Error('timed out')), options.timeoutMs)
  const onAbort = (): void => fail(options.signal.reason)
  options.signal.addEventListener('abort', onAbort, { once: true })
  const settle = (): void => {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
  }
  socket.once('connect', () => {
    settle()
    // Reading starts with attach(): nothing may arrive before somebody listens.
    socket.pause()
    resolve(stream)
  })
  socket.once('close', () => {
    settle()
    reject(connectFailed(name, stream.error ?? new Error('closed')))
  })
  if (options.signal.aborted) onAbort()
  else
    socket.connect({
      host: endpoint.host,
      port: endpoint.port,
      ...(bind === undefined ? {} : { localAddress: bind, family: isIP(bind) }),
    })
  return promise
}

/** Rebuilds an accepted socket around its handle, because `net.Server` has no `onread` option. */
function adopt(accepted: Socket, receiveBuffer: Uint8Array): ByteStream {
  const handle: unknown = Reflect.get(accepted, '_handle')
  // The first wrapper must not close the handle that now belongs to the second; destroying it takes it off the
  // server's count, which otherwise would never let the server close.
  Reflect.set(accepted, '_handle', null)
  accepted.destroy()
  const options: SocketConstructorOpts = { readable: true, writable: true }
  Reflect.set(options, 'handle', handle)
  // Reading starts with attach().
  Reflect.set(options, 'pauseOnCreate', true)
  return new TcpStream(options, receiveBuffer)
}

async function listen(port: number, bind: string | undefined, accept: (socket: Socket) => void): Promise<Listener> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, accept)
  const host = bind ?? '::'
  try {
    await bindServer(server, port, host)
  } catch (error) {
    const hasNoIpv6 = bind === undefined && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errnoOf(error))
    if (!hasNoIpv6) throw listenFailed(formatEndpoint({ host, port }), error)
    try {
      await bindServer(server, port, '0.0.0.0')
    } catch (cause) {
      throw listenFailed(formatEndpoint({ host: '0.0.0.0', port }), cause)
    }
  }
  // Errors of single accepts (EMFILE, ECONNABORTED) cost that connection, not the listener.
  server.on('error', () => {})
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function bindServer(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, host, backlog: 511 }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}
