// Rates of the past, one sample a second, in a ring.

/** Thirteen minutes: as much as the widest graph shows at two samples a column. */
const CAPACITY = 800

/** A series of rates; the oldest are forgotten. */
export class RateHistory {
  readonly #samples: Float32Array
  #count = 0

  constructor(capacity: number = CAPACITY) {
    this.#samples = new Float32Array(capacity)
  }

  push(bps: number): void {
    this.#samples[this.#count % this.#samples.length] = bps
    this.#count++
  }

  /** The last `count` samples, oldest first; zeros where nothing was yet. */
  last(count: number): number[] {
    const samples: number[] = []
    for (let i = this.#count - count; i < this.#count; i++) {
      const isKnown = i >= 0 && i >= this.#count - this.#samples.length
      samples.push(isKnown ? (this.#samples[i % this.#samples.length] ?? 0) : 0)
    }
    return samples
  }

  /** The highest of the last `count`. */
  peak(count: number): number {
    return Math.max(0, ...this.last(Math.min(count, this.#samples.length)))
  }
}

/** Both directions. */
export interface RateHistories {
  readonly download: RateHistory
  readonly upload: RateHistory
}
