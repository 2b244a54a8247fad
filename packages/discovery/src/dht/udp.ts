// One UDP socket. Sending promises nothing: what does not arrive is asked again by those who miss it.

import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'

import { normalIp } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'

import { listenFailed } from './errors.ts'

/** What the kernel keeps while the loop is busy: about 2000 messages. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024

/** Where to listen. */
export interface UdpOptions {
  readonly family: IpFamily
  /** An address of this machine; any without. */
  readonly host?: string
  /** 0: any. */
  readonly port: number
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint) => void
}

/** An open socket. */
export interface UdpSocket extends AsyncDisposable {
  readonly port: number
  send(bytes: Uint8Array, to: Endpoint): void
}

/** Opens a socket. Rejects with DHT_LISTEN_FAILED. */
export async function openUdp(options: UdpOptions): Promise<UdpSocket> {
  const { family, port, onDatagram } = options
  const host = options.host ?? (family === 'ipv4' ? '0.0.0.0' : '::')
  const socket = makeSocket(family)
  try {
    await bind(socket, host, port)
  } catch (error) {
    socket.close()
    throw listenFailed({ host, port }, error)
  }
  socket.on('message', (bytes, from) => {
    const address = normalIp(from.address)
    if (address === undefined) return
    // Not a Buffer: `slice` of one is a view, and whoever keeps an id or a key would keep the datagram.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    onDatagram(plain, { host: address, port: from.port })
  })
  // Errors of earlier datagrams (a port that is closed); who sent them waits for an answer in any case.
  socket.on('error', () => {})
  const bound = socket.address().port
  return {
    port: bound,
    send: (bytes, to) => socket.send(bytes, to.port, to.host, () => {}),
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function makeSocket(family: IpFamily): Socket {
  return createSocket({
    // A socket for IPv6 that takes IPv4 as well would take the other socket's port.
    ...(family === 'ipv4' ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true }),
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    // Addresses are literals: the system's resolver would cost a turn of its own for each.
    lookup: (host, _options, callback) => callback(null, host, family === 'ipv4' ? 4 : 6),
  })
}

function bind(socket: Socket, address: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ address, port }, () => {
    socket.off('error', reject)
    resolve()
  })
  return promise
}
