// Nodes that lie: about who is near, about who they are, or in no language at all.

import type { Endpoint } from '@ccbt/address'
import { encode } from '@ccbt/bencode'
import { randomBelow } from '@ccbt/primitives'

import { compactEndpoint, idWithPrefix, writeNodes } from '../../src/dht/contact.ts'
import type { Contact } from '../../src/dht/contact.ts'
import { readMessage, writeAnswer } from '../../src/dht/krpc.ts'
import type { Query } from '../../src/dht/krpc.ts'
import { nodeIdFor, randomId } from '../../src/dht/node-id.ts'
import type { MemoryNetwork } from './memory-network.ts'

/** What a hostile node does with every question. */
export type Malice =
  /** Names nodes right beside the target that do not exist. */
  | 'dead ends'
  /** Names neighbours, with ids right beside the target. */
  | 'recruiter'
  /** Answers under the id by which recruiters name it, and names other neighbours. */
  | 'neighbour'
  /** Answers under another id each time. */
  | 'shape shifter'
  /** Sends noise. */
  | 'garbage'
  /** Says nothing. */
  | 'silence'

export const MALICES: readonly Malice[] = ['dead ends', 'recruiter', 'neighbour', 'shape shifter', 'garbage', 'silence']

/** Attaches a hostile node; `neighbours` is the list that all of them share. */
export function hostileNode(network: MemoryNetwork, malice: Malice, neighbours: Endpoint[]): Endpoint {
  const at = network.nextEndpoint()
  const ownId = nodeIdFor(at.host, network.random)
  if (malice === 'neighbour') neighbours.push(at)
  network.attach(at, (bytes, from) => {
    const query = readMessage(bytes)
    if (query.kind !== 'query') return
    const answer = answerOf(query)
    if (answer !== undefined) network.send(answer, at, from)

    function answerOf(query: Query): Uint8Array | undefined {
      if (malice === 'silence') return undefined
      if (malice === 'garbage') return Uint8Array.from({ length: 200 }, () => randomBelow(network.random, 256))
      const target = targetOf(query)
      const id =
        malice === 'shape shifter'
          ? randomId(network.random)
          : malice === 'neighbour' && target !== undefined
            ? madeUpId(target, at)
            : ownId
      const nodes = target === undefined ? undefined : writeNodes(bogus(target))
      return writeAnswer(query.transaction, { id, nodes, token: 'liar', values: [] }, compactEndpoint(from))
    }
  })
  return at

  function bogus(target: Uint8Array): Contact[] {
    return Array.from({ length: 8 }, () => {
      const friend = neighbours[randomBelow(network.random, neighbours.length)]
      if ((malice !== 'recruiter' && malice !== 'neighbour') || friend === undefined) {
        const host = `${150 + randomBelow(network.random, 20)}.${randomBelow(network.random, 256)}.${randomBelow(network.random, 256)}.9`
        return { id: idWithPrefix(target, 40, network.random), host, port: 6881 }
      }
      return { id: madeUpId(target, friend), ...friend }
    })
  }
}

/** The same for everybody who knows the address: they need not talk to each other. */
function madeUpId(target: Uint8Array, at: Endpoint): Uint8Array {
  const id = target.slice()
  id.set(compactEndpoint(at), 12)
  return id
}

function targetOf(query: Query): Uint8Array | undefined {
  const target = query.arguments.get('target') ?? query.arguments.get('info_hash')
  return target instanceof Uint8Array && target.length === 20 ? target.slice() : undefined
}

/** A datagram that is a question. */
export function questionBytes(method: string, values: Record<string, Uint8Array | string | number>): Uint8Array {
  return encode({ a: values, q: method, t: 'aa', y: 'q' })
}
