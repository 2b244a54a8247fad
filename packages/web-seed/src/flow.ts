// Whether a fetch may deliver. One per fetch; it outlives the requests that the fetch consists of, each of which attaches
// itself for as long as it runs.

import { aborted } from './errors.ts'

/** What can be held up. */
export interface Pausable {
  pause(): void
  resume(): void
}

/** The switch between the caller and whatever delivers at the moment. */
export class Flow implements Pausable {
  #isPaused = false
  #target: Pausable | undefined
  #opened: PromiseWithResolvers<void> | undefined

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#target?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#opened?.resolve()
    this.#opened = undefined
    this.#target?.resume()
  }

  /** `target` follows this switch until another one, or nothing, is attached; it is running when it is attached. */
  attach(target: Pausable | undefined): void {
    this.#target = target
    if (this.#isPaused) target?.pause()
  }

  /** Waits while paused. Rejects with ABORTED when `signal` is. */
  async whileOpen(signal: AbortSignal): Promise<void> {
    if (!this.#isPaused || signal.aborted) return signal.aborted ? Promise.reject(aborted()) : undefined
    const opened = (this.#opened ??= Promise.withResolvers<void>())
    await orAborted(opened.promise, signal)
  }
}

/** Waits for `work`, which cannot be aborted itself, no longer than until `signal` is; rejects with ABORTED then. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(aborted())
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
