// Posts notifications as JSON. A server that fails is tried again with growing pauses; one that refuses is not.

import { setTimeout as sleep } from 'node:timers/promises'

import type { Notification } from './notification.ts'

const TIMEOUT_MS = 10_000
const PAUSES_MS = [1000, 5000, 30_000, 120_000, 600_000]
/** Notifications that wait for a server; the oldest goes. */
const MAX_WAITING = 100

/** Posts to one address, one notification after the other. Disposing gives up what waits. */
export class Webhook implements Disposable {
  readonly #url: string
  readonly #pausesMs: readonly number[]
  readonly #abort = new AbortController()
  readonly #onFailed: (reason: string) => void
  #waiting: Notification[] = []
  #isSending = false

  /** `onFailed` hears of each notification that was given up. */
  constructor(url: string, onFailed: (reason: string) => void, pausesMs: readonly number[] = PAUSES_MS) {
    this.#url = url
    this.#onFailed = onFailed
    this.#pausesMs = pausesMs
  }

  /** Sends it as soon as those before it are sent. */
  send(notification: Notification): void {
    this.#waiting.push(notification)
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift()
      this.#onFailed('too many wait')
    }
    if (!this.#isSending) void this.#sendAll()
  }

  /** One try; undefined = it was taken, else why not. */
  async post(notification: Notification): Promise<{ readonly reason: string; readonly isFinal: boolean } | undefined> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'ccbt' },
        body: JSON.stringify(notification),
        redirect: 'error',
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      await response.body?.cancel()
      if (response.ok) return undefined
      const { status } = response
      return { reason: `status ${status}`, isFinal: status < 500 && status !== 429 && status !== 408 }
    } catch (error) {
      return { reason: reasonOf(error), isFinal: this.#abort.signal.aborted }
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
    this.#waiting = []
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const reason = await this.#sendOne(next)
      if (reason !== undefined && !this.#abort.signal.aborted) this.#onFailed(reason)
    }
    this.#isSending = false
  }

  async #sendOne(notification: Notification): Promise<string | undefined> {
    for (const pauseMs of this.#pausesMs) {
      const failure = await this.post(notification)
      if (failure === undefined) return undefined
      if (failure.isFinal) return failure.reason
      if (!(await this.#pause(pauseMs))) return failure.reason
    }
    return (await this.post(notification))?.reason
  }

  /** False when there is nothing to wait for any more. */
  async #pause(ms: number): Promise<boolean> {
    try {
      await sleep(ms, undefined, { signal: this.#abort.signal, ref: false })
      return true
    } catch {
      // Only the signal ends it early.
      return false
    }
  }
}

/** What went wrong is in the cause, when it was the network. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return inner instanceof Error ? inner.message : String(inner)
}
