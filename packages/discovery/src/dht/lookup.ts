// One iterative lookup (BEP 5, Kademlia): asks ever closer nodes, three at a time, until the eight closest have answered.
// A node that is slow gives its turn to another one; its answer still counts. It ends for certain: 128 questions at most,
// each of which ends by time.

import type { IpFamily } from '@ccbt/address'
import { asBytes } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import { bytesEqual } from '@ccbt/primitives'

import { Candidates } from './candidates.ts'
import type { Candidate } from './candidates.ts'
import { isDialable, NODES_KEY, readNodes } from './contact.ts'
import type { Contact } from './contact.ts'
import type { Answer } from './krpc.ts'
import type { NodeId } from './node-id.ts'
import { BUCKET_NODES } from './routing-table.ts'
import type { Asker, Outcome } from './transactions.ts'

/** Questions on their way at once (Kademlia's alpha). */
const ALPHA = 3
const MAX_TOKEN_BYTES = 128

/** Arguments or values of a message, besides the id. */
export type Values = Readonly<Record<string, Encodable | undefined>>

/** What is asked of whom. `id`: the answer is worth nothing from somebody else. */
export interface Question {
  readonly to: Contact | { readonly host: string; readonly port: number; readonly id?: undefined }
  readonly method: string
  readonly arguments: Values
}

/** What a lookup needs of its node. */
export interface LookupHost {
  readonly family: IpFamily
  readonly allowLocal: boolean
  readonly ownId: NodeId
  /** Sends a question now or soon; false when it may not be sent, and then `asker` hears nothing. */
  ask(question: Question, asker: Asker): boolean
}

/** What to look for. */
export interface LookupPlan {
  readonly target: NodeId
  readonly method: string
  readonly arguments: Values
  /** Takes what an answer has besides nodes. */
  readonly onAnswer?: (answer: Answer, from: Contact) => void
}

/** How a lookup ended. */
export interface LookupResult {
  /** The closest that have answered, at most eight. */
  readonly closest: readonly Candidate[]
  readonly asked: number
  readonly answered: number
  /** Longest chain of referrals to one of `closest`. */
  readonly hops: number
}

/** Runs one lookup. */
export class Lookup {
  readonly #host: LookupHost
  readonly #plan: LookupPlan
  readonly #candidates: Candidates
  readonly #done: (result: LookupResult) => void
  /** Questions without an answer, and those of them that are not slow. */
  #open = 0
  #inTurn = 0
  #answered = 0
  #hasEnded = false

  /** `done` is called once, not before {@link start} returns unless there is nobody to ask. */
  constructor(host: LookupHost, plan: LookupPlan, done: (result: LookupResult) => void) {
    this.#host = host
    this.#plan = plan
    this.#candidates = new Candidates(plan.target, host.ownId)
    this.#done = done
  }

  start(seeds: readonly Contact[]): void {
    for (const seed of seeds) this.#candidates.add(seed, 1)
    this.#pump()
  }

  /** Asks nobody any more and does not call `done`. */
  stop(): void {
    this.#hasEnded = true
  }

  #pump(): void {
    while (!this.#hasEnded && this.#inTurn < ALPHA) {
      const candidate = this.#candidates.next()
      if (candidate === undefined) break
      this.#ask(candidate)
    }
    if (this.#open === 0) this.#end()
  }

  #ask(candidate: Candidate): void {
    this.#open++
    this.#inTurn++
    const question = { to: candidate.contact, method: this.#plan.method, arguments: this.#plan.arguments }
    const asker: Asker = {
      ended: (outcome) => this.#ended(candidate, outcome),
      slow: () => this.#slow(candidate),
    }
    if (this.#host.ask(question, asker)) return
    candidate.state = 'failed'
    this.#open--
    this.#inTurn--
  }

  #slow(candidate: Candidate): void {
    if (candidate.state !== 'asked') return
    candidate.state = 'slow'
    this.#inTurn--
    this.#pump()
  }

  #ended(candidate: Candidate, outcome: Outcome): void {
    this.#open--
    if (candidate.state === 'asked') this.#inTurn--
    // Whoever has another id than was said is not the node that was looked for; what it says may be made up.
    if (outcome.kind === 'answer' && bytesEqual(outcome.id, candidate.contact.id)) this.#take(candidate, outcome)
    else candidate.state = 'failed'
    this.#pump()
  }

  #take(candidate: Candidate, answer: Answer): void {
    candidate.state = 'answered'
    this.#answered++
    const token = asBytes(answer.values.get('token'))
    if (token !== undefined && token.length <= MAX_TOKEN_BYTES) candidate.token = token.slice()
    if (this.#hasEnded) return
    for (const contact of nodesOf(answer.values, this.#host)) this.#candidates.add(contact, candidate.hops + 1)
    this.#plan.onAnswer?.(answer, candidate.contact)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const closest = this.#candidates.answered()
    const hops = Math.max(0, ...closest.map((candidate) => candidate.hops))
    this.#done({ closest, asked: this.#candidates.asked, answered: this.#answered, hops })
  }
}

/** The nodes that an answer names, at most eight, none at an address that is not to be sent to. */
export function nodesOf(
  values: BencodeDict,
  { family, allowLocal }: { readonly family: IpFamily; readonly allowLocal: boolean },
): Contact[] {
  const bytes = asBytes(values.get(NODES_KEY[family]))
  if (bytes === undefined) return []
  return readNodes(bytes, family, BUCKET_NODES).filter((contact) => isDialable(contact, family, allowLocal))
}
