// The lowest delay of the last 12 minutes, in buckets of 2 minutes: what the path takes when its queues are empty. The
// two clocks need not agree: delays are 32-bit differences, of which only the distance to the lowest one means anything.

import { microsDistance } from './sequence.ts'

const BUCKET_US = 120_000_000
const BUCKETS = 6
/** A queue is as long as the shortest of this many samples says: single late packets tell nothing. */
const RECENT = 3

/** Delays of one direction of a connection. */
export class DelayHistory {
  readonly #lowest = new Uint32Array(BUCKETS)
  readonly #recent = new Uint32Array(RECENT)
  #used = 0
  #bucket = 0
  #bucketEndsUs = 0
  #samples = 0
  #base = 0

  /** Whether a delay is known. */
  get hasSamples(): boolean {
    return this.#samples > 0
  }

  /** The lowest delay, 32 bits of microseconds. */
  get base(): number {
    return this.#base
  }

  /** How much longer than the lowest delay the latest ones are. */
  get queuingUs(): number {
    let least = Infinity
    const known = Math.min(this.#samples, RECENT)
    for (let i = 0; i < known; i++) least = Math.min(least, microsDistance(this.#recent[i]!, this.#base))
    return known === 0 ? 0 : Math.max(0, least)
  }

  /** Takes a sample. */
  add(delayUs: number, nowUs: number): void {
    if (nowUs >= this.#bucketEndsUs) this.#nextBucket(delayUs, nowUs)
    else if (microsDistance(delayUs, this.#lowest[this.#bucket]!) < 0) this.#lowest[this.#bucket] = delayUs
    this.#recent[this.#samples % RECENT] = delayUs
    this.#samples++
    if (this.#samples === 1 || microsDistance(delayUs, this.#base) < 0) this.#base = delayUs
  }

  /** Raises every lowest delay: the other clock was found to run slower by this much. */
  shift(byUs: number): void {
    for (let i = 0; i < this.#used; i++) this.#lowest[i] = this.#lowest[i]! + byUs
    this.#findBase()
  }

  #nextBucket(delayUs: number, nowUs: number): void {
    this.#bucket = this.#used === 0 ? 0 : (this.#bucket + 1) % BUCKETS
    this.#used = Math.max(this.#used, this.#bucket + 1)
    this.#lowest[this.#bucket] = delayUs
    this.#bucketEndsUs = nowUs + BUCKET_US
    this.#findBase()
  }

  #findBase(): void {
    this.#base = this.#lowest[0]!
    for (let i = 1; i < this.#used; i++) {
      if (microsDistance(this.#lowest[i]!, this.#base) < 0) this.#base = this.#lowest[i]!
    }
  }
}
