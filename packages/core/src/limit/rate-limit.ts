// A limit in a tree of limits, such as session, label, torrent: whoever takes bytes at a leaf takes them from all limits
// up to the root. Those who have to wait do so at the leaf, and the root hands out what there is every 25 ms:
// at each node those come first who have had the least, to a block, so that torrents share what their session may, and
// peers what their torrent may, however many there are on either side. What those first ones cannot take waits for them
// in the bucket, and goes to the others before it is lost.
//
// Without any limit on the way nothing waits, nothing is counted and no timer runs.

import type { Cancel, Clock } from '@ccbt/primitives'

import { TokenBucket } from './token-bucket.ts'
import { Waiter, WaitingLine } from './waiting-line.ts'

/** Between two times of handing out: what comes together in it is shared in one go. */
const PASS_MS = 25
/** Smallest share: a block. What it exceeds the limit is a debt. */
const MIN_SHARE_BYTES = 16_384

/** One limit in bytes per second; 0 = none of its own. */
export class RateLimit extends Waiter {
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #line = new WaitingLine()
  #parent: RateLimit | undefined
  /** Some of those who wait went away empty: whoever comes now has to wait as well. */
  #isContended = false
  /** What everybody has been served at least; whoever comes or could not be served counts as if. */
  #level = 0
  /** What the least of those who may take something has been served, when that was last looked at. */
  #least = 0
  /** Of the root alone. */
  #cancelPass: Cancel | undefined
  #passAtMs = 0
  #isPassing = false

