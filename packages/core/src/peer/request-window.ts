// How many requests one connection keeps in flight: rate x queue time, found by slow start. Each block that comes
// raises the target by one (so it doubles per round trip) until a second brings no more than the last one did.

import { BLOCK_LENGTH } from '@ccbt/primitives'

/** Requests that are always allowed, however slow the peer is. */
const MIN_REQUESTS = 16
/** 512 x 16 KiB = 8 MiB in flight: enough for 1 GB/s at 8 ms, and it bounds the memory that one peer can bind. */
const MAX_REQUESTS = 512
/** What a peer takes that does not say how much (`reqq`); the common default of other clients. */
const DEFAULT_PEER_QUEUE = 250
/** Seconds of data to have on order. */
const QUEUE_TIME_S = 2

/** The request depth of one connection. */
export class RequestWindow {
  #target = 2 * MIN_REQUESTS
  #cap = DEFAULT_PEER_QUEUE
  #isSlowStart = true
  #isSnubbed = false
  #lastBps = 0

  /** Requests that should be in flight. */
  get target(): number {
    return this.#isSnubbed ? 1 : this.#target
  }

  get isSnubbed(): boolean {
    return this.#isSnubbed
  }

  /** What the peer says that it queues (BEP 10 `reqq`). */
  setPeerQueue(reqq: number): void {
    this.#cap = Math.max(1, Math.min(reqq, MAX_REQUESTS))
    this.#target = Math.min(this.#target, this.#cap)
  }

  /** A requested block came. */
  onBlock(): void {
    this.#isSnubbed = false
    if (this.#isSlowStart && this.#target < this.#cap) this.#target++
  }

  /** The peer has sent nothing for too long: one request at a time until it sends again. */
  snub(): void {
    this.#isSnubbed = true
    this.#isSlowStart = false
    this.#target = Math.min(MIN_REQUESTS, this.#cap)
  }

  /** Once a second, with the present download rate of the connection. */
  tick(bps: number): void {
    if (this.#isSlowStart && bps > this.#lastBps * 1.1) {
      this.#lastBps = bps
      return
    }
    if (bps === 0) return
    this.#isSlowStart = false
    this.#lastBps = bps
    const wanted = Math.ceil((bps * QUEUE_TIME_S) / BLOCK_LENGTH)
    this.#target = Math.min(Math.max(wanted, MIN_REQUESTS), this.#cap)
  }
}
