// A limit in a tree of limits, such as session, label, torrent: whoever takes bytes at a leaf takes them from all limits
// up to the root. Those who have to wait do so at the leaf, and the root hands out what there is every 25 ms:
// at each node whoever has had the least comes first, so that torrents share what their session may, and peers what
// their torrent may, however many there are on either side.
//
// Without any limit on the way nothing waits, nothing is counted and no timer runs.

import type { Cancel, Clock } from '@ccbt/primitives'

import { TokenBucket } from './token-bucket.ts'

/** Between two times of handing out: what comes together in it is shared in one go. */
const PASS_MS = 25
/** Smallest share: a block. What it exceeds the limit is a debt. */
const MIN_SHARE_BYTES = 16_384

/** What waits at a limit: a limit further down, or somebody who takes bytes. */
interface Waiter {
  /** Bytes taken while something was limited, not less than whoever had the last turn when this one began to wait. */
  served: number
  /** Milliseconds until a turn makes sense. */
  readyInMs(nowMs: number): number
  /** May take about `bytes` now; returns what it took or is about to take. */
  turn(bytes: number, nowMs: number): number
}

/** One limit in bytes per second; 0 = none of its own. */
export class RateLimit implements Waiter {
  served = 0
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #waiting = new Set<Waiter>()
  #parent: RateLimit | undefined
  /** Some of those who wait went away empty: whoever comes now has to wait as well. */
  #isContended = false
  /** What whoever had the last turn had been served before. */
  #level = 0
  /** Of the root alone. */
  #cancelPass: Cancel | undefined
  #passAtMs = 0

  constructor(clock: Clock, rateBps = 0, parent?: RateLimit) {
    this.#clock = clock
    this.#bucket = new TokenBucket(clock, rateBps)
    this.#parent = parent
  }

  /** The limit of this node alone. */
  get rateBps(): number {
    return this.#bucket.rateBps
  }

  /** The tightest limit from here to the root; 0 = none. */
  get effectiveBps(): number {
    const own = this.#bucket.rateBps
    const above = this.#parent?.effectiveBps ?? 0
    return own > 0 && above > 0 ? Math.min(own, above) : own + above
  }

  get isLimited(): boolean {
    return this.#bucket.rateBps > 0 || this.#parent?.isLimited === true
  }

  /** Whether somebody who has not waited may take something. */
  get isOpen(): boolean {
    return !this.isLimited || this.#isOpenAt(this.#clock.now())
  }

  /** Changes the limit; whoever waits looks again at once. */
  setRate(rateBps: number): void {
    if (rateBps === this.rateBps) return
    this.#bucket.setRate(rateBps)
    this.#isContended = false
    this.#passAll()
  }

