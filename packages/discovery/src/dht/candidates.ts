// The nodes that one lookup knows of, in the order of their distance from its target. Decides whom to ask next and when
// the end is reached: when the eight closest that are not known to fail have answered. What others say is kept small:
// 128 nodes, two per /24 or /64, and among the eight no more than four whose id BEP 42 does not give them, so that ids
// made up around a target cannot take it over.

import { toHex } from '@ccbt/primitives'

import { endpointKey, networkOf } from './contact.ts'
import type { Contact } from './contact.ts'
import { closer, isIdRightFor } from './node-id.ts'
import type { NodeId } from './node-id.ts'
import { BUCKET_NODES } from './routing-table.ts'

const MAX_CANDIDATES = 128
const MAX_PER_NETWORK = 2
const MAX_WRONG_IDS = BUCKET_NODES / 2
/** Questions of one lookup, answered or not. */
const MAX_ASKED = 128

/** A node of a lookup. */
export interface Candidate {
  readonly contact: Contact
  /** 1 for nodes of our own table, one more than that of who told us otherwise. */
  readonly hops: number
  readonly network: string
  readonly hasRightId: boolean
  /** `slow`: no answer yet, for longer than usual. */
  state: 'fresh' | 'asked' | 'slow' | 'answered' | 'failed'
  /** What it wants to see with a write. */
  token?: Uint8Array
}

/** All nodes of one lookup. */
export class Candidates {
  readonly #target: NodeId
  /** Closest first. */
  readonly #sorted: Candidate[] = []
  readonly #endpoints = new Set<string>()
  readonly #ids = new Set<string>()
  #asked = 0

  /** `ownId` is never a candidate. */
  constructor(target: NodeId, ownId: NodeId) {
    this.#target = target
    this.#ids.add(toHex(ownId))
  }

  /** How many were asked so far. */
  get asked(): number {
    return this.#asked
  }

  /** Adds a node unless it is known, one too many of its network, or farther than 128 others. */
  add(contact: Contact, hops: number): void {
    const key = endpointKey(contact)
    const id = toHex(contact.id)
    if (this.#endpoints.has(key) || this.#ids.has(id)) return
    const network = networkOf(contact)
    const at = this.#placeOf(contact.id)
    if (at >= MAX_CANDIDATES || this.#countOf(network) >= MAX_PER_NETWORK) return
    const hasRightId = isIdRightFor(contact.id, contact.host)
    this.#sorted.splice(at, 0, { contact, hops, network, hasRightId, state: 'fresh' })
    this.#endpoints.add(key)
    this.#ids.add(id)
    if (this.#sorted.length > MAX_CANDIDATES) this.#dropLast()
  }

  /** The node to ask now, noted as asked; `undefined` while there is none. */
  next(): Candidate | undefined {
    if (this.#asked >= MAX_ASKED) return undefined
    const candidate = this.#wanted().find(({ state }) => state === 'fresh')
    if (candidate === undefined) return undefined
    candidate.state = 'asked'
    this.#asked++
    return candidate
  }

  /** The closest that have answered, at most eight. */
  answered(): Candidate[] {
    return choose(this.#sorted.filter(({ state }) => state === 'answered'))
  }

  /** The eight closest that matter: slow and failed ones make room for those behind them. */
  #wanted(): Candidate[] {
    return choose(this.#sorted.filter(({ state }) => state !== 'failed' && state !== 'slow'))
  }

  #placeOf(id: NodeId): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (closer(this.#target, this.#sorted[middle]!.contact.id, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #countOf(network: string): number {
    let count = 0
    for (const candidate of this.#sorted) if (candidate.network === network) count++
    return count
  }

  #dropLast(): void {
    const last = this.#sorted.pop()
    if (last === undefined) return
    this.#endpoints.delete(endpointKey(last.contact))
    this.#ids.delete(toHex(last.contact.id))
  }
}

/** Eight of a sorted list: half of them by their ids alone when there is nobody else. */
function choose(sorted: readonly Candidate[]): Candidate[] {
  const chosen: Candidate[] = []
  const passedOver: Candidate[] = []
  let wrongIds = 0
  for (const candidate of sorted) {
    if (chosen.length === BUCKET_NODES) break
    if (!candidate.hasRightId && wrongIds >= MAX_WRONG_IDS) passedOver.push(candidate)
    else chosen.push(candidate)
    if (!candidate.hasRightId) wrongIds++
  }
  return [...chosen, ...passedOver].slice(0, BUCKET_NODES)
}
