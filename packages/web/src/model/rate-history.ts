// Rates over the last minutes, for sparklines and graphs: a ring per torrent that has moved something, so that ten
// thousand idle torrents cost nothing.

import type { TorrentRow } from '@ccbt/rpc-client'

/** Samples of a torrent at one a second: what a row's sparkline and its graph show. */
export const TORRENT_SAMPLES = 300
/** Samples of the session: a quarter of an hour. */
export const SESSION_SAMPLES = 900

/** The last rates in bytes per second, oldest first. */
export class RateRing {
  readonly #values: Float32Array
  #next = 0
  #count = 0
  #sinceMoved = 0

  constructor(capacity: number) {
    this.#values = new Float32Array(capacity)
  }

  /** Whether every sample is 0. */
  get isFlat(): boolean {
    return this.#sinceMoved >= this.#count
  }

  push(rateBps: number): void {
    this.#values[this.#next] = rateBps
    this.#next = (this.#next + 1) % this.#values.length
    this.#count = Math.min(this.#count + 1, this.#values.length)
    this.#sinceMoved = rateBps > 0 ? 0 : this.#sinceMoved + 1
  }

  /** At most `count` samples, oldest first. */
  last(count: number): number[] {
    const length = Math.min(count, this.#count)
    const size = this.#values.length
    return Array.from({ length }, (_, i) => this.#values[(this.#next - length + i + size) % size] ?? 0)
  }
}

/** Both directions. */
export interface RatePair {
  readonly down: RateRing
  readonly up: RateRing
}

function ratePair(capacity: number): RatePair {
  return { down: new RateRing(capacity), up: new RateRing(capacity) }
}

/** Rates of the session and of each torrent that moves. */
export class RateHistory {
  readonly session: RatePair = ratePair(SESSION_SAMPLES)
  readonly #torrents = new Map<number, RatePair>()

  of(id: number): RatePair | undefined {
    return this.#torrents.get(id)
  }

  /** Takes one sample of everything; torrents that are gone or long idle are forgotten. */
  sample(rows: ReadonlyMap<number, TorrentRow>, session: { downloadBps: number; uploadBps: number }): void {
    this.session.down.push(session.downloadBps)
    this.session.up.push(session.uploadBps)
    for (const [id, row] of rows) {
      const known = this.#torrents.get(id)
      if (known === undefined && row.downloadBps === 0 && row.uploadBps === 0) continue
      const pair = known ?? ratePair(TORRENT_SAMPLES)
      if (known === undefined) this.#torrents.set(id, pair)
      pair.down.push(row.downloadBps)
      pair.up.push(row.uploadBps)
    }
    for (const [id, { down, up }] of this.#torrents) {
      if (!rows.has(id) || (down.isFlat && up.isFlat)) this.#torrents.delete(id)
    }
  }
}
