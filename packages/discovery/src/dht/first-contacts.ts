// Which addresses have shown that they receive what is sent to them, and the first questions to all others. An address
// that has proven nothing is asked once a minute at most, whoever names it: a victim that a thousand answers name gets no
// more. While that one question is open, others to the same address wait for what comes of it.

import type { Clock } from '@ccbt/primitives'

import { RecentMap } from './recent-map.ts'

/** A proof is good this long. */
const PROOF_MS = 15 * 60_000
/** Least time between two questions to an address that has proven nothing. */
const SILENCE_MS = 60_000
/** Entries of either kind, the oldest of more is forgotten. Far more than questions can be open, so none of those is. */
const MAX_ADDRESSES = 8192
const MAX_WAITING = 64

/** A question that waits: exactly one of the two is called. */
export interface Waiting {
  go(): void
  giveUp(): void
}

interface Contact {
  readonly at: number
  /** `undefined` once it has come to nothing. */
  waiting: Waiting[] | undefined
}

/** Keys are endpoints as text. */
export class FirstContacts {
  readonly #clock: Clock
  readonly #proven = new RecentMap<number>(MAX_ADDRESSES)
  readonly #asked = new RecentMap<Contact>(MAX_ADDRESSES)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isProven(key: string): boolean {
    const at = this.#proven.get(key)
    return at !== undefined && this.#clock.now() - at < PROOF_MS
  }

  /** The address has answered, or has presented a token that was sent to it. */
  prove(key: string): void {
    this.#proven.set(key, this.#clock.now())
    const waiting = this.#asked.get(key)?.waiting
    this.#asked.delete(key)
    for (const question of waiting ?? []) question.go()
  }

  /** A question to the address came to nothing. */
  fail(key: string): void {
    const contact = this.#asked.get(key)
    const waiting = contact?.waiting
    if (contact !== undefined) contact.waiting = undefined
    for (const question of waiting ?? []) question.giveUp()
  }

  /**
   * Whether a question may go there `now`, which has to be told to {@link prove} or {@link fail}; `later`, when
   * `question` is told; or `never`.
   */
  request(key: string, question: Waiting): 'now' | 'later' | 'never' {
    if (this.isProven(key)) return 'now'
    const contact = this.#asked.get(key)
    if (contact?.waiting !== undefined) {
      if (contact.waiting.length >= MAX_WAITING) return 'never'
      contact.waiting.push(question)
      return 'later'
    }
    const now = this.#clock.now()
    if (contact !== undefined && now - contact.at < SILENCE_MS) return 'never'
    this.#asked.set(key, { at: now, waiting: [] })
    return 'now'
  }
}