  constructor(clock: Clock, rateBps = 0, parent?: RateLimit) {
    super()
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

  /** Whether somebody who waits here may take something without. */
  isOpenTo(waiter: Waiter): boolean {
    return !this.isLimited || this.#isOpenAt(this.#clock.now(), waiter)
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
    if (this.#line.size > 0) parent.join(this)
  }

  /** Takes bytes here and from all limits above; may make debts. */
  take(bytes: number): void {
    this.#bucket.take(bytes)
    this.served += bytes
    this.#parent?.take(bytes)
  }

  /** Waits for a turn. Waiting already is the same. */
  join(waiter: Waiter): void {
    if (!waiter.isWaiting) this.#line.push(waiter)
    if (this.#parent !== undefined) this.#parent.join(this)
    else if (!this.#isPassing) {
      const nowMs = this.#clock.now()
      this.#arm(Math.max(PASS_MS, this.#bucket.waitMs(nowMs), waiter.readyInMs(nowMs)), nowMs)
    }
  }

  /** Waits no more. */
  leave(waiter: Waiter): void {
    if (!waiter.isWaiting) return
    this.#line.remove(waiter)
    if (this.#line.size > 0) return
    if (this.#parent === undefined) this.#disarm()
    else this.#parent.leave(this)
  }

  override readyInMs(nowMs: number): number {
    const ownMs = this.#bucket.waitMs(nowMs)
    if (ownMs > 0) return ownMs
    let soonestMs = Number.POSITIVE_INFINITY
    let waiter = this.#line.first
    for (let left = this.#line.size; waiter !== undefined && left > 0 && soonestMs > 0; left--) {
      soonestMs = Math.min(soonestMs, waiter.readyInMs(nowMs))
      waiter = waiter.next
    }
    return soonestMs
  }

  override turn(bytes: number, nowMs: number, isLost = false): number {
    const own = this.#bucket.available(nowMs)
    const budget = Math.min(bytes, own)
    // What its own limit holds back is not lost.
    const given = budget > 0 ? this.#share(budget, nowMs, isLost && bytes < own) : 0
    if (this.#line.size > 0) this.#parent?.join(this)
    return given
  }

  #isOpenAt(nowMs: number, waiter: Waiter): boolean {
    if (this.#bucket.rateBps > 0) {
      if (!this.#isContended && this.#bucket.waitMs(nowMs) > 0) this.#isContended = true
      if (this.#isContended) return false
    }
    if (this.#parent !== undefined && !this.#parent.#isOpenAt(nowMs, this)) return false
    // There is enough for all: what it took so far was at nobody's cost, and is not held against it later.
    this.#level = Math.max(this.#level, waiter.served)
    return true
  }

  /** Gives turns to those who are served least; returns how much they took. `isLost`: see {@link Waiter.turn}. */
  #share(budget: number, nowMs: number, isLost: boolean): number {
    if (budget === Number.POSITIVE_INFINITY) return this.#shareTo(budget, budget, nowMs)
    // Less than a share is for whoever is next: that needs no count, which costs most.
    let given = budget > MIN_SHARE_BYTES ? 0 : this.#shareTo(this.#level + MIN_SHARE_BYTES, budget, nowMs)
    if (given === 0) {
      const end = this.#endOf(budget, nowMs)
      this.#level = Math.max(this.#level, this.#least)
      given = this.#shareTo(end, budget, nowMs)
    }
    // What those served least cannot take would be lost: it goes to those who come next after them, then to anybody.
    const isOver = (): boolean => given < budget && (isLost || this.#bucket.isWasting(budget - given))
    if (isOver()) given += this.#shareTo(this.#endOf(budget - given, nowMs), budget - given, nowMs, true)
    if (isOver()) given += this.#shareTo(Number.POSITIVE_INFINITY, budget - given, nowMs, true)
    return given
  }

  /** How much whoever may take something is to have been served when they share so many bytes. */
  #endOf(bytes: number, nowMs: number): number {
    let ready = 0
    let least = Number.POSITIVE_INFINITY
    let waiter = this.#line.first
    for (let left = this.#line.size; waiter !== undefined && left > 0; left--) {
      if (waiter.readyInMs(nowMs) === 0) {
        ready++
        least = Math.min(least, waiter.served)
      }
      waiter = waiter.next
    }
    this.#least = ready === 0 ? this.#level : Math.max(this.#level, least)
    return this.#least + Math.max(MIN_SHARE_BYTES, bytes / Math.max(1, ready))
  }

  /** Once along the line: turns for those who are served less than `end`, while there is something. */
  #shareTo(end: number, budget: number, nowMs: number, isLost = false): number {
    let given = 0
    let left = this.#line.size
    this.#isContended = false
    for (; left > 0 && given < budget; left--) {
      const waiter = this.#line.first
      // A turn may end the wait of others.
      if (waiter === undefined) return given
      const isReady = waiter.readyInMs(nowMs) === 0
      // What it may not have now it does not get later.
      waiter.served = Math.max(waiter.served, isReady || end === Number.POSITIVE_INFINITY ? this.#level : end)
      if (isReady && waiter.served < end) {
        this.#line.remove(waiter)
        given += waiter.turn(Math.min(budget - given, end - waiter.served), nowMs, isLost)
        // Without limit it was at nobody's cost.
        if (budget === Number.POSITIVE_INFINITY) this.#level = Math.max(this.#level, waiter.served)
      } else {
        if (isReady) this.#isContended = true
        this.#line.rotate()
      }
    }
    if (left > 0) this.#isContended = true
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
    this.#isPassing = true
    this.turn(Number.POSITIVE_INFINITY, nowMs)
    this.#isPassing = false
    if (this.#line.size > 0) this.#arm(Math.max(PASS_MS, this.readyInMs(nowMs)), nowMs)
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
export class LimitTaker extends Waiter {
  readonly #onTurn: () => void
  #limit: RateLimit
  #isInTurn = false
  /** Up to where `served` may go in this turn. */
  #turnEnd = 0
  /** A turn has ended in which nothing was taken: that comes now, about as much as the last time. */
  #isReading = false
  #readBytes = MIN_SHARE_BYTES

  /** `onTurn` is called for a wait that is over: it takes bytes at once, or begins to read what it takes later. */
  constructor(limit: RateLimit, onTurn: () => void) {
    super()
    this.#limit = limit
    this.#onTurn = onTurn
  }

  get limit(): RateLimit {
    return this.#limit
  }

  /** Whether bytes may be taken now: there are some and nobody has waited longer for them. */
  get mayTake(): boolean {
    if (this.#isInTurn) return this.served < this.#turnEnd
    return this.#limit.isOpenTo(this)
  }

  /** Takes bytes, may they be there or not. */
  take(bytes: number): void {
    if (!this.#limit.isLimited) return
    if (this.#isReading && bytes > 0) {
      this.#isReading = false
      this.#readBytes = bytes
    }
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

  /** Takes from another limit from now on; a wait goes on there. */
  moveTo(limit: RateLimit): void {
    if (limit === this.#limit) return
    const { isWaiting } = this
    this.leave()
    this.#limit = limit
    this.served = 0
    if (isWaiting) this.wait()
  }

  override readyInMs(): number {
    return 0
  }

  override turn(bytes: number): number {
    const before = this.served
    this.#turnEnd = before + bytes
    this.#isInTurn = true
    this.#onTurn()
    this.#isInTurn = false
    this.#isReading = this.served === before
    return this.#isReading ? this.#readBytes : this.served - before
  }
}
