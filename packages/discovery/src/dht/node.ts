// One node of the DHT in one address family (BEP 5, 32, 42, 43, 44, 51), without sockets: datagrams come in by
// `datagram` and go out by `send`; time and chance are given. What is open or kept is bounded by the parts it is made of.

import type { Endpoint, IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'

import type { Candidate } from './candidates.ts'
import { compactEndpoint, endpointKey, idWithPrefix, isDialable } from './contact.ts'
import type { Contact } from './contact.ts'
import { createCounters, queryKind } from './counters.ts'
import type { Counters, DropReason } from './counters.ts'
import { lookupAborted } from './errors.ts'
import { ExternalIp } from './external-ip.ts'
import { FirstContacts } from './first-contacts.ts'
import { readMessage, writeAnswer, writeQuery, writeRefusal } from './krpc.ts'
import type { Answer, Query } from './krpc.ts'
import { Lookup, nodesOf } from './lookup.ts'
import type { LookupHost, LookupPlan, LookupResult, Question, Values } from './lookup.ts'
import { bucketIndex, isIdRightFor, nodeIdFor, randomId } from './node-id.ts'
import type { NodeId } from './node-id.ts'
import { Responder } from './responder.ts'
import { RoutingTable } from './routing-table.ts'
import { SourceGuard } from './source-guard.ts'
import { Transactions } from './transactions.ts'
import type { Asker, Outcome } from './transactions.ts'

/** Longest answer: it fits into every path's packets. */
const MAX_ANSWER_BYTES = 1400
/** An address that has proven nothing gets at most this many times the bytes of its question. */
const MAX_AMPLIFICATION = 3
/** With fewer nodes, the other family's node asks for some of ours. */
const NEEDY_BELOW = 32
/** Nodes of the table that a lookup starts from: enough that some live when the closest do not. */
const SEEDS = 24
/** Nodes that are being tried for the table. */
const MAX_TRIALS = 8

/** What a {@link DhtNode} goes by. */
export interface DhtNodeOptions {
  readonly clock: Clock
  readonly random: Random
  readonly family: IpFamily
  readonly send: (bytes: Uint8Array, to: Endpoint) => void
  /** From an earlier run; a random one without. */
  readonly id?: NodeId
  /** Bytes of answers per second. */
  readonly replyBps: number
  /** Asks only (BEP 43). */
  readonly isReadOnly: boolean
  /** Whether loopback and private addresses are nodes. */
  readonly allowLocal: boolean
  /** The node of the other family: they tell each other's nodes, and learn from each other's answers (BEP 32). */
  readonly sibling: () => DhtNode | undefined
}

/** One node. */
export class DhtNode implements LookupHost, Disposable {
  readonly family: IpFamily
  readonly allowLocal: boolean
  readonly table: RoutingTable
  readonly responder: Responder
  readonly counters: Counters = createCounters()
  readonly #options: DhtNodeOptions
  readonly #clock: Clock
  readonly #transactions: Transactions
  readonly #contacts: FirstContacts
  readonly #guard: SourceGuard
  readonly #externalIp = new ExternalIp()
  #trials = 0
  #isClosed = false

  constructor(options: DhtNodeOptions) {
    const { clock, random, family } = options
    this.#options = options
    this.#clock = clock
    this.family = family
    this.allowLocal = options.allowLocal
    this.table = new RoutingTable(options.id ?? randomId(random))
    this.#transactions = new Transactions(clock, random)
    this.#contacts = new FirstContacts(clock)
    this.#guard = new SourceGuard(clock, options.replyBps)
    this.responder = new Responder({
      clock,
      random,
      family,
      ownId: () => this.table.ownId,
      closest: (wanted, target, most) =>
        (wanted === family ? this : options.sibling())?.table.closest(target, most) ?? [],
    })
  }

  get ownId(): NodeId {
    return this.table.ownId
  }

  /** Our address as others see it, once enough of them agree. */
  get externalIp(): string | undefined {
    return this.#externalIp.ip
  }

  /** Takes a datagram. `from` has the normal form of its address. */
  datagram(bytes: Uint8Array, from: Endpoint): void {
    if (this.#isClosed) return
    this.counters.receivedBytes += bytes.length
    if (!isDialable(from, this.family, this.allowLocal)) return this.#drop('bad address')
    if (this.#guard.isBlocked(from)) return this.#drop('blocked source')
    const message = readMessage(bytes)
    if (message.kind === 'answer' || message.kind === 'refusal') {
      if (this.#transactions.settle(message, from)) return
      return this.#drop(this.#guard.admit(from) ? 'unknown transaction' : 'too many messages')
    }
    if (!this.#guard.admit(from)) return this.#drop('too many messages')
    if (message.kind === 'invalid') return this.#drop('invalid')
    this.counters.received[queryKind(message.method)]++
    if (this.#options.isReadOnly) return this.#drop('read-only')
    this.#answer(message, from, bytes.length)
    if (!message.isReadOnly) this.#meet({ id: message.id, ...from })
  }

  ask(question: Question, asker: Asker): boolean {
    if (this.#isClosed || !isDialable(question.to, this.family, this.allowLocal)) return false
    const key = endpointKey(question.to)
    const silence = (): void => asker.ended({ kind: 'silence' })
    const verdict = this.#contacts.request(key, {
      go: () => void (this.#send(question, asker) || silence()),
      giveUp: silence,
    })
    if (verdict === 'now') return this.#send(question, asker)
    if (verdict === 'later') asker.slow?.()
    return verdict === 'later'
  }

  /** Tries a node of which only the address is known, unless enough others are being tried. */
  tryAddress(to: Endpoint): void {
    if (this.#trials < MAX_TRIALS) this.#trial(to)
  }

  /** Asks a node whether it is there. */
  ping(to: Endpoint): Promise<boolean> {
    return this.#answersTo({ to, method: 'ping', arguments: {} })
  }

  /** Looks for the nodes closest to the target of `plan`. Rejects with ABORTED. */
  find(plan: LookupPlan, signal: AbortSignal): Promise<LookupResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LookupResult>()
    if (signal.aborted) return Promise.reject(lookupAborted())
    const lookup = new Lookup(this, plan, (result) => {
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    })
    const onAbort = (): void => {
      lookup.stop()
      reject(lookupAborted())
    }
    signal.addEventListener('abort', onAbort, { once: true })
    lookup.start(this.table.closest(plan.target, SEEDS))
    return promise
  }

  /** Asks all `nodes` that gave a token to store something; gives how many said that they did. */
  async write(method: 'announce_peer' | 'put', values: Values, nodes: readonly Candidate[]): Promise<number> {
    const answers = nodes.flatMap(({ contact, token }) =>
      token === undefined ? [] : [this.#answersTo({ to: contact, method, arguments: { ...values, token } })],
    )
    return (await Promise.all(answers)).filter(Boolean).length
  }

  /** Asks the node that was not heard of for longest, if there is one to worry about, for nodes around it. */
  refresh(): void {
    const contact = this.table.nextToAsk(this.#clock.now())
    if (contact === undefined) return
    const bits = bucketIndex(this.ownId, contact.id) + 1
    const target = idWithPrefix(contact.id, bits, this.#options.random)
    const asker: Asker = {
      ended: (outcome) => {
        if (outcome.kind === 'answer') this.learn(outcome.values)
      },
    }
    this.ask({ to: contact, method: 'find_node', arguments: { target } }, asker)
  }

  /** Tries the nodes that an answer names, as far as the table wants them. */
  learn(values: Answer['values']): void {
    for (const contact of nodesOf(values, this)) this.#try(contact)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#transactions[Symbol.dispose]()
  }

  #answersTo(question: Question): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (!this.ask(question, { ended: (outcome) => resolve(outcome.kind === 'answer') })) resolve(false)
    return promise
  }

  #send(question: Question, asker: Asker): boolean {
    const transaction = this.#isClosed
      ? undefined
      : this.#transactions.open(question.to, {
          ended: (outcome) => {
            this.#ended(question.to, outcome)
            asker.ended(outcome)
          },
          slow: () => asker.slow?.(),
        })
    if (transaction === undefined) {
      this.#contacts.fail(endpointKey(question.to))
      return false
    }
    const { method } = question
    const want = this.#needySibling() === undefined ? undefined : ['n4', 'n6']
    const values = { id: this.ownId, want, ...question.arguments }
    this.counters.sent[queryKind(method)]++
    this.#put(writeQuery({ transaction, method, arguments: values, isReadOnly: this.#options.isReadOnly }), question.to)
    return true
  }

  #ended(to: Endpoint, outcome: Outcome): void {
    if (outcome.kind === 'silence') this.#contacts.fail(endpointKey(to))
    else this.#contacts.prove(endpointKey(to))
    if (outcome.kind !== 'silence') this.counters.received[outcome.kind]++
    if (outcome.kind !== 'answer') return this.table.failed(to)
    this.table.answered({ id: outcome.id, host: to.host, port: to.port }, this.#clock.now())
    if (outcome.ip !== undefined && this.#externalIp.vote(to, outcome.ip)) this.#moveTo(this.#externalIp.ip)
    this.#needySibling()?.learn(outcome.values)
  }

  #needySibling(): DhtNode | undefined {
    const sibling = this.#options.sibling()
    return sibling !== undefined && sibling.table.size < NEEDY_BELOW ? sibling : undefined
  }

  /** Takes an id that our address may have (BEP 42). */
  #moveTo(ip: string | undefined): void {
    if (ip !== undefined && !isIdRightFor(this.ownId, ip)) this.table.rebase(nodeIdFor(ip, this.#options.random))
  }

  #answer(query: Query, from: Endpoint, queryBytes: number): void {
    const isProven = this.#contacts.isProven(endpointKey(from))
    const mostBytes = isProven ? MAX_ANSWER_BYTES : Math.min(MAX_ANSWER_BYTES, MAX_AMPLIFICATION * queryBytes)
    const reply = this.responder.reply(query, from, mostBytes)
    const bytes =
      reply.kind === 'values'
        ? writeAnswer(query.transaction, reply.values, compactEndpoint(from))
        : writeRefusal(query.transaction, reply.code, reply.text)
    if (!this.#guard.spend(bytes.length)) return this.#drop('reply budget')
    this.counters.sent[reply.kind === 'values' ? 'answer' : 'refusal']++
    if (reply.kind === 'values' && reply.hasProof === true) this.#contacts.prove(endpointKey(from))
    this.#put(bytes, from)
  }

  /** Somebody who asks may be worth asking. */
  #meet(contact: Contact): void {
    this.table.heard(contact, this.#clock.now())
    this.#try(contact)
  }

  #try(contact: Contact): void {
    if (this.#trials < MAX_TRIALS && this.table.isWanted(contact)) this.#trial(contact)
  }

  #trial(to: Endpoint): void {
    const asker: Asker = { ended: () => void this.#trials-- }
    this.#trials++
    if (!this.ask({ to, method: 'ping', arguments: {} }, asker)) this.#trials--
  }

  #put(bytes: Uint8Array, to: Endpoint): void {
    this.counters.sentBytes += bytes.length
    this.#options.send(bytes, to)
  }

  #drop(reason: DropReason): void {
    this.counters.dropped[reason]++
  }
}
