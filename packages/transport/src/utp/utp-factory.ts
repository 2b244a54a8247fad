// Makes uTP connections and listens for them, all on one UDP port.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { boundFamilies, familyOf, formatEndpoint, normalIp } from '@ccbt/address'
import type { BindAddresses, Endpoint, IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import type { UtpConnection } from '@ccbt/utp'

import type { ByteStream } from '../byte-stream.ts'
import { connectFailed, listenFailed } from '../errors.ts'
import type { DialOptions, Listener, SocketFactory } from '../socket-factory.ts'
import type { UdpLane } from './udp-lane.ts'
import { UdpPort } from './udp-port.ts'
import { systemError, UtpStream } from './utp-stream.ts'

/** Settings of {@link createUtpFactory}. */
export interface UtpFactoryOptions {
  /** Local IP addresses; absent = any. */
  readonly bind?: BindAddresses
  /** The way of all datagrams, with a local address of its own: peers are not told a port then. */
  readonly relay?: NonNullable<Proxy['relay']>
  /** UDP port of dials before anybody listens; default: any free one. */
  readonly port?: number
  readonly clock: Clock
  /** Ids and sequence numbers, which strangers must not guess. */
  readonly random: Random
}

/** Makes uTP connections; its UDP port can carry another protocol as well. */
export interface UtpFactory extends SocketFactory {
  /**
   * The datagrams of one address family that begin with the letter `d`, which is how messages of the DHT are told from
   * packets. `undefined` unless the port is open for the family and the lane is free.
   */
  openLane(family: IpFamily, onDatagram: (bytes: Uint8Array, from: Endpoint) => void): UdpLane | undefined
  /** Says goodbye on all connections and closes the port at once. Nothing can be done with the factory afterwards. */
  close(): void
}

/**
 * A factory of uTP streams (BEP 29). Every connection uses the same UDP port, which is open while somebody listens, dials
 * or has a connection.
 *
 * A refused dial is known only when the other side answers with a reset: systems do not tell an unconnected UDP socket
 * about closed ports, so that a dial to one times out.
 * @example
 * const utp = createUtpFactory({ bind: { v4: '127.0.0.1' }, clock, random })
 * const { port } = await utp.listen(0, (stream) => stream.attach(handler))
 */
export function createUtpFactory(options: UtpFactoryOptions): UtpFactory {
  const { bind = {}, clock, random, relay } = options
  const port = new UdpPort({ bind, clock, random, relay })
  return {
    dial: (endpoint, dialOptions) => dial(port, endpoint, dialOptions, options),
    listen: (number, accept) => listen(port, number, accept, options),
    openLane: (family, onDatagram) => port.openLane(family, onDatagram),
    close: () => port.close(),
  }
}

async function listen(
  udp: UdpPort,
  port: number,
  accept: (stream: ByteStream) => void,
  { bind = {}, port: usual = 0 }: UtpFactoryOptions,
): Promise<Listener> {
  const where = `${formatEndpoint({ host: bind.v4 ?? bind.v6 ?? '::', port })} (UDP)`
  const isOther = port !== 0 && udp.port !== undefined && udp.port !== port
  if (udp.table.accept !== undefined || isOther) throw listenFailed(where, systemError('EADDRINUSE'))
  const take = (connection: UtpConnection, remote: Endpoint): void => accept(streamOf(udp, connection, remote))
  udp.table.accept = take
  const sockets = await udp.use(port === 0 ? usual : port).catch((error: unknown) => {
    udp.table.accept = undefined
    throw listenFailed(where, error)
  })
  return {
    port: sockets.port,
    close: async () => {
      if (udp.table.accept !== take) return
      udp.table.accept = undefined
      udp.release()
    },
  }
}

async function dial(
  udp: UdpPort,
  endpoint: Endpoint,
  options: DialOptions,
  { clock, bind = {}, port = 0, relay }: UtpFactoryOptions,
): Promise<ByteStream> {
  const name = formatEndpoint(endpoint)
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // The race below may be over when it happens.
  failed.catch(() => {})
  const onAbort = (): void => reject(options.signal.reason)
  options.signal.addEventListener('abort', onAbort, { once: true })
  const cancel = clock.after(options.timeoutMs, () => reject(new Error('timed out')))
  try {
    options.signal.throwIfAborted()
    // Answers come from an address, and only the proxy knows which one a name has.
    if (relay !== undefined && isIP(endpoint.host) === 0) throw new Error('names are dialled over TCP only')
    const remote = await Promise.race([resolveHost(endpoint, bind), failed])
    const sockets = await udp.use(port)
    try {
      await Promise.race([sockets.open(), failed])
      return await connect(udp, remote, failed)
    } finally {
      udp.release()
    }
  } catch (error) {
    throw connectFailed(name, error)
  } finally {
    cancel()
    options.signal.removeEventListener('abort', onAbort)
  }
}

/** Waits for the other side's answer, or for `failed`. */
async function connect(udp: UdpPort, remote: Endpoint, failed: Promise<never>): Promise<ByteStream> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const connection = udp.connect(remote, reject)
  const stream = streamOf(udp, connection, remote)
  connection.attach({
    connected: () => {
      connection.attach(stream)
      resolve()
    },
    data: () => {},
    drained: () => {},
    closed: (end) => reject(end === 'reset' ? systemError('ECONNREFUSED') : new Error('timed out')),
  })
  try {
    await Promise.race([promise, failed])
    return stream
  } catch (error) {
    stream.close()
    throw error
  } finally {
    udp.forget(remote, reject)
  }
}

function streamOf(udp: UdpPort, connection: UtpConnection, remote: Endpoint): UtpStream {
  return new UtpStream({ connection, remote, local: udp.localOf(remote), nowUs: () => udp.nowUs() })
}

/** The first address of a family that may be used. */
async function resolveHost({ host, port }: Endpoint, bind: BindAddresses): Promise<Endpoint> {
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }]
  const usable = found.find(({ address }) => boundFamilies(bind).includes(familyOf(address)))
  if (usable === undefined) throw new Error('its address family has no bound address')
  return { host: normalIp(usable.address) ?? usable.address, port }
}
