// What strangers may cost: messages per source address and bytes of answers altogether. A source that sends too much is
// not heard for five minutes; answers beyond the budget are not sent. Neither grows with the number of sources: of
// more than 4096 the one that was heard least recently is forgotten.

import type { Endpoint } from '@ccbt/address'
import { familyOf, scopeOf } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'

import { networkOf } from './contact.ts'
import { RecentMap } from './recent-map.ts'

/** 50 messages in 10 s: an average of 5 a second, with bursts. */
const WINDOW_MS = 10_000
const MESSAGES_PER_WINDOW = 50
const BLOCK_MS = 5 * 60_000
const MAX_SOURCES = 4096
/** Answers of this many seconds may be sent at once. */
const BURST_S = 4

/** Bytes of answers per second: the default. */
export const DEFAULT_REPLY_BPS = 8192

interface Source {
  windowStart: number
  messages: number
  blockedUntil: number
}

/** Counts messages of sources and bytes of answers. */
export class SourceGuard {
  readonly #clock: Clock
  readonly #replyBps: number
  readonly #sources = new RecentMap<Source>(MAX_SOURCES)
  #replyBytes: number
  #filledAt: number

  constructor(clock: Clock, replyBps: number) {
    this.#clock = clock
    this.#replyBps = replyBps
    this.#replyBytes = replyBps * BURST_S
    this.#filledAt = clock.now()
  }

  /** Whether nothing of this source is to be looked at. */
  isBlocked(from: Endpoint): boolean {
    const source = this.#sources.get(sourceKey(from))
    return source !== undefined && source.blockedUntil > this.#clock.now()
  }

  /** Counts one message that nobody asked for; false when it is one too many. */
  admit(from: Endpoint): boolean {
    const now = this.#clock.now()
    const key = sourceKey(from)
    const source = this.#sources.get(key) ?? { windowStart: now, messages: 0, blockedUntil: 0 }
    this.#sources.set(key, source)
    if (now - source.windowStart >= WINDOW_MS) {
      source.windowStart = now
      source.messages = 0
    }
    if (++source.messages <= MESSAGES_PER_WINDOW) return true
    source.blockedUntil = now + BLOCK_MS
    return false
  }

  /** Takes `bytes` from the budget of answers; false when it is spent. */
  spend(bytes: number): boolean {
    const now = this.#clock.now()
    const refill = ((now - this.#filledAt) / 1000) * this.#replyBps
    this.#replyBytes = Math.min(this.#replyBps * BURST_S, this.#replyBytes + refill)
    this.#filledAt = now
    if (this.#replyBytes < bytes) return false
    this.#replyBytes -= bytes
    return true
  }
}

/**
 * Whoever has an IPv6 address has its /64. Programs on one machine or in one house share local addresses: they are told
 * apart by their ports.
 */
function sourceKey(from: Endpoint): string {
  const isGlobalV4 = familyOf(from.host) === 'ipv4' && scopeOf(from.host) === 'global'
  return isGlobalV4 ? from.host : networkOf(from)
}
