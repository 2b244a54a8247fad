// A signal that aborts on the caller's wish or when time is up, and knows which of the two it was.

import type { Clock } from '@ccbt/primitives'

import { aborted } from '../errors.ts'

/** A time limit on something that takes an AbortSignal. Disposing it stops its timer. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #cancelTimer: () => void
  #isExpired = false

  constructor(clock: Clock, ms: number, outer: AbortSignal) {
    this.#outer = outer
    this.#cancelTimer = clock.after(ms, this.#expire)
    outer.addEventListener('abort', this.#forward, { once: true })
    if (outer.aborted) this.#forward()
  }

  readonly #expire = (): void => {
    this.#isExpired = true
    this.#controller.abort()
  }

  readonly #forward = (): void => this.#controller.abort()

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Time was up before the caller gave up. */
  get isExpired(): boolean {
    return this.#isExpired && !this.#outer.aborted
  }

  [Symbol.dispose](): void {
    this.#cancelTimer()
    this.#outer.removeEventListener('abort', this.#forward)
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
