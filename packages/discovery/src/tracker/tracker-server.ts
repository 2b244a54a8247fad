// A tracker for a local network, a demonstration or a test: HTTP and UDP on one port. Sockets, limits and the judging of
// what comes in are ours; the tracker's work is done by npm `bittorrent-tracker`'s server.

import { lookup } from 'node:dns/promises'
import type { Socket } from 'node:dgram'
import type { Server } from 'node:http'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type Engine from 'bittorrent-tracker/server'

import { ConnectionIds } from './connection-ids.ts'
import { errnoOf, trackerListenFailed } from '../errors.ts'
import { createEngine } from './server-engine.ts'
import { createHttpFace } from './server-http.ts'
import { createUdpFace } from './server-udp.ts'

const DEFAULT_INTERVAL_MS = 600_000
const DEFAULT_MAX_TORRENTS = 10_000
/** A port that is free for TCP may be taken for UDP. */
const PORT_TRIES = 10

/** Settings of {@link createTrackerServer}. */
export interface TrackerServerOptions {
  /** For HTTP and UDP alike; 0 = any free one. */
  readonly port: number
  /** Address or name to listen on. Default: all interfaces. */
  readonly host?: string
  /** Default true. */
  readonly http?: boolean
  /** Default true. */
  readonly udp?: boolean
  /** Time between the announces of a client, as they are told; whole seconds. Default 10 min. */
  readonly intervalMs?: number
  /** Whether a torrent, given by its info-hash in lower-case hexadecimal, is served. Default: all are. */
  readonly filter?: (infoHash: string) => boolean
  /** Torrents known at a time; the one that was asked for longest ago goes first. Default 10,000. */
  readonly maxTorrents?: number
  /** Gets one line per announce and per bad request. It quotes what clients sent: escape it before display. */
  readonly onLog?: (line: string) => void
}

/** A running tracker. Disposing closes its sockets and connections. */
export interface TrackerServer extends AsyncDisposable {
  readonly port: number
  /** One per protocol. */
  readonly announceUrls: readonly string[]
}

/**
 * Starts a tracker. Rejects with TRACKER_LISTEN_FAILED.
 * @example
 * await using tracker = await createTrackerServer({ port: 0, host: '127.0.0.1' })
 * tracker.announceUrls // ['http://127.0.0.1:41573/announce', 'udp://127.0.0.1:41573/announce']
 */
export async function createTrackerServer(options: TrackerServerOptions): Promise<TrackerServer> {
  const log = options.onLog ?? ((): void => {})
  const engine = await createEngine({
    intervalMs: options.intervalMs ?? DEFAULT_INTERVAL_MS,
    maxTorrents: options.maxTorrents ?? DEFAULT_MAX_TORRENTS,
    filter: options.filter ?? ((): boolean => true),
    log,
  })
  const address = await addressOf(options.host)
  const faces = new Faces(engine, log)
  const port = await faces.listen(options, address)
  const host = urlHost(address)
  const protocols = [...((options.http ?? true) ? ['http'] : []), ...((options.udp ?? true) ? ['udp'] : [])]
  return {
    port,
    announceUrls: protocols.map((protocol) => `${protocol}://${host}:${port}/announce`),
    [Symbol.asyncDispose]: () => faces.close(),
  }
}

/** The sockets of one tracker. */
class Faces {
  readonly #engine: Engine
  readonly #log: (line: string) => void
  readonly #ids: ConnectionIds
  #http: Server | undefined
  #udp: Socket[] = []

  constructor(engine: Engine, log: (line: string) => void) {
    this.#engine = engine
    this.#log = log
    this.#ids = new ConnectionIds(WALL)
  }

  /** Opens all sockets on one port and returns it. `address` absent: all interfaces. */
  async listen(options: TrackerServerOptions, address: string | undefined): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#open(options, address)
      } catch (error) {
        await this.close()
        const isTaken = isCcbtError(error, 'TRACKER_LISTEN_FAILED') && error.context.errno === 'EADDRINUSE'
        if (!isTaken || options.port !== 0 || tries === PORT_TRIES) throw error
      }
    }
  }

  async close(): Promise<void> {
    const closing = this.#udp.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve())))
    this.#udp = []
    this.#engine.udp4 = null
    this.#engine.udp6 = null
    const http = this.#http
    this.#http = undefined
    if (http?.listening === true) {
      closing.push(new Promise((resolve) => http.close(() => resolve())))
      http.closeAllConnections()
    }
    await Promise.all(closing)
  }

  async #open(options: TrackerServerOptions, address: string | undefined): Promise<number> {
    let port = options.port
    if (options.http ?? true) port = await this.#openHttp(port, address)
    if (!(options.udp ?? true)) return port
    if (address === undefined || isIP(address) === 4) port = await this.#openUdp(4, port, address ?? '0.0.0.0')
    if (address === undefined) return await orWithoutIpv6(this.#openUdp(6, port, '::'), port)
    return isIP(address) === 6 ? await this.#openUdp(6, port, address) : port
  }

  async #openHttp(port: number, address: string | undefined): Promise<number> {
    this.#http = createHttpFace(this.#engine, this.#log)
    if (address !== undefined) return await listenHttp(this.#http, port, address)
    const both = await orWithoutIpv6(listenHttp(this.#http, port, '::'), undefined)
    return both ?? (await listenHttp(this.#http, port, '0.0.0.0'))
  }

  async #openUdp(family: 4 | 6, port: number, address: string): Promise<number> {
    const socket = createUdpFace(family, { engine: this.#engine, ids: this.#ids, log: this.#log })
    try {
      await bindUdp(socket, port, address)
    } catch (error) {
      socket.close()
      throw error
    }
    this.#udp.push(socket)
    socket.on('error', (error) => this.#log(`socket error: ${errnoOf(error)}`))
    return socket.address().port
  }
}

/** The windows of connection ids are counted in real time. */
const WALL: Pick<Clock, 'now'> = { now: () => performance.now() }

/** The address to listen on; `undefined` for all interfaces. */
async function addressOf(host: string | undefined): Promise<string | undefined> {
  if (host === undefined || host === '' || host === '::' || host === '0.0.0.0')
    return host === '0.0.0.0' ? host : undefined
  if (isIP(host) !== 0) return host
  try {
    return (await lookup(host)).address
  } catch (error) {
    throw trackerListenFailed(host, error)
  }
}

/** How others reach us: the first address of the network when all are listened on. */
function urlHost(address: string | undefined): string {
  if (address !== undefined && address !== '0.0.0.0') return isIP(address) === 6 ? `[${address}]` : address
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** `fallback` when this machine has no IPv6. */
async function orWithoutIpv6<T>(opening: Promise<T>, fallback: T): Promise<T> {
  try {
    return await opening
  } catch (error) {
    const isMissing =
      isCcbtError(error, 'TRACKER_LISTEN_FAILED') && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(error.context.errno)
    if (!isMissing) throw error
    return fallback
  }
}

function listenHttp(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const onError = (error: Error): void => reject(trackerListenFailed(`${host} port ${port}`, error))
  server.once('error', onError)
  server.listen({ port, host }, () => {
    server.off('error', onError)
    const address = server.address()
    resolve(typeof address === 'object' && address !== null ? address.port : port)
  })
  return promise
}

function bindUdp(socket: Socket, port: number, address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onError = (error: Error): void => reject(trackerListenFailed(`${address} port ${port}`, error))
  socket.once('error', onError)
  socket.bind({ port, address }, () => {
    socket.off('error', onError)
    resolve()
  })
  return promise
}
