// A SOCKS5 proxy for targets on 127.0.0.1 that carries TCP and UDP (RFC 1928), without a password.

import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { onTestFinished } from 'vitest'

import { listen } from './support.ts'

/** A running proxy. */
export interface SocksProxy {
  readonly host: string
  readonly port: number
  /** Whom it was asked for: `tcp 6881`. */
  readonly targets: Set<string>
}

/** Listens on 127.0.0.1 until the test has finished. */
export async function socksProxy(): Promise<SocksProxy> {
  const targets = new Set<string>()
  const server = createServer((client) => {
    client.on('error', () => {})
    client.once('data', () => {
      client.write(Uint8Array.of(5, 0))
      client.once('data', (request) => void serve(client, request, targets))
    })
  })
  onTestFinished(() => void server.close())
  await listen(server)
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, targets }
}

async function serve(client: Socket, request: Buffer, targets: Set<string>): Promise<void> {
  if (request[1] === 3) return await associate(client, targets)
  const port = request.readUInt16BE(8)
  targets.add(`tcp ${port}`)
  const target = connect(port, '127.0.0.1')
  target.on('error', () => client.destroy())
  target.once('connect', () => {
    client.write(reply(0))
    client.pipe(target).pipe(client)
  })
}

async function associate(client: Socket, targets: Set<string>): Promise<void> {
  const relay = createSocket('udp4')
  client.once('close', () => relay.close())
  await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve))
  let clientPort = 0
  relay.on('message', (bytes, { port }) => {
    if (clientPort === 0) clientPort = port
    if (port !== clientPort) return relay.send(Buffer.concat([header(port), bytes]), clientPort, '127.0.0.1')
    const to = bytes.readUInt16BE(8)
    targets.add(`udp ${to}`)
    relay.send(bytes.subarray(10), to, '127.0.0.1')
  })
  client.write(reply(relay.address().port))
}

function reply(port: number): Buffer {
  return Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, port >>> 8, port & 0xff])
}

function header(port: number): Buffer {
  return Buffer.from([0, 0, 0, 1, 127, 0, 0, 1, port >>> 8, port & 0xff])
}
