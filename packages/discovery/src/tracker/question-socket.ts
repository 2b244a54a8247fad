// Where the questions to UDP trackers go out: a socket of this machine, or a relay at a proxy.

import { createSocket } from 'node:dgram'

import type { Endpoint } from '@ccbt/address'
import type { Proxy } from '@ccbt/proxy'

/** An open socket. While it is not in use it does not keep the process alive. */
export interface QuestionSocket {
  /** Sends once; `failed` hears when that was not possible. */
  send(packet: Uint8Array, to: Endpoint, failed: (error: Error) => void): void
  ref(): void
  unref(): void
  close(): Promise<void>
}

/** What a socket tells. */
export interface QuestionSocketHandler {
  received(packet: Uint8Array, from: Endpoint): void
  /** It is of no use any more. */
  failed(error: Error): void
}

/** Opens a socket of this machine. Rejects with the system's error. */
export async function openSocket(
  family: 4 | 6,
  address: string | undefined,
  handler: QuestionSocketHandler,
): Promise<QuestionSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true })
  const onError = (error: Error): void => {
    socket.close()
    reject(error)
  }
  socket.once('error', onError)
  socket.bind({ port: 0, ...(address === undefined ? {} : { address }) }, () => {
    socket.off('error', onError)
    socket.unref()
    resolve()
  })
  await promise
  socket.on('message', (packet, from) => handler.received(packet, { host: from.address, port: from.port }))
  socket.on('error', (error) => {
    handler.failed(error)
    socket.close()
  })
  return {
    send: (packet, { host, port }, failed) =>
      socket.send(packet, port, host, (error) => {
        if (error !== null) failed(error)
      }),
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => new Promise((done) => socket.close(() => done())),
  }
}

/** Begins an association with a proxy, which lasts until it is closed. Rejects when there is none to be had. */
export async function openRelay(
  relay: NonNullable<Proxy['relay']>,
  handler: QuestionSocketHandler,
): Promise<QuestionSocket> {
  const opened = relay({
    datagram: (packet, from) => handler.received(packet, from),
    // Whoever asks again gets a new one.
    failed: (error) => {
      opened[Symbol.dispose]()
      handler.failed(error)
    },
  })
  await opened.ready()
  return {
    send: (packet, to, failed) =>
      opened.send(packet, to, (error) => {
        if (error !== null) failed(error)
      }),
    ref: () => {},
    unref: () => {},
    close: async () => opened[Symbol.dispose](),
  }
}
