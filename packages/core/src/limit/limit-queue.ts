// Those who wait for a rate limit, in order of arrival: each is woken when the bucket has something, so that peers share
// a limit in turns.

import type { Cancel, Clock } from '@ccbt/primitives'

import type { TokenBucket } from './token-bucket.ts'

/** A bucket with a queue in front. An owner waits at most once at a time. */
export class LimitQueue {
  readonly bucket: TokenBucket
  readonly #clock: Clock
  readonly #waiting = new Map<object, () => void>()
  #cancel: Cancel | undefined

  constructor(bucket: TokenBucket, clock: Clock) {
    this.bucket = bucket
    this.#clock = clock
  }

  /** Runs `fn` when something may be taken; a second wait of the same owner replaces nothing and adds nothing. */
  wait(owner: object, fn: () => void): void {
    if (!this.#waiting.has(owner)) this.#waiting.set(owner, fn)
    this.#arm()
  }

  /** Forgets an owner that is gone. */
  leave(owner: object): void {
    this.#waiting.delete(owner)
  }

  /** Wakes everybody to look again: the limit has changed. */
  changed(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#wake()
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#waiting.size === 0) return
    this.#cancel = this.#clock.after(Math.max(1, this.bucket.waitMs()), () => {
      this.#cancel = undefined
      this.#wake()
    })
  }

  #wake(): void {
    for (const [owner, fn] of Array.from(this.#waiting)) {
      if (this.bucket.waitMs() > 0) break
      this.#waiting.delete(owner)
      fn()
    }
    this.#arm()
  }
}
