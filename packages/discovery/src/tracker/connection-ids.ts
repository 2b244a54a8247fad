import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import type { Clock } from '@ccbt/primitives'

/** BEP 15: a tracker accepts a connection id for two minutes; ids change every minute and the last one stays good. */
const WINDOW_MS = 60_000
const ID_BYTES = 8

/**
 * The connection ids that a UDP tracker gives out. An id proves that its bearer can receive at its address: without
 * it, anybody could register others, or have the longer answers sent to them. Nothing is stored per client.
 */
export class ConnectionIds {
  readonly #secret = randomBytes(32)
  readonly #clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Eight bytes for the client at `address`. */
  make(address: string): Buffer {
    return this.#id(address, this.#window())
  }

  /** Whether `id` was given to `address` in this minute or the one before. */
  isValid(id: Uint8Array, address: string): boolean {
    const window = this.#window()
    return [window, window - 1].some((n) => timingSafeEqual(id, this.#id(address, n)))
  }

  #window(): number {
    return Math.floor(this.#clock.now() / WINDOW_MS)
  }

  #id(address: string, window: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${window} ${address}`).digest().subarray(0, ID_BYTES)
  }
}
