// The only maker of peer sockets: one place decides the local address, so nothing can go around it.

import { lookup } from 'node:dns/promises'
import { createServer, isIP, Socket } from 'node:net'
import type { AddressInfo, OnReadOpts, Server, SocketConstructorOpts, TcpNetConnectOpts } from 'node:net'

import { boundFamilies, familyOf, formatEndpoint } from '@ccbt/address'
import type { BindAddresses, Endpoint } from '@ccbt/address'
import type { Proxy } from '@ccbt/proxy'

import type { ByteStream } from './byte-stream.ts'
import { connectFailed, listenFailed } from './errors.ts'
import { listenTogether } from './shared-port.ts'
import { dialStaggered } from './staggered-dial.ts'
import { TcpStream } from './tcp-stream.ts'

/** 256 KiB stay in the second-level cache; larger reads cost more per byte here (see docs/benchmarks.md). */
const RECEIVE_BUFFER_BYTES = 262_144

/** What RFC 8305 gives one address of a name before the next one is tried beside it. */
const HEAD_START_MS = 250
const MAX_ADDRESSES = 6

/** Settings of a {@link SocketFactory}. */
export interface SocketFactoryOptions {
  /** Local IP addresses of all sockets; absent = any. */
  readonly bind?: BindAddresses
  /** The way to all peers, with a local address of its own: then nobody can connect to us, and nothing is listened on. */
  readonly proxy?: Pick<Proxy, 'tunnel'>
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
  /** The peer is known to speak uTP: worth trying soon, where there is a choice. */
  readonly speaksUtp?: boolean
  /** Goes this way or none, where there is a choice. */
  readonly only?: 'utp'
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
 * const sockets = createSocketFactory({ bind: { v4: '127.0.0.1' } })
 * const stream = await sockets.dial({ host: '127.0.0.1', port: 6881 }, { timeoutMs: 10_000, signal })
 */
export function createSocketFactory(options: SocketFactoryOptions = {}): SocketFactory {
  const receiveBuffer = new Uint8Array(options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES)
  const { bind = {}, proxy } = options
  if (proxy !== undefined) {
    return {
      dial: (endpoint, dialOptions) => dialThrough(proxy, endpoint, { ...dialOptions, receiveBuffer }),
      listen: async () => ({ port: 0, close: async () => {} }),
    }
  }
  return {
    dial: (endpoint, dialOptions) => dial(endpoint, { ...dialOptions, bind, receiveBuffer }),
    listen: (port, accept) => listen(port, bind, (socket) => accept(adopt(socket, receiveBuffer))),
  }
}

interface Tunnelled extends DialOptions {
  readonly receiveBuffer: Uint8Array
}

interface Dial extends Tunnelled {
  readonly bind: BindAddresses
}

function dial(endpoint: Endpoint, options: Dial): Promise<ByteStream> {
  const { v4, v6 } = options.bind
  const isName = isIP(endpoint.host) === 0
  if (isName && v4 !== undefined && v6 !== undefined) return dialName(endpoint, options)
  const families = boundFamilies(options.bind)
  const family = isName ? families[0] : familyOf(endpoint.host)
  if (family === undefined || !families.includes(family)) {
    const error = new Error('its address family has no bound address')
    return Promise.reject(connectFailed(formatEndpoint(endpoint), error))
  }
  const localAddress = family === 'ipv4' ? v4 : v6
  // Without an own address node tries the addresses of a name itself, both families in turn.
  const own = localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) }
  return connect({ ...endpoint, ...own }, options)
}

/** The socket's remote is the proxy; the stream's is the peer. Names stay names: nobody here knows their addresses. */
async function dialThrough(
  proxy: Pick<Proxy, 'tunnel'>,
  endpoint: Endpoint,
  { timeoutMs, signal, receiveBuffer }: Tunnelled,
): Promise<ByteStream> {
  let ready: Promise<unknown> = Promise.resolve()
  const open = (onread: OnReadOpts): Socket => {
    const tunnel = proxy.tunnel(endpoint, { timeoutMs, signal, onread })
    ready = tunnel.ready
    return tunnel.socket
  }
  try {
    const stream = new TcpStream(open, receiveBuffer, endpoint)
    await ready
    return stream
  } catch (error) {
    throw connectFailed(formatEndpoint(endpoint), error)
  }
}

/** Each address of the name from the bound address of its family. */
async function dialName({ host, port }: Endpoint, options: Dial): Promise<ByteStream> {
  const { timeoutMs, signal } = options
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const found = await lookup(host, { all: true }).catch((error: unknown) => {
    throw connectFailed(formatEndpoint({ host, port }), error)
  })
  const attempts = found.slice(0, MAX_ADDRESSES).map(
    ({ address }) =>
      (signal: AbortSignal) =>
        dial({ host: address, port }, { ...options, signal }),
  )
  return dialStaggered(attempts, { headStartMs: HEAD_START_MS, signal: deadline })
}

function connect(target: TcpNetConnectOpts & Endpoint, options: Dial): Promise<ByteStream> {
  const name = formatEndpoint(target)
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>()
  const stream = new TcpStream((onread) => new Socket({ onread }), options.receiveBuffer)
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
  else socket.connect(target)
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
  return new TcpStream((onread) => new Socket({ ...options, onread }), receiveBuffer)
}

/** One socket for all addresses, or one for each bound address. */
function listen(port: number, { v4, v6 }: BindAddresses, accept: (socket: Socket) => void): Promise<Listener> {
  const hosts = [v4, v6].filter((host) => host !== undefined)
  if (hosts.length === 0) return listenAt(port, undefined, accept)
  return listenTogether(
    port,
    hosts.map((host) => (number) => listenAt(number, host, accept)),
  )
}

async function listenAt(port: number, host: string | undefined, accept: (socket: Socket) => void): Promise<Listener> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, accept)
  try {
    await bindServer(server, port, host)
  } catch (error) {
    throw listenFailed(formatEndpoint({ host: host ?? '::', port }), error)
  }
  // Errors of single accepts (EMFILE, ECONNABORTED) cost that connection, not the listener.
  server.on('error', () => {})
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Without a host node listens on both families, on a system without IPv6 on the other one. */
function bindServer(server: Server, port: number, host: string | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, backlog: 511, ...(host === undefined ? {} : { host }) }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}
