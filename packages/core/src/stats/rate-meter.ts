/** Weight of the newest second in the smoothed rate. */
const NEWEST = 0.4

/** Bytes per second, smoothed over a few seconds, and a total. Ticked by its owner about once a second. */
export class RateMeter {
  total = 0
  #sinceTick = 0
  #bps = 0
  #hasTicked = false

  add(bytes: number): void {
    this.total += bytes
    this.#sinceTick += bytes
  }

  /** Closes an interval of `elapsedMs`. */
  tick(elapsedMs: number): void {
    if (elapsedMs <= 0) return
    const current = (this.#sinceTick * 1000) / elapsedMs
    this.#bps = this.#hasTicked ? this.#bps * (1 - NEWEST) + current * NEWEST : current
    if (this.#bps < 1) this.#bps = 0
    this.#hasTicked = true
    this.#sinceTick = 0
  }

  /** The smoothed rate. */
  get bps(): number {
    return this.#bps
  }
}
