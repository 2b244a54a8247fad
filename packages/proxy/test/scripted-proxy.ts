// Proxies that do what a test tells them, over real sockets on 127.0.0.1.

import { createSocket } from 'node:dgram'
import type { Socket as UdpSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import type { Clock } from '@ccbt/primitives'

/** The real time. */
export const clock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** A TCP server that hands its connections to the test. */
export interface ScriptedProxy extends AsyncDisposable {
  readonly port: number
  readonly connections: Socket[]
}

/** Listens; `serve` gets every connection. */
export async function startProxy(serve: (socket: Socket) => void): Promise<ScriptedProxy> {
  const connections: Socket[] = []
  const server = createServer((socket) => {
    connections.push(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Sends the answers in turn, one for each message that comes. */
export function answering(...answers: readonly (readonly number[])[]): (socket: Socket) => void {
  return (socket) => {
    const left = [...answers]
    socket.on('data', () => {
      const answer = left.shift()
      if (answer !== undefined) socket.write(Uint8Array.from(answer))
    })
  }
}

/** A reply of success with an address of this machine. */
export function success(port = 0): number[] {
  return [5, 0, 0, 1, 127, 0, 0, 1, port >>> 8, port & 0xff]
}

/** A UDP socket on 127.0.0.1. */
export async function openUdp(onMessage: (bytes: Buffer, port: number) => void): Promise<UdpSocket> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, { port }) => onMessage(bytes, port))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket
}
