// Announces content in the DHT: one key after the other, slowly, each again before the nodes forget it. Torrents have their
// lookups in the same queue and wait for one of these at most.

import { isCcbtError, toHex } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'
import type { Dht } from '@ccbt/discovery'

import { pause } from '../publish/pause.ts'

/** Nodes forget after 30 minutes. */
const EVERY_MS = 25 * 60_000
/** Between two keys. The largest budget is announced in 20 minutes. */
const GAP_MS = 1000
/** Files complete in bursts. */
const SETTLE_MS = 2000

/** Keys that are announced at most, whatever the budget. */
export const MAX_CONTENT_KEYS = 1200

/** What a {@link ContentAnnouncer} works with. */
export interface ContentAnnouncerParts {
  readonly clock: Clock
  readonly dht: { readonly open: () => Promise<Pick<Dht, 'lookup'> | undefined> }
  /** 0 = nobody can reach us, and nothing is announced. */
  readonly listenPort: () => number
  /** What is to be announced now. */
  readonly keys: () => Promise<readonly Uint8Array[]>
  /** Hears why nothing is announced for now. */
  readonly onFailed: (reason: string) => void
}

/** Announces until it is disposed. */
export class ContentAnnouncer implements Disposable {
  readonly #parts: ContentAnnouncerParts
  readonly #abort = new AbortController()
  /** When each key was announced, as hexadecimal. */
  #announcedAt = new Map<string, number>()
  #wake: () => void = () => {}
  #hasChanged = false

  constructor(parts: ContentAnnouncerParts) {
    this.#parts = parts
    this.#run().catch((error: unknown) => {
      if (!this.#abort.signal.aborted) throw error
    })
  }

  /** There may be other content than before. */
  changed(): void {
    this.#hasChanged = true
    this.#wake()
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
    this.#wake()
  }

  async #run(): Promise<void> {
    const { clock, dht: access } = this.#parts
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#untilDue()
      await pause(clock, SETTLE_MS, signal)
      this.#hasChanged = false
      const dht = signal.aborted ? undefined : await access.open()
      if (dht === undefined) return
      await this.#announceDue(dht).catch((error: unknown) => {
        if (!isCcbtError(error) || error.blame === 'us') throw error
        if (!signal.aborted) this.#parts.onFailed(error.message)
      })
    }
  }

  /** Until something has changed, or a key has to be announced again. */
  async #untilDue(): Promise<void> {
    if (this.#hasChanged || this.#abort.signal.aborted) return
    const { clock } = this.#parts
    const oldest = Math.min(...this.#announcedAt.values())
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const waitMs = Math.max(0, oldest + EVERY_MS - clock.now())
    const cancel: Cancel = Number.isFinite(waitMs) ? clock.after(waitMs, resolve) : () => {}
    await promise
    cancel()
  }

  async #announceDue(dht: Pick<Dht, 'lookup'>): Promise<void> {
    const { clock, keys, listenPort } = this.#parts
    const { signal } = this.#abort
    const before = this.#announcedAt
    const port = listenPort()
    const wanted = port === 0 ? [] : await keys()
    // What is not wanted any more is forgotten, here and, in half an hour, there.
    this.#announcedAt = new Map()
    for (const key of wanted) {
      const atMs = before.get(toHex(key))
      if (atMs !== undefined) this.#announcedAt.set(toHex(key), atMs)
    }
    for (const key of wanted) {
      if (signal.aborted) return
      if (clock.now() - (this.#announcedAt.get(toHex(key)) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) continue
      await dht.lookup(key, { announcePort: port, seed: true, onPeers: () => {}, signal })
      this.#announcedAt.set(toHex(key), clock.now())
      await pause(clock, GAP_MS, signal)
    }
  }
}
