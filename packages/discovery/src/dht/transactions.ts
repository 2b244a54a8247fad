// Questions that wait for their answers. A datagram counts as an answer only when its 32-bit transaction is open and it
// comes from the address that was asked. Every question ends: with an answer, a refusal, or by time. At most 2048 are
// open; more are not asked.

import type { Endpoint } from '@ccbt/address'
import { readU32, writeU32 } from '@ccbt/primitives'
import type { Cancel, Clock, Random } from '@ccbt/primitives'

import { endpointKey } from './contact.ts'
import type { Answer, Refusal } from './krpc.ts'

const MAX_OPEN = 2048
const TRANSACTION_BYTES = 4
const SWEEP_MS = 100
/** Bounds of the time after which a node counts as slow. */
const MIN_SLOW_MS = 200
const MAX_SLOW_MS = 1000
/** Four times that long, and an answer is none: every third node of the network is gone, and lookups wait for it. */
const SLOW_TO_GONE = 4
const MIN_TIMEOUT_MS = 1500

/** What came of a question; it comes exactly once. */
export type Outcome = Answer | Refusal | { readonly kind: 'silence' }

/** Who wants to know. */
export interface Asker {
  ended(outcome: Outcome): void
  /** No answer yet, later than most: whoever can should go on without. Once at most. */
  slow?(): void
}

interface Open {
  readonly key: string
  readonly asker: Asker
  readonly askedAt: number
  isSlow: boolean
}

/** The open questions of one node. */
export class Transactions implements Disposable {
  readonly #clock: Clock
  readonly #random: Random
  /** In the order of asking. */
  readonly #open = new Map<number, Open>()
  #cancelSweep: Cancel | undefined
  /** Smoothed round trip and its variation (RFC 6298), milliseconds. */
  #rttMs = MAX_SLOW_MS / 3
  #rttVariationMs = MAX_SLOW_MS / 6

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  get size(): number {
    return this.#open.size
  }

  /** Opens a question; `undefined` when too many are open. */
  open(to: Endpoint, asker: Asker): Uint8Array | undefined {
    if (this.#open.size >= MAX_OPEN) return undefined
    let number = this.#random.u32()
    while (this.#open.has(number)) number = this.#random.u32()
    this.#open.set(number, { key: endpointKey(to), asker, askedAt: this.#clock.now(), isSlow: false })
    this.#cancelSweep ??= this.#clock.after(SWEEP_MS, () => this.#sweep())
    const transaction = new Uint8Array(TRANSACTION_BYTES)
    writeU32(transaction, 0, number)
    return transaction
  }

  /** Hands an answer to whoever asked; false when nobody asked that address that. */
  settle(message: Answer | Refusal, from: Endpoint): boolean {
    if (message.transaction.length !== TRANSACTION_BYTES) return false
    const number = readU32(message.transaction, 0)
    const open = this.#open.get(number)
    if (open === undefined || open.key !== endpointKey(from)) return false
    this.#open.delete(number)
    this.#measure(this.#clock.now() - open.askedAt)
    open.asker.ended(message)
    return true
  }

  /** Ends all questions. */
  [Symbol.dispose](): void {
    this.#cancelSweep?.()
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const { asker } of open) asker.ended({ kind: 'silence' })
  }

  #measure(rttMs: number): void {
    this.#rttVariationMs += (Math.abs(this.#rttMs - rttMs) - this.#rttVariationMs) / 4
    this.#rttMs += (rttMs - this.#rttMs) / 8
  }

  #sweep(): void {
    const now = this.#clock.now()
    const slowMs = Math.min(Math.max(this.#rttMs + 4 * this.#rttVariationMs, MIN_SLOW_MS), MAX_SLOW_MS)
    const timeoutMs = Math.max(SLOW_TO_GONE * slowMs, MIN_TIMEOUT_MS)
    for (const [number, open] of this.#open) {
      const age = now - open.askedAt
      if (age < slowMs) break
      if (age >= timeoutMs) {
        this.#open.delete(number)
        open.asker.ended({ kind: 'silence' })
      } else if (!open.isSlow) {
        open.isSlow = true
        open.asker.slow?.()
      }
    }
    this.#cancelSweep = this.#open.size === 0 ? undefined : this.#clock.after(SWEEP_MS, () => this.#sweep())
  }
}
