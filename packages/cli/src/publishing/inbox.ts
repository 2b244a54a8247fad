import type { MutableItem } from '@ccbt/discovery'

/** Holds the newest item that nobody has worked on yet, and ends the work on the one before. */
export class Inbox {
  readonly #stop: AbortSignal
  #waiting: MutableItem | undefined
  #work = new AbortController()
  #wake: () => void = () => {}

  /** All waits and all work end with `stop`. */
  constructor(stop: AbortSignal) {
    this.#stop = stop
    stop.addEventListener('abort', () => this.#wake(), { once: true })
  }

  put(item: MutableItem): void {
    this.#waiting = item
    this.#work.abort()
    this.#wake()
  }

  /** The next item; `undefined` when it is time to stop, or nothing has come within `timeoutMs`. */
  async next(timeoutMs?: number): Promise<MutableItem | undefined> {
    if (this.#waiting === undefined && !this.#stop.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs)
      await promise
      clearTimeout(timer)
    }
    if (this.#stop.aborted) return undefined
    const item = this.#waiting
    this.#waiting = undefined
    this.#work = new AbortController()
    return item
  }

  /** Ends the work on the item that was given last. */
  get superseded(): AbortSignal {
    return AbortSignal.any([this.#work.signal, this.#stop])
  }
}
