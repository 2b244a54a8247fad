// Items that others have stored here (BEP 44). Bounded in number and bytes: when there is no room, the item whose target
// is farthest from our own id has to go, be it the newcomer. Who really looks for an item asks the nodes nearest to it,
// so what a flood of puts drives out is first of all the flood itself.

import { bytesEqual, toHex } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import { closer } from '../node-id.ts'
import type { NodeId } from '../node-id.ts'
import { refusal } from './item-messages.ts'
import type { ItemRefusal } from './item-messages.ts'
import { targetOf } from './item.ts'
import type { Item, MutableItem } from './item.ts'

/** BEP 44: items that nobody announces again expire after two hours. */
const LIFETIME_MS = 2 * 60 * 60_000
const DEFAULT_MAX_ITEMS = 1000
const DEFAULT_MAX_BYTES = 2 << 20
/** What an entry takes besides the bytes of its item: 1415 were measured for a mutable one. */
const ENTRY_BYTES = 1400

/** What an {@link ItemStore} goes by. */
export interface ItemStoreOptions {
  readonly clock: Clock
  /** The node's id now; it changes with the node's address. */
  readonly ownId: () => NodeId
  /** Default 1000. */
  readonly maxItems?: number
  /** Default 2 MiB, overhead included. */
  readonly maxBytes?: number
}

interface Entry {
  readonly item: Item
  readonly target: Uint8Array
  readonly bytes: number
  readonly expiresAt: number
}

/** Keeps verified items. */
export class ItemStore {
  readonly #clock: Clock
  readonly #ownId: () => NodeId
  readonly #maxItems: number
  readonly #maxBytes: number
  /** By target; in the order in which they expire. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(options: ItemStoreOptions) {
    this.#clock = options.clock
    this.#ownId = options.ownId
    this.#maxItems = options.maxItems ?? DEFAULT_MAX_ITEMS
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  }

  get size(): number {
    return this.#entries.size
  }

  /** Bytes in use, overhead included. */
  get bytes(): number {
    return this.#bytes
  }

  get(target: Uint8Array): Item | undefined {
    this.#expire()
    return this.#entries.get(toHex(target))?.item
  }

  /**
   * Stores an item, or makes the same one last for two hours more. `cas` is the sequence number that the sender believes
   * to replace; it counts only where there is something to replace.
   */
  put(item: Item, cas?: number): 'stored' | ItemRefusal {
    this.#expire()
    const target = targetOf(item)
    const current = this.#entries.get(toHex(target))?.item
    if (item.kind === 'mutable' && current?.kind === 'mutable') {
      const problem = replacementProblem(current, item, cas)
      if (problem !== undefined) return problem
    }
    this.#set(target, item)
    this.#trim()
    return this.#entries.has(toHex(target)) ? 'stored' : refusal('noRoom')
  }

  #set(target: Uint8Array, item: Item): void {
    const bytes = ENTRY_BYTES + bytesOf(item)
    // Removed first, so that it comes last in the order.
    this.#remove(toHex(target))
    this.#entries.set(toHex(target), { item, target, bytes, expiresAt: this.#clock.now() + LIFETIME_MS })
    this.#bytes += bytes
  }

  #trim(): void {
    while (this.#entries.size > this.#maxItems || this.#bytes > this.#maxBytes) {
      const farthest = this.#farthest()
      if (farthest === undefined) return
      this.#remove(toHex(farthest.target))
    }
  }

  /** Only a full store gets here: 16 us with 1000 items. */
  #farthest(): Entry | undefined {
    const ownId = this.#ownId()
    let farthest: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (farthest === undefined || closer(ownId, entry.target, farthest.target) > 0) farthest = entry
    }
    return farthest
  }

  #expire(): void {
    const now = this.#clock.now()
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt > now) return
      this.#remove(key)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}

/** BEP 44: a put with a wrong `cas` gets 301, one that does not go forward 302, unless it repeats what is here. */
function replacementProblem(current: MutableItem, next: MutableItem, cas: number | undefined): ItemRefusal | undefined {
  if (cas !== undefined && cas !== current.seq) return refusal('casMismatch')
  if (next.seq > current.seq) return undefined
  return next.seq === current.seq && bytesEqual(next.value, current.value) ? undefined : refusal('seqTooLow')
}

function bytesOf(item: Item): number {
  if (item.kind === 'immutable') return item.value.length
  return item.value.length + item.salt.length + item.publicKey.length + item.signature.length
}