  /** Puts the limit below another one. */
  moveTo(parent: RateLimit): void {
    if (parent === this.#parent) return
    this.#parent?.leave(this)
    this.#parent = parent
    this.served = 0
    if (this.#waiting.size > 0) parent.join(this)
  }

  /** Takes bytes here and from all limits above; may make debts. */
  take(bytes: number): void {
    this.#bucket.take(bytes)
    this.served += bytes
    this.#parent?.take(bytes)
  }

  /** Waits for a turn. Waiting already is the same. */
  join(waiter: Waiter): void {
    if (!this.#waiting.has(waiter)) {
      waiter.served = Math.max(waiter.served, this.#level)
      this.#waiting.add(waiter)
    }
    if (this.#parent !== undefined) this.#parent.join(this)
    else {
      const nowMs = this.#clock.now()
      this.#arm(Math.max(PASS_MS, this.#bucket.waitMs(nowMs), waiter.readyInMs(nowMs)), nowMs)
    }
  }

  /** Waits no more. */
  leave(waiter: Waiter): void {
    if (this.#waiting.delete(waiter) && this.#waiting.size === 0) this.#parent?.leave(this)
    if (this.#parent === undefined && this.#waiting.size === 0) this.#disarm()
  }

  readyInMs(nowMs: number): number {
    const ownMs = this.#bucket.waitMs(nowMs)
    if (ownMs > 0) return ownMs
    let soonestMs = Number.POSITIVE_INFINITY
    for (const waiter of this.#waiting) {
      soonestMs = Math.min(soonestMs, waiter.readyInMs(nowMs))
      if (soonestMs === 0) break
    }
    return soonestMs
  }

  turn(bytes: number, nowMs: number): number {
    const budget = Math.min(bytes, this.#bucket.available(nowMs))
    const given = budget > 0 ? this.#share(budget, nowMs) : 0
    if (this.#waiting.size > 0) this.#parent?.join(this)
    return given
  }

  #isOpenAt(nowMs: number): boolean {
    if (this.#bucket.rateBps > 0) {
      if (!this.#isContended && this.#bucket.waitMs(nowMs) > 0) this.#isContended = true
      if (this.#isContended) return false
    }
    return this.#parent === undefined || this.#parent.#isOpenAt(nowMs)
  }

  /** Gives turns to those who are served least, up to a common level; returns how much they took. */
  #share(budget: number, nowMs: number): number {
    if (budget <= MIN_SHARE_BYTES) return this.#shareOne(budget, nowMs)
    const ready: Waiter[] = []
    for (const waiter of this.#waiting) {
      if (waiter.readyInMs(nowMs) === 0) ready.push(waiter)
      // What it may not have now it does not get later.
      else waiter.served = Math.max(waiter.served, this.#level)
    }
    if (budget < Number.POSITIVE_INFINITY) ready.sort((a, b) => a.served - b.served)
    const share = Math.max(MIN_SHARE_BYTES, budget / ready.length)
    const level = (ready[0]?.served ?? 0) + share
    let given = 0
    this.#isContended = false
    for (const waiter of ready) {
      const bytes = Math.min(budget - given, level - waiter.served)
      if (bytes <= 0) this.#isContended = true
      // One turn may end the wait of another.
      else if (this.#waiting.delete(waiter)) {
        this.#level = Math.max(this.#level, waiter.served)
        given += waiter.turn(bytes, nowMs)
      }
    }
    return this.#bucket.isWasting(budget - given) ? given + this.#shareRest(ready, budget - given, nowMs) : given
  }

  /** Less than a share is for whoever is served least: nothing to be sorted, which is most of the work of low limits. */
  #shareOne(budget: number, nowMs: number): number {
    let least: Waiter | undefined
    for (const waiter of this.#waiting) {
      if (waiter.readyInMs(nowMs) > 0) waiter.served = Math.max(waiter.served, this.#level)
      else if (least === undefined || waiter.served < least.served) least = waiter
    }
    if (least === undefined) return 0
    this.#isContended = this.#waiting.size > 1
    this.#waiting.delete(least)
    this.#level = Math.max(this.#level, least.served)
    return least.turn(budget, nowMs)
  }

  /** What those served least cannot take would be lost: it goes to the others, in the same order. */
  #shareRest(ready: readonly Waiter[], budget: number, nowMs: number): number {
    let given = 0
    for (const waiter of ready) {
      if (given >= budget) break
      if (this.#waiting.delete(waiter)) given += waiter.turn(budget - given, nowMs)
    }
    return given
  }

  /** Hands out what there is, from the root down. */
  #passAll(): void {
    if (this.#parent !== undefined) {
      this.#parent.#passAll()
      return
    }
    this.#disarm()
    const nowMs = this.#clock.now()
    this.turn(Number.POSITIVE_INFINITY, nowMs)
    if (this.#waiting.size > 0) this.#arm(Math.max(PASS_MS, this.readyInMs(nowMs)), nowMs)
  }

  #arm(ms: number, nowMs: number): void {
    const atMs = nowMs + ms
    if (this.#cancelPass !== undefined && this.#passAtMs <= atMs) return
    this.#disarm()
    this.#passAtMs = atMs
    this.#cancelPass = this.#clock.after(ms, () => this.#passAll())
  }

  #disarm(): void {
    this.#cancelPass?.()
    this.#cancelPass = undefined
  }
}

/** Somebody who takes bytes at a leaf. */
export class LimitTaker implements Waiter {
  served = 0
  readonly #limit: RateLimit
  readonly #onTurn: () => void
  #isInTurn = false
  /** Up to where `served` may go in this turn. */
  #turnEnd = 0

  /** `onTurn` is called for a wait that is over: it takes bytes at once, or begins to read what it takes later. */
  constructor(limit: RateLimit, onTurn: () => void) {
    this.#limit = limit
    this.#onTurn = onTurn
  }

  get limit(): RateLimit {
    return this.#limit
  }

  /** Whether bytes may be taken now: there are some and nobody has waited longer for them. */
  get mayTake(): boolean {
    if (this.#isInTurn) return this.served < this.#turnEnd
    return this.#limit.isOpen
  }

  /** Takes bytes, may they be there or not. */
  take(bytes: number): void {
    if (!this.#limit.isLimited) return
    this.served += bytes
    this.#limit.take(bytes)
  }

  /** Asks for a turn. Asking twice is the same. */
  wait(): void {
    this.#limit.join(this)
  }

  /** Wants no turn any more. */
  leave(): void {
    this.#limit.leave(this)
  }

  readyInMs(): number {
    return 0
  }

  turn(bytes: number): number {
    const before = this.served
    this.#turnEnd = before + bytes
    this.#isInTurn = true
    this.#onTurn()
    this.#isInTurn = false
    return this.served > before ? this.served - before : Math.min(bytes, MIN_SHARE_BYTES)
  }
}
