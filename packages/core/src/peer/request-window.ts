// How many requests one connection keeps in flight: rate x queue time, found by slow start. Each block that comes
// raises the target by one (so it doubles per round trip) until a second brings no more than the last one did, or until
// a request has to wait for the queue time: then that much is on order already.

import { BLOCK_LENGTH } from '@ccbt/primitives'

/** Requests that are always allowed, however slow the peer is. */
const MIN_REQUESTS = 16
/** 512 x 16 KiB = 8 MiB in flight: enough for 1 GB/s at 8 ms, and it bounds the memory that one peer can bind. */
const MAX_REQUESTS = 512
/** What a peer takes that does not say how much (`reqq`); the common default of other clients. */
const DEFAULT_PEER_QUEUE = 250
/**
 * Data to have on order: this many times the shortest time that a block ever took, so that the peer's queue never runs
 * dry, within bounds. More is of no use: it fills memory with partial pieces and makes the endgame long.
 */
const LATENCIES_QUEUED = 4
const MIN_QUEUE_TIME_MS = 250
const MAX_QUEUE_TIME_MS = 2000
/** A request that was given up never comes: after this long another one is timed. */
const MAX_TIMED_MS = 5000

/** The request depth of one connection. */
export class RequestWindow {
  #target = 2 * MIN_REQUESTS
  #cap = DEFAULT_PEER_QUEUE
  #isSlowStart = true
  #isSnubbed = false
  #lastBps = 0
  #shortestMs = Number.POSITIVE_INFINITY
  #latencyMs: number | undefined
  /** The request that is being timed, -1 = none. */
  #timedBlock = -1
  #timedSinceMs = 0

  /** Requests that should be in flight. */
  get target(): number {
    return this.#isSnubbed ? 1 : this.#target
  }

  /** What the last request that was timed took. */
  get latencyMs(): number | undefined {
    return this.#latencyMs
  }

  get isSnubbed(): boolean {
    return this.#isSnubbed
  }

  /** What the peer says that it queues (BEP 10 `reqq`). */
  setPeerQueue(reqq: number): void {
    this.#cap = Math.max(1, Math.min(reqq, MAX_REQUESTS))
    this.#target = Math.min(this.#target, this.#cap)
  }

  /** A block was requested. */
  onRequest(block: number, nowMs: number): void {
    if (this.#timedBlock !== -1 && nowMs - this.#timedSinceMs < MAX_TIMED_MS) return
    this.#timedBlock = block
    this.#timedSinceMs = nowMs
  }

  /** A requested block came. */
  onBlock(block: number, nowMs: number): void {
    this.#isSnubbed = false
    if (block === this.#timedBlock) this.#took(nowMs - this.#timedSinceMs)
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
    const wanted = Math.ceil((bps * this.#queueTimeMs) / 1000 / BLOCK_LENGTH)
    this.#target = Math.min(Math.max(wanted, MIN_REQUESTS), this.#cap)
  }

  get #queueTimeMs(): number {
    return Math.min(Math.max(LATENCIES_QUEUED * this.#shortestMs, MIN_QUEUE_TIME_MS), MAX_QUEUE_TIME_MS)
  }

  #took(ms: number): void {
    this.#timedBlock = -1
    this.#latencyMs = ms
    this.#shortestMs = Math.min(this.#shortestMs, ms)
    if (ms >= this.#queueTimeMs) this.#isSlowStart = false
  }
}
