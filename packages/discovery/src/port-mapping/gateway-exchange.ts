// One question to the gateway and its answer by UDP. Each question has a socket of its own with a port that nobody
// knows, connected to the gateway: what comes from elsewhere never arrives, a closed port there shows at once, and the
// local address is the one that the gateway sees.

import { createSocket } from 'node:dgram'

import { familyOf } from '@ccbt/address'
import type { Cancel, Clock, Random } from '@ccbt/primitives'

import { errnoOf } from '../errors.ts'
import type { Gateway } from './gateways.ts'

/** What to ask and how long to wait. */
export interface GatewayQuestion<T> {
  readonly gateway: Gateway
  /** The datagram; `localIp` is the address that it leaves from. */
  packet(localIp: string): Uint8Array
  /** The answer in a datagram, `undefined` when it holds none: then waiting goes on. */
  read(bytes: Uint8Array): T | undefined
  /** Sends once for each, and waits so long after it. */
  readonly waitsMs: readonly number[]
}

/** What came of a question; `silent` tells why nothing did. */
export type Exchanged<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'silent'; readonly reason: string }

/** Time and chance of an exchange. */
export interface ExchangeParts {
  readonly clock: Clock
  readonly random: Random
}

/** Asks, again after each wait, until an answer or the end of the last wait. Never rejects. */
export async function askGateway<T>(
  question: GatewayQuestion<T>,
  { clock, random }: ExchangeParts,
  signal: AbortSignal,
): Promise<Exchanged<T>> {
  const { host, port } = question.gateway.endpoint
  const { from } = question.gateway
  const { promise, resolve } = Promise.withResolvers<Exchanged<T>>()
  const socket = createSocket(familyOf(host) === 'ipv6' ? 'udp6' : 'udp4')
  let cancelWait: Cancel | undefined
  const giveUp = (reason: string): void => resolve({ kind: 'silent', reason })
  const onAbort = (): void => giveUp('given up')
  const send = (attempt: number): void => {
    const waitMs = question.waitsMs[attempt]
    if (waitMs === undefined) return giveUp('no answer')
    socket.send(question.packet(socket.address().address))
    cancelWait = clock.after(jittered(waitMs, random), () => send(attempt + 1))
  }
  socket.on('error', (error) => giveUp(errnoOf(error)))
  socket.on('message', (bytes, sender) => {
    // What came before the socket was connected may be anybody's.
    if (sender.address !== host || sender.port !== port) return
    const answer = question.read(bytes)
    if (answer !== undefined) resolve({ kind: 'answered', answer })
  })
  socket.once('connect', () => send(0))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (signal.aborted) onAbort()
    else socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) }, () => connect())
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    cancelWait?.()
    socket.close()
  }

  function connect(): void {
    if (!signal.aborted) socket.connect(port, host)
  }
}

/** A tenth more or less (RFC 6887, 8.1.1): machines that start together do not ask together. */
function jittered(ms: number, random: Random): number {
  return ms * (0.9 + (0.2 * random.u32()) / 4_294_967_296)
}
