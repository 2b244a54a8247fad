// How much one peer may say that is neither a block nor a request that is served. Correct clients stay far below; who is
// above would cost us a core.

import type { Clock } from '@ccbt/primitives'

import { violated } from '../errors.ts'

/** Messages in a second; a peer may also tell of each piece once. */
const MAX_MESSAGES = 20_000
/** What a Choke or Unchoke counts: each makes us release or send hundreds of requests. */
const CHOKE_WEIGHT = 100
/** Extension handshakes that a peer may send at any time, and how often one more. */
const MAX_HANDSHAKES = 20
const HANDSHAKE_EVERY_MS = 10_000

/** The counters of one connection; every method but `nextSecond` throws PEER_PROTOCOL_VIOLATED at the bound. */
export class FloodGuard {
  readonly #clock: Clock
  readonly #limit: number
  readonly #startedAtMs: number
  #messages = 0
  #handshakes = 0

  constructor(clock: Clock, pieces: number) {
    this.#clock = clock
    this.#limit = MAX_MESSAGES + pieces
    this.#startedAtMs = clock.now()
  }

  count(weight = 1): void {
    this.#messages += weight
    if (this.#messages > this.#limit) throw violated('floods us with messages')
  }

  countChoke(): void {
    this.count(CHOKE_WEIGHT)
  }

  countExtensionHandshake(): void {
    const earned = (this.#clock.now() - this.#startedAtMs) / HANDSHAKE_EVERY_MS
    if (++this.#handshakes > MAX_HANDSHAKES + earned) throw violated('floods us with extension handshakes')
  }

  nextSecond(): void {
    this.#messages = 0
  }
}
