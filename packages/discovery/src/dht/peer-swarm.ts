// The peers of one torrent in one array: compact endpoints, each with the time of its last announce.

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

const MAX_PEERS = 500
/** Ports of one address: several people behind one router, but not a whole swarm of one machine's making. */
const MAX_PEERS_PER_IP = 8
const PORT_BYTES = 2
const FIRST_CAPACITY = 4

/** At most 500 peers. Times are milliseconds of the caller's clock. */
export class PeerSwarm {
  readonly #ipBytes: number
  readonly #stride: number
  #endpoints: Uint8Array
  #times: Float64Array
  #size = 0

  constructor(ipBytes: number) {
    this.#ipBytes = ipBytes
    this.#stride = ipBytes + PORT_BYTES
    this.#endpoints = new Uint8Array(FIRST_CAPACITY * this.#stride)
    this.#times = new Float64Array(FIRST_CAPACITY)
  }

  get size(): number {
    return this.#size
  }

  /** Adds a peer or renews it. In place of the oldest one when the torrent, or this address, has as many as it may. */
  note(endpoint: Uint8Array, now: number): void {
    let sameIp = 0
    let oldestOfIp = 0
    for (let i = 0; i < this.#size; i++) {
      const shared = this.#sharedBytes(i, endpoint)
      if (shared < this.#ipBytes) continue
      if (shared === this.#stride) return void (this.#times[i] = now)
      if (sameIp++ === 0 || this.#times[i]! < this.#times[oldestOfIp]!) oldestOfIp = i
    }
    if (sameIp >= MAX_PEERS_PER_IP) this.#put(oldestOfIp, endpoint, now)
    else if (this.#size >= MAX_PEERS) this.#put(this.#oldest(), endpoint, now)
    else this.#append(endpoint, now)
  }

  /** Drops what was announced before `since` and gives the number that is left. */
  expire(since: number): number {
    for (let i = this.#size - 1; i >= 0; i--) {
      if (this.#times[i]! >= since) continue
      const last = --this.#size
      this.#put(i, this.#endpoints.subarray(last * this.#stride, (last + 1) * this.#stride), this.#times[last]!)
    }
    return this.#size
  }

  /** Copies of at most `most` endpoints that were announced since, each as likely as any other. */
  sample(most: number, random: Random, since: number): Uint8Array[] {
    const chosen: Uint8Array[] = []
    this.expire(since)
    for (let i = 0, left = this.#size; i < this.#size && chosen.length < most; i++, left--) {
      if (randomBelow(random, left) >= most - chosen.length) continue
      chosen.push(this.#endpoints.slice(i * this.#stride, (i + 1) * this.#stride))
    }
    return chosen
  }

  #append(endpoint: Uint8Array, now: number): void {
    if (this.#size === this.#times.length) this.#grow()
    this.#put(this.#size++, endpoint, now)
  }

  #grow(): void {
    const capacity = Math.min(2 * this.#times.length, MAX_PEERS)
    const endpoints = new Uint8Array(capacity * this.#stride)
    const times = new Float64Array(capacity)
    endpoints.set(this.#endpoints)
    times.set(this.#times)
    this.#endpoints = endpoints
    this.#times = times
  }

  #put(i: number, endpoint: Uint8Array, at: number): void {
    this.#endpoints.set(endpoint, i * this.#stride)
    this.#times[i] = at
  }

  #oldest(): number {
    let oldest = 0
    for (let i = 1; i < this.#size; i++) if (this.#times[i]! < this.#times[oldest]!) oldest = i
    return oldest
  }

  /** How many bytes of entry `i` are those of `endpoint`, from the front. */
  #sharedBytes(i: number, endpoint: Uint8Array): number {
    const start = i * this.#stride
    let at = 0
    while (at < this.#stride && this.#endpoints[start + at] === endpoint[at]) at++
    return at
  }
}
