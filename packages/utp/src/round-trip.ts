// Round-trip times and the retransmission timeout (RFC 6298). Samples of packets that were sent twice are not given
// here (Karn): it is unknown which of the two was answered.

import { DelayHistory } from './delay-history.ts'

/** BEP 29: never less than this. */
const MIN_TIMEOUT_US = 500_000
const MAX_TIMEOUT_US = 16_000_000
const FIRST_TIMEOUT_US = 1_000_000

/** What is known about the time to the other side and back. */
export class RoundTrip {
  readonly #history = new DelayHistory()
  #smoothUs = 0
  #variationUs = 0
  #backOff = 1

  /** Smoothed round-trip time; 0 when unknown. */
  get smoothUs(): number {
    return this.#smoothUs
  }

  /** The shortest of the last minutes; 0 when unknown. */
  get lowestUs(): number {
    return this.#history.base
  }

  /** How long to wait for an acknowledgment. */
  get timeoutUs(): number {
    const plain =
      this.#smoothUs === 0 ? FIRST_TIMEOUT_US : Math.max(MIN_TIMEOUT_US, this.#smoothUs + 4 * this.#variationUs)
    return Math.min(plain * this.#backOff, MAX_TIMEOUT_US)
  }

  /** Takes the time from a packet sent once to its acknowledgment. */
  add(sampleUs: number, nowUs: number): void {
    const sample = Math.max(1, sampleUs)
    this.#history.add(sample, nowUs)
    if (this.#smoothUs === 0) {
      this.#smoothUs = sample
      this.#variationUs = sample / 2
      return
    }
    this.#variationUs += (Math.abs(this.#smoothUs - sample) - this.#variationUs) / 4
    this.#smoothUs += (sample - this.#smoothUs) / 8
  }

  /** The timeout passed: the next one is twice as long. */
  backOff(): void {
    this.#backOff *= 2
  }

  /** Something new was acknowledged. */
  progressed(): void {
    this.#backOff = 1
  }
}
