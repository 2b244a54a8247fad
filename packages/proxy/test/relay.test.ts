// UDP through a relay over real sockets: what is believed, and what happens when an association ends.

import type { Socket as UdpSocket } from 'node:dgram'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Endpoint } from '@ccbt/address'
import { VirtualClock } from '@ccbt/testkit'

import { createProxy } from '../src/proxy.ts'
import type { RelayHandler, UdpRelay } from '../src/relay.ts'
import { readDatagram, udpHeader } from '../src/udp-header.ts'
import { answering, openUdp, startProxy, success } from './scripted-proxy.ts'
import type { ScriptedProxy } from './scripted-proxy.ts'

const TARGET = { host: '192.0.2.7', port: 6881 }

let udp: UdpSocket
let received: { readonly bytes: Buffer; readonly port: number }[]
let server: ScriptedProxy
let serve: Parameters<typeof startProxy>[0]
let clock: VirtualClock
let relay: UdpRelay | undefined
let datagrams: { readonly text: string; readonly from: Endpoint }[]
let failures: string[]

beforeEach(async () => {
  received = []
  datagrams = []
  failures = []
  clock = new VirtualClock()
  udp = await openUdp((bytes, port) => received.push({ bytes, port }))
  serve = answering([5, 0], success(udp.address().port))
  server = await startProxy((socket) => serve(socket))
})
afterEach(async () => {
  relay?.[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
  udp.close()
})

function open(): UdpRelay {
  const handler: RelayHandler = {
    datagram: (bytes, from) => datagrams.push({ text: Buffer.from(bytes).toString(), from }),
    failed: (error) => failures.push(error.message),
  }
  const proxy = createProxy({ kind: 'socks5', host: '127.0.0.1', port: server.port }, { clock })
  relay = proxy.relay!(handler)
  return relay
}

/** Sends one datagram through, and gives the port that it came from. */
async function through(relay: UdpRelay, to: Endpoint = TARGET): Promise<number> {
  const before = received.length
  relay.send(Buffer.from('question'), to)
  await expect.poll(() => received.length).toBe(before + 1)
  return received.at(-1)!.port
}

function answer(port: number, from: Endpoint, text: string, fragment = 0): void {
  const bytes = Buffer.concat([udpHeader(from), Buffer.from(text)])
  bytes[2] = fragment
  udp.send(bytes, port, '127.0.0.1')
}

describe('a relay', () => {
  it.each([
    [TARGET, '\0\0\0\x01\xc0\x00\x02\x07\x1a\xe1question'],
    [{ host: '::1', port: 1 }, `\0\0\0\x04${'\0'.repeat(15)}\x01\0\x01question`],
    [{ host: 'node.example', port: 1 }, '\0\0\0\x03\x0cnode.example\0\x01question'],
  ])('sends to %j', async (to, expected) => {
    const relay = open()
    await relay.ready()
    await through(relay, to)
    expect(received[0]!.bytes.toString('latin1')).toBe(expected)
  })

  it('believes its own relay only, and no fragments', async () => {
    const relay = open()
    await relay.ready()
    const port = await through(relay)
    const stranger = await openUdp(() => {})
    const forged = Buffer.concat([udpHeader(TARGET), Buffer.from('forged')])
    await new Promise((resolve) => stranger.send(forged, port, '127.0.0.1', resolve))
    answer(port, TARGET, 'fragment', 1)
    udp.send(Uint8Array.of(0, 0, 0, 9, 1, 2), port, '127.0.0.1')
    udp.send(Uint8Array.of(0), port, '127.0.0.1')
    answer(port, TARGET, 'answer')
    await expect.poll(() => datagrams.length).toBeGreaterThan(0)
    expect(datagrams).toEqual([{ text: 'answer', from: TARGET }])
    stranger.close()
  })

  it('reaches a relay that does not know its own address', async () => {
    serve = answering([5, 0], [5, 0, 0, 1, 0, 0, 0, 0, udp.address().port >>> 8, udp.address().port & 0xff])
    const relay = open()
    await relay.ready()
    await through(relay)
  })

  it('drops what is sent while there is no association, and gets another one after a pause that doubles', async () => {
    const relay = open()
    await relay.ready()
    await through(relay)
    serve = answering([5, 0], [5, 7])
    for (const connection of server.connections) connection.destroy()
    await expect.poll(() => failures.length).toBe(1)
    const { promise, resolve } = Promise.withResolvers<Error | null>()
    relay.send(Buffer.from('lost'), TARGET, resolve)
    expect(await promise).toMatchObject({ code: 'PROXY_FAILED' })
    await expect(relay.ready()).rejects.toThrow(/ended the UDP association/)
    for (const [attempt, pauseMs] of [1000, 2000, 4000].entries()) {
      await clock.advance(pauseMs - 1)
      expect(server.connections).toHaveLength(1 + attempt)
      await clock.advance(1)
      await expect(relay.ready()).rejects.toThrow(/does not support this command/)
      expect(server.connections).toHaveLength(2 + attempt)
    }
    expect(failures).toHaveLength(1)
    serve = answering([5, 0], success(udp.address().port))
    await clock.advance(8000)
    await relay.ready()
    await through(relay)
    expect(received.map(({ bytes }) => bytes.subarray(10).toString())).toEqual(['question', 'question'])
  })

  it('ends for good when it is disposed', async () => {
    const relay = open()
    await relay.ready()
    relay[Symbol.dispose]()
    await expect.poll(() => server.connections[0]!.closed).toBe(true)
    await clock.advance(600_000)
    expect(server.connections).toHaveLength(1)
    expect(failures).toEqual([])
  })
})

it('the header of a datagram is read as it is written', () => {
  for (const from of [TARGET, { host: '2001:db8::1', port: 65_535 }, { host: 'a.example', port: 1 }]) {
    const bytes = Buffer.concat([udpHeader(from), Buffer.from('x')])
    expect(readDatagram(bytes)).toEqual({ from, payload: Buffer.from('x') })
    for (let length = 0; length < bytes.length - 1; length++)
      expect(readDatagram(bytes.subarray(0, length))).toBeUndefined()
  }
})
