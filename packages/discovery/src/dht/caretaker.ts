// Keeps a node in the network: joins by nodes of an earlier run or by the hosts everybody knows, asks after nodes that
// were quiet for long, and joins again when none is left. Waits longer and longer between attempts that find nobody.

import type { Endpoint } from '@ccbt/address'
import type { Cancel, Clock, Random } from '@ccbt/primitives'

import { idWithPrefix } from './contact.ts'
import type { NodeId } from './node-id.ts'
import type { DhtNode } from './node.ts'
import { BUCKET_NODES } from './routing-table.ts'

/** Saved nodes of the first round; the rest is asked only when most of these are gone. */
const FIRST_ROUND = 64
/** Between two questions to quiet nodes: a full table of 200 takes a quarter of an hour. */
const TEND_MS = 5000
/** Between two lookups of our own id, which find new neighbours. */
const NEIGHBOURS_MS = 15 * 60_000
/** An address that says nothing is not asked again for a minute anyhow. */
const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 15 * 60_000
const RESOLVE_MS = 10_000
/** Far buckets that are filled at the start; lookups of torrents fill the others. */
const FILLED_BUCKETS = 4

/** What a {@link Caretaker} goes by. */
export interface CaretakerOptions {
  readonly clock: Clock
  readonly random: Random
  /** Nodes of an earlier run, the best first. */
  readonly saved: readonly Endpoint[]
  /** Addresses of the hosts that everybody knows, looked up when they are needed. */
  readonly bootstrap: () => Promise<readonly Endpoint[]>
}

/** Takes care of one node from its making to its disposal. */
export class Caretaker implements AsyncDisposable {
  readonly #node: DhtNode
  readonly #options: CaretakerOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #wake: (() => void) | undefined

  constructor(node: DhtNode, options: CaretakerOptions) {
    this.#node = node
    this.#options = options
    this.#running = this.#run()
  }

  /** Fulfilled when the first attempt to join has ended, well or not, or at disposal. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    this.#ready.resolve()
    await this.#running
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    while (!this.#isClosing) {
      await this.#join()
      this.#ready.resolve()
      if (this.#good > 0) {
        retryMs = FIRST_RETRY_MS
        await this.#fillFarBuckets()
        await this.#tend()
      } else {
        await this.#waitForNode(retryMs)
        retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
      }
    }
  }

  /** Nodes that answer: those that do not any more may stay in the table. */
  get #good(): number {
    return this.#node.table.good(this.#options.clock.now())
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  async #join(): Promise<void> {
    const known = [...this.#node.table.contacts(), ...this.#options.saved]
    await this.#ping(known.slice(0, FIRST_ROUND))
    if (this.#good < BUCKET_NODES && !this.#isClosing) {
      await this.#ping([...(await this.#bootstrap()), ...known.slice(FIRST_ROUND)])
    }
    await this.#find(this.#node.ownId)
  }

  /** The system's resolver takes its time, and knows no abort. */
  async #bootstrap(): Promise<readonly Endpoint[]> {
    const late = this.#sleep(RESOLVE_MS).then(() => [])
    const addresses = await Promise.race([this.#options.bootstrap(), late])
    this.#wake?.()
    return addresses
  }

  async #ping(endpoints: readonly Endpoint[]): Promise<void> {
    await Promise.all(endpoints.map((endpoint) => this.#node.ping(endpoint)))
  }

  async #find(target: NodeId): Promise<void> {
    if (this.#isClosing || this.#good === 0) return
    // Not aborted at disposal: the node's own disposal ends it at once.
    await this.#node.find({ target, method: 'find_node', arguments: { target } }, new AbortController().signal)
  }

  async #fillFarBuckets(): Promise<void> {
    for (let bucket = 0; bucket < FILLED_BUCKETS; bucket++) {
      const other = this.#node.ownId.slice()
      other[0] = other[0]! ^ (0x80 >>> bucket)
      await this.#find(idWithPrefix(other, bucket + 1, this.#options.random))
    }
  }

  /** Returns when no node answers any more. */
  async #tend(): Promise<void> {
    const { clock } = this.#options
    let neighboursAt = clock.now()
    while (!this.#isClosing && this.#good > 0) {
      await this.#sleep(TEND_MS)
      this.#node.refresh()
      if (clock.now() - neighboursAt < NEIGHBOURS_MS) continue
      neighboursAt = clock.now()
      await this.#find(this.#node.ownId)
    }
  }

  /** Until it is time for another attempt, or somebody has told us of a node that answers. */
  async #waitForNode(ms: number): Promise<void> {
    const end = this.#options.clock.now() + ms
    while (!this.#isClosing && this.#good === 0 && this.#options.clock.now() < end) {
      await this.#sleep(TEND_MS)
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel: Cancel = this.#options.clock.after(ms, resolve)
    this.#wake = resolve
    if (this.#isClosing) resolve()
    await promise
    cancel()
    this.#wake = undefined
  }
}
