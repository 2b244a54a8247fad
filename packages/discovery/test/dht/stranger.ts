// Somebody at an address of a memory network who sends what a test wants and keeps what comes back.

import type { Endpoint } from '@ccbt/address'
import { asBytes, encode } from '@ccbt/bencode'
import type { Encodable } from '@ccbt/bencode'

import { compactEndpoint } from '../../src/dht/contact.ts'
import { readMessage, writeAnswer } from '../../src/dht/krpc.ts'
import type { Answer, Query, Refusal } from '../../src/dht/krpc.ts'
import { nodeIdFor } from '../../src/dht/node-id.ts'
import type { MemoryNetwork } from './memory-network.ts'

export class Stranger {
  readonly network: MemoryNetwork
  readonly at: Endpoint
  readonly id: Uint8Array
  /** Everything that came, the newest last. */
  readonly received: Uint8Array[] = []
  readonly questions: Query[] = []
  /** What it answers to questions; nothing by default. */
  answerTo: (query: Query) => Record<string, Encodable | undefined> | undefined = () => undefined

  constructor(network: MemoryNetwork, at: Endpoint = network.nextEndpoint()) {
    this.network = network
    this.at = at
    this.id = nodeIdFor(at.host, network.random)
    network.attach(at, (bytes, from) => this.#receive(bytes, from))
  }

  send(to: Endpoint, bytes: Uint8Array): void {
    this.network.send(bytes, this.at, to)
  }

  ask(to: Endpoint, method: string, values: Record<string, Encodable | undefined>, transaction = 'aa'): Uint8Array {
    const bytes = encode({ a: { id: this.id, ...values }, q: method, t: transaction, y: 'q' })
    this.send(to, bytes)
    return bytes
  }

  /** The newest message of a kind. */
  get answer(): Answer | undefined {
    return this.#newest('answer')
  }

  get refusal(): Refusal | undefined {
    return this.#newest('refusal')
  }

  /** The token in the newest answer. */
  get token(): Uint8Array {
    return asBytes(this.answer?.values.get('token')) ?? new Uint8Array()
  }

  #newest<K extends 'answer' | 'refusal'>(kind: K): Extract<ReturnType<typeof readMessage>, { kind: K }> | undefined {
    for (const bytes of this.received.toReversed()) {
      const message = readMessage(bytes)
      if (message.kind === kind) return message as Extract<ReturnType<typeof readMessage>, { kind: K }>
    }
    return undefined
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    this.received.push(bytes)
    const message = readMessage(bytes)
    if (message.kind !== 'query') return
    this.questions.push(message)
    const values = this.answerTo(message)
    if (values !== undefined) {
      this.send(from, writeAnswer(message.transaction, { id: this.id, ...values }, compactEndpoint(from)))
    }
  }
}
