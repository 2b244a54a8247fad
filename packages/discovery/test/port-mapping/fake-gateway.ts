// Gateways on loopback: real sockets, with answers that a test decides.

import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

import { concatBytes, readU32, writeU32 } from '@ccbt/primitives'

/** A UDP server. */
export interface FakeServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Every datagram that came. */
  readonly received: Uint8Array[]
  /** Who sent last. */
  readonly sender: RemoteInfo
  sayTo(bytes: Uint8Array, to: RemoteInfo): void
}

/** Answers a datagram with any number of others. */
export type Answerer = (bytes: Uint8Array, from: RemoteInfo) => readonly Uint8Array[]

export const SILENT: Answerer = () => []

/** Starts a UDP server on `host`. */
export async function fakeServer(answerer: Answerer, host = '127.0.0.1'): Promise<FakeServer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const received: Uint8Array[] = []
  const sayTo = (bytes: Uint8Array, to: RemoteInfo): void => socket.send(bytes, to.port, to.address)
  let sender: RemoteInfo | undefined
  socket.on('message', (bytes, from) => {
    sender = from
    received.push(Uint8Array.from(bytes))
    for (const answer of answerer(Uint8Array.from(bytes), from)) sayTo(answer, from)
  })
  socket.bind(0, host)
  await once(socket, 'listening')
  return {
    host,
    port: socket.address().port,
    received,
    get sender() {
      if (sender === undefined) throw new Error('nothing came')
      return sender
    },
    sayTo,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** A port that nobody listens at. */
export async function closedPort(): Promise<{ host: string; port: number }> {
  await using server = await fakeServer(SILENT)
  return { host: server.host, port: server.port }
}

/** What a fake gateway knows and holds; a test may change all of it. */
export interface GatewayState {
  externalIp: string
  epochS: number
  lifetimeS: number
  /** Result of every mapping request. */
  result: number
  /** Ports outside, by protocol number and internal port. */
  readonly mappings: Map<string, number>
}

export function gatewayState(changes: Partial<GatewayState> = {}): GatewayState {
  return { externalIp: '203.0.113.9', epochS: 1000, lifetimeS: 3600, result: 0, mappings: new Map(), ...changes }
}

/** NAT-PMP as in RFC 6886; another version is told so (3.5). */
export function natPmpAnswers(state: GatewayState): Answerer {
  return (bytes) => {
    const epoch = u32(state.epochS)
    if (bytes[0] !== 0) return [concatBytes([Uint8Array.of(0, 0x80 | bytes[1]!, 0, 1), epoch])]
    const head = [Uint8Array.of(0, 0x80 | bytes[1]!, 0, state.result), epoch]
    if (state.result !== 0) return [concatBytes(head)]
    if (bytes[1] === 0) return [concatBytes([...head, Uint8Array.from(state.externalIp.split('.'), Number)])]
    const external = hold(
      state,
      `${bytes[1] === 1 ? 'udp' : 'tcp'} ${u16At(bytes, 4)}`,
      u16At(bytes, 6),
      readU32(bytes, 8),
    )
    return [
      concatBytes([...head, bytes.subarray(4, 6), u16(external), u32(readU32(bytes, 8) === 0 ? 0 : state.lifetimeS)]),
    ]
  }
}

/** PCP's MAP as in RFC 6887; `change` spoils an answer. */
export function pcpAnswers(state: GatewayState, change: (answer: Uint8Array) => Uint8Array = (a) => a): Answerer {
  return (bytes) => {
    if (bytes[0] !== 2) return []
    const answer = Uint8Array.from(bytes)
    answer[1]! |= 0x80
    answer.fill(0, 2, 24)
    answer[3] = state.result
    const wishedS = readU32(bytes, 4)
    const external = hold(state, `${bytes[36] === 17 ? 'udp' : 'tcp'} ${u16At(bytes, 40)}`, u16At(bytes, 42), wishedS)
    answer.set(u32(wishedS === 0 ? 0 : state.lifetimeS), 4)
    answer.set(u32(state.epochS), 8)
    answer.set(u16(external), 42)
    answer.set([...new Uint8Array(10), 0xff, 0xff, ...state.externalIp.split('.').map(Number)], 44)
    return [change(answer)]
  }
}

function hold(state: GatewayState, key: string, wished: number, lifetimeS: number): number {
  if (lifetimeS === 0) {
    state.mappings.delete(key)
    return 0
  }
  const external = state.mappings.get(key) ?? wished
  if (state.result === 0) state.mappings.set(key, external)
  return external
}

/** Waits in real time; the test's own time limit is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

export function u16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff)
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeU32(bytes, 0, value)
  return bytes
}
