// How late the event loop is: a timer that ought to fire every 50 ms, and by how much it misses that.

import { Histogram, WORK_BOUNDS } from './instruments.ts'
import type { MetricText } from './metric-text.ts'

const EVERY_MS = 50
/** Ten seconds. */
const RECENT = 200

/** Measures from its construction to its disposal. */
export class LoopDelay implements Disposable {
  readonly #histogram = new Histogram(
    { name: 'ccbt_event_loop_delay_seconds', help: 'How late timers of the event loop fire.', known: [{}] },
    WORK_BOUNDS,
  )
  readonly #recent = new Float64Array(RECENT)
  readonly #timer: NodeJS.Timeout
  #next = 0
  #expectedAtMs: number = performance.now() + EVERY_MS

  constructor() {
    this.#timer = setInterval(() => this.#fired(), EVERY_MS)
    this.#timer.unref()
  }

  /** Milliseconds that 99 of 100 timers of the last ten seconds were late at most. */
  get p99Ms(): number {
    return this.#recent.toSorted()[Math.floor(RECENT * 0.99)] ?? 0
  }

  write(out: MetricText): void {
    this.#histogram.write(out)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #fired(): void {
    const now = performance.now()
    const delayMs = Math.max(0, now - this.#expectedAtMs)
    this.#expectedAtMs = now + EVERY_MS
    this.#recent[this.#next] = delayMs
    this.#next = (this.#next + 1) % RECENT
    this.#histogram.observe(delayMs / 1000)
  }
}
