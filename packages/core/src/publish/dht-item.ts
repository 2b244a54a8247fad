// A key's newest item in the DHT: put there again before it expires, and looked up for newer ones and for those who follow
// the same key.
//
// Bound: MAX_FOUND addresses are told of in each round.

import type { Endpoint } from '@ccbt/address'
import type { Dht, MutableItem } from '@ccbt/discovery'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import type { DhtAccess } from '../sources/dht-access.ts'
import { pause } from '../pause.ts'

const MAX_FOUND = 32
/** How often the DHT is asked: 15 to 30 minutes. */
const POLL_MS = 15 * 60_000
/** Items expire after two hours (BEP 44). */
const PUT_EVERY_MS = 60 * 60_000

/** What a {@link DhtItem} works with and tells. */
export interface DhtItemParts {
  /** Where the item and its followers are, 20 bytes. */
  readonly target: Uint8Array
  readonly salt: Uint8Array | undefined
  readonly clock: Clock
  /** Absent = there is no DHT. */
  readonly dht: DhtAccess | undefined
  /** 0 = nobody can reach us. */
  readonly listenPort: () => number
  /** What is put there. */
  readonly newest: () => MutableItem | undefined
  /** An item that is right, and perhaps newer. */
  readonly onItem: (item: MutableItem) => void
  readonly onPeer: (endpoint: Endpoint) => void
  /** The DHT does not answer; it is asked again later. */
  readonly onFailed: (reason: string) => void
  readonly signal: AbortSignal
}

/** The place of one key in the DHT. */
export class DhtItem {
  readonly #parts: DhtItemParts
  #putAt = Number.NEGATIVE_INFINITY

  constructor(parts: DhtItemParts) {
    this.#parts = parts
  }

  /** What was put there is not the newest any more. */
  outdated(): void {
    this.#putAt = Number.NEGATIVE_INFINITY
  }

  /** Keeps the item there, and asks for newer ones, until the signal aborts. */
  async watch(): Promise<void> {
    const { clock, signal } = this.#parts
    const dht = await this.#parts.dht?.open()
    if (dht === undefined) return
    while (!signal.aborted) {
      await this.#ask(dht).catch((error: unknown) => {
        if (!isCcbtError(error) || error.blame === 'us') throw error
        if (!signal.aborted) this.#parts.onFailed(error.message)
      })
      await pause(clock, POLL_MS * (1 + Math.random()), signal)
    }
  }

  /** Fulfilled with the number of nodes that took it: 0 without a DHT, and when it is there already. */
  async put(item: MutableItem): Promise<number> {
    const { clock, dht: access, signal } = this.#parts
    const dht = await access?.open()
    if (dht === undefined || clock.now() - this.#putAt < PUT_EVERY_MS) return 0
    this.#putAt = clock.now()
    const { stored } = await dht.putItem(item, { signal })
    return stored
  }

  async #ask(dht: Dht): Promise<void> {
    const { target, salt, newest, onItem, signal } = this.#parts
    const known = newest()
    const found = await dht.getItem(target, {
      ...(salt === undefined ? {} : { salt }),
      ...(known === undefined ? {} : { minSeq: known.seq }),
      signal,
    })
    if (found?.kind === 'mutable') onItem(found)
    const item = newest()
    if (item !== undefined) await this.put(item)
    await this.#findPeers(dht)
  }

  /** Announces us to those who follow the same key. */
  async #findPeers(dht: Dht): Promise<void> {
    const { target, listenPort, onPeer, signal } = this.#parts
    const port = listenPort()
    let left = MAX_FOUND
    await dht.lookup(target, {
      ...(port === 0 ? {} : { announcePort: port }),
      onPeers: (peers) => {
        for (const endpoint of peers) if (left-- > 0) onPeer(endpoint)
      },
      signal,
    })
  }
}
