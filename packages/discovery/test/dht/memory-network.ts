// Nodes that talk through memory in virtual time: every datagram takes 10 to 100 ms, and some get lost.

import type { Endpoint } from '@ccbt/address'
import { endpointKey } from '../../src/dht/contact.ts'
import { DhtNode } from '../../src/dht/node.ts'
import type { DhtNodeOptions } from '../../src/dht/node.ts'
import { nodeIdFor } from '../../src/dht/node-id.ts'
import { randomBelow, seededRandom } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'

/** Datagrams arrive at multiples of this. */
const TICK_MS = 5

export type Receive = (bytes: Uint8Array, from: Endpoint) => void

export class MemoryNetwork {
  readonly clock: Clock
  readonly random: Random
  /** Share of datagrams that get lost. */
  loss = 0
  sent = 0
  sentBytes = 0
  readonly #receivers = new Map<string, Receive>()
  readonly #due = new Map<number, (() => void)[]>()
  #hosts = 0

  constructor(clock: Clock, seed = 1) {
    this.clock = clock
    this.random = seededRandom(seed)
  }

  /** A global address in a /24 of its own. */
  nextEndpoint(): Endpoint {
    const n = this.#hosts++
    return { host: `${60 + (n >>> 16)}.${(n >>> 8) & 0xff}.${n & 0xff}.7`, port: 6881 }
  }

  attach(at: Endpoint, receive: Receive): void {
    this.#receivers.set(endpointKey(at), receive)
  }

  detach(at: Endpoint): void {
    this.#receivers.delete(endpointKey(at))
  }

  send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    this.sent++
    this.sentBytes += bytes.length
    const key = endpointKey(to)
    if (this.loss > 0 && this.random.u32() / 2 ** 32 < this.loss) return
    const at = TICK_MS * Math.ceil((this.clock.now() + 10 + randomBelow(this.random, 90)) / TICK_MS)
    const deliver = (): void => this.#receivers.get(key)?.(bytes, from)
    const due = this.#due.get(at)
    if (due !== undefined) return void due.push(deliver)
    const list = [deliver]
    this.#due.set(at, list)
    this.clock.after(at - this.clock.now(), () => {
      this.#due.delete(at)
      for (const one of list) one()
    })
  }

  /** A node with an id that its address may have. */
  node(options: Partial<DhtNodeOptions> & { readonly at?: Endpoint } = {}): Member {
    const { at = this.nextEndpoint(), ...rest } = options
    const node = new DhtNode({
      clock: this.clock,
      random: this.random,
      family: 'ipv4',
      id: nodeIdFor(at.host, this.random),
      replyBps: 1e6,
      isReadOnly: false,
      allowLocal: false,
      sibling: () => undefined,
      send: (bytes, to) => this.send(bytes, at, to),
      ...rest,
    })
    this.attach(at, (bytes, from) => node.datagram(bytes, from))
    return { node, at }
  }
}

export interface Member {
  readonly node: DhtNode
  readonly at: Endpoint
}

/** Lets a node enter by others: what the caretaker does, without the filling of far buckets. */
export async function join({ node }: Member, by: readonly Endpoint[]): Promise<void> {
  await Promise.all(by.map((endpoint) => node.ping(endpoint)))
  await node.find({ target: node.ownId, method: 'find_node', arguments: { target: node.ownId } }, NEVER)
}

export const NEVER: AbortSignal = new AbortController().signal
