// The sockets of one multicast group: one that hears the group on all lanes, and one per lane that sends. When the lanes
// change, or a socket has failed, all are closed and opened anew with the next announce. Where there is no multicast
// nothing works and nothing breaks: failures are reported and that is all. No socket keeps the process alive.

import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'

import type { Endpoint, IpFamily } from '@ccbt/address'

import { errnoOf } from '../errors.ts'
import type { Lane } from './lanes.ts'

/** Routers do not pass the group's datagrams on. */
const HOPS = 1

/** What a {@link Multicast} works with. */
export interface MulticastOptions {
  readonly family: IpFamily
  readonly group: Endpoint
  readonly onPacket: (packet: Uint8Array, from: RemoteInfo) => void
  /** A socket could not be opened or could not send: the system's short name of the problem. */
  readonly onFailure: (errno: string) => void
}

interface Sockets {
  /** Of the lanes that these are for. */
  readonly key: string
  readonly receiver: Promise<Socket | undefined>
  readonly senders: readonly Promise<Socket | undefined>[]
  isBroken: boolean
}

/** Sends to a group and hears it. */
export class Multicast implements AsyncDisposable {
  readonly #options: MulticastOptions
  #sockets: Sockets | undefined

  constructor(options: MulticastOptions) {
    this.#options = options
  }

  /** Makes `lanes` the ones in use. Those of the other family are ignored. */
  use(lanes: readonly Lane[]): void {
    const own = lanes.filter(({ family }) => family === this.#options.family)
    const key = JSON.stringify(own)
    if (this.#sockets?.key === key && !this.#sockets.isBroken) return
    void this.#close()
    if (own.length > 0) this.#sockets = this.#open(key, own)
  }

  /** Sends on every lane. */
  send(packet: Uint8Array): void {
    const sockets = this.#sockets
    for (const sender of sockets?.senders ?? []) {
      void sender.then((socket) => {
        // Closed sockets refuse to send by an exception.
        if (this.#sockets === sockets)
          socket?.send(packet, this.#options.group.port, this.#options.group.host, this.#sent)
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#options.onFailure(errnoOf(error))
  }

  #open(key: string, lanes: readonly Lane[]): Sockets {
    const { family, group, onPacket, onFailure } = this.#options
    const onError = (error: unknown): undefined => {
      sockets.isBroken = true
      onFailure(errnoOf(error))
    }
    const hear = (socket: Socket): void => {
      socket.on('message', onPacket)
      for (const lane of lanes) this.#join(socket, lane)
    }
    const sockets: Sockets = {
      key,
      isBroken: false,
      receiver: openSocket({ family, port: group.port, prepare: hear, onError }),
      senders: lanes.map((lane) =>
        openSocket({ family, port: 0, address: lane.bindAddress, prepare: sendOn(lane), onError }),
      ),
    }
    return sockets
  }

  /** An interface that cannot do multicast does not take it from the others. */
  #join(socket: Socket, lane: Lane): void {
    try {
      socket.addMembership(this.#options.group.host, lane.multicastInterface)
    } catch (error) {
      this.#options.onFailure(errnoOf(error))
    }
  }

  async #close(): Promise<void> {
    const sockets = this.#sockets
    this.#sockets = undefined
    if (sockets === undefined) return
    for (const opening of [sockets.receiver, ...sockets.senders]) await closed(await opening)
  }
}

function sendOn(lane: Lane): (socket: Socket) => void {
  return (socket) => {
    socket.setMulticastInterface(lane.multicastInterface)
    socket.setMulticastTTL(HOPS)
    // For other clients on this machine.
    socket.setMulticastLoopback(true)
  }
}

interface SocketOptions {
  readonly family: IpFamily
  readonly port: number
  readonly address?: string
  /** Runs when the socket is bound. */
  readonly prepare: (socket: Socket) => void
  /** What happens to the socket, now or later. */
  readonly onError: (error: unknown) => void
}

/** A bound socket, or `undefined` when it cannot be had. */
function openSocket({ family, port, address, prepare, onError }: SocketOptions): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>()
  // Every client on this machine listens at the same port.
  const shared = { reuseAddr: port !== 0 }
  const socket =
    family === 'ipv4'
      ? createSocket({ type: 'udp4', ...shared })
      : createSocket({ type: 'udp6', ipv6Only: true, ...shared })
  const fail = (error: unknown): void => {
    socket.close()
    onError(error)
    resolve(undefined)
  }
  socket.once('error', fail)
  socket.bind({ port, ...(address === undefined ? {} : { address }) }, () => {
    socket.off('error', fail)
    try {
      prepare(socket)
    } catch (error) {
      fail(error)
      return
    }
    socket.on('error', onError)
    socket.unref()
    resolve(socket)
  })
  return promise
}

function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => (socket === undefined ? resolve() : socket.close(() => resolve())))
}
