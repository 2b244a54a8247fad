// One torrent in the DHT: looked for and announced at once, and again every quarter of an hour; within a minute while
// nobody has been found.

import { isCcbtError } from '@ccbt/primitives'
import type { Cancel } from '@ccbt/primitives'

import type { SessionShared } from '../session/shared.ts'
import type { SourceSnapshot } from '../snapshot.ts'
import type { DhtAccess } from './dht-access.ts'
import type { FinderFacts, OpenSource, TakePeers } from './peer-source.ts'

/** Nodes forget what is announced to them after 30 minutes. */
const EVERY_MS = 15 * 60_000
/** While nobody is found, who came a moment later is found soon. */
const FIRST_RETRY_MS = 5000
const MAX_RETRY_MS = 60_000

/** What a {@link DhtSource} works for. */
export interface DhtSourceOptions {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly dht: DhtAccess
  readonly shared: SessionShared
  readonly facts: () => FinderFacts
  readonly onPeers: TakePeers
  /** It is broken beyond what networks do. */
  readonly onFailed: (error: unknown) => void
}

/** Looks for one torrent's peers in the DHT and announces us there. */
export class DhtSource implements OpenSource {
  readonly #options: DhtSourceOptions
  #abort = new AbortController()
  #cancelNext: Cancel = () => {}
  #retryMs = FIRST_RETRY_MS
  #peersReceived = 0
  /** Undefined while the DHT is asked. */
  #nextAtMs: number | undefined

  constructor(options: DhtSourceOptions) {
    this.#options = options
  }

  start(): void {
    this.#look(this.#abort.signal).catch(this.#options.onFailed)
  }

  announceNow(): void {
    this.#halt()
    this.#abort = new AbortController()
    this.start()
  }

  completed(): void {}

  describe(): SourceSnapshot {
    const nextAtMs = this.#nextAtMs
    const peersReceived = this.#peersReceived
    if (nextAtMs === undefined) return { kind: 'dht', state: 'asking', peersReceived }
    const nextAnnounceInMs = Math.max(0, nextAtMs - this.#options.shared.clock.now())
    return { kind: 'dht', state: 'idle', peersReceived, nextAnnounceInMs }
  }

  stop(): Promise<void> {
    this.#halt()
    return Promise.resolve()
  }

  #halt(): void {
    this.#cancelNext()
    this.#abort.abort()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { dht, shared, infoHash, facts, onPeers } = this.#options
    this.#nextAtMs = undefined
    const node = await dht.open()
    if (node === undefined || signal.aborted) return
    const { stats, wantPeers } = facts()
    const port = shared.listenPort()
    let isFound = false
    try {
      await node.lookup(infoHash, {
        ...(port === 0 ? {} : { announcePort: port }),
        seed: stats.left === 0,
        onPeers: (peers) => {
          isFound = true
          this.#peersReceived += peers.length
          if (wantPeers && !signal.aborted) onPeers(peers)
        },
        signal,
      })
    } catch (error) {
      if (signal.aborted) return
      // Too many wait already: later there is room.
      if (!isCcbtError(error, 'DHT_BUSY')) throw error
    }
    if (signal.aborted) return
    const { ipv4, ipv6 } = node.stats()
    for (const ip of [ipv4?.externalIp, ipv6?.externalIp]) {
      if (ip !== undefined) shared.externalAddress.seen(ip, 'dht')
    }
    const waitMs = isFound || !wantPeers ? EVERY_MS : this.#retryMs
    this.#nextAtMs = shared.clock.now() + waitMs
    this.#cancelNext = shared.clock.after(waitMs, () => this.start())
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
  }
}
