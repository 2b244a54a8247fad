// Announces content in one place: one key after the other, slowly, each again before it is forgotten there. Torrents have
// their announces in the same queues and wait for one of these at most.

import { isCcbtError, toHex } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'

import { pause } from '../pause.ts'
import type { Announce, OpenPlace } from './content-places.ts'

/** Between two keys. The largest budget is announced in 20 minutes. */
const GAP_MS = 1000
/** Files complete in bursts. */
const SETTLE_MS = 2000
/** What does not work is tried again after this time, then twice as long, and so on. */
const FIRST_RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000

/** Keys that are announced at most, whatever the budget. */
export const MAX_CONTENT_KEYS = 1200

/** What a {@link ContentAnnouncer} works with. */
export interface ContentAnnouncerParts {
  readonly clock: Clock
  readonly place: OpenPlace
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
  /** When each key is to be announced again, as hexadecimal. */
  #dueAt = new Map<string, number>()
  #retryMs = FIRST_RETRY_MS
  /** When the place is asked again that has failed. */
  #retryAt = Number.POSITIVE_INFINITY
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
    const { clock, place } = this.#parts
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#untilDue()
      await pause(clock, SETTLE_MS, signal)
      this.#hasChanged = false
      const announce = signal.aborted ? undefined : await place()
      if (announce === undefined) return
      await this.#announceDue(announce).then(
        () => this.#worked(),
        (error: unknown) => this.#failed(error),
      )
    }
  }

  #worked(): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#retryAt = Number.POSITIVE_INFINITY
  }

  #failed(error: unknown): void {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    this.#retryAt = this.#parts.clock.now() + this.#retryMs
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
    if (!this.#abort.signal.aborted) this.#parts.onFailed(error.message)
  }

  /** Until something has changed, or a key has to be announced again: where it does not work, until it may work again. */
  async #untilDue(): Promise<void> {
    if (this.#hasChanged || this.#abort.signal.aborted) return
    const { clock } = this.#parts
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const at = Number.isFinite(this.#retryAt) ? this.#retryAt : Math.min(...this.#dueAt.values())
    const cancel: Cancel = Number.isFinite(at) ? clock.after(Math.max(0, at - clock.now()), resolve) : () => {}
    await promise
    cancel()
  }

  async #announceDue(announce: Announce): Promise<void> {
    const { clock, keys, listenPort } = this.#parts
    const { signal } = this.#abort
    const before = this.#dueAt
    const port = listenPort()
    const wanted = port === 0 ? [] : await keys()
    // What is not wanted any more is forgotten, here and, in half an hour or so, there.
    this.#dueAt = new Map()
    for (const key of wanted) {
      const dueAt = before.get(toHex(key))
      if (dueAt !== undefined) this.#dueAt.set(toHex(key), dueAt)
    }
    for (const key of wanted) {
      if (signal.aborted) return
      const dueAt = this.#dueAt.get(toHex(key))
      if (dueAt !== undefined && clock.now() < dueAt) continue
      const waitMs = await announce({ key, port, isNew: dueAt === undefined, signal })
      this.#dueAt.set(toHex(key), clock.now() + waitMs)
      await pause(clock, GAP_MS, signal)
    }
  }
}
