// A service that ends and begins anew when what it was made of becomes something else.

import { isDeepStrictEqual } from 'node:util'

/** Runs a service from its construction until it is disposed. */
export class Restarting<Options> implements AsyncDisposable {
  readonly #start: (options: Options) => AsyncDisposable | Disposable
  #options: Options
  #running = new AsyncDisposableStack()
  #isClosed = false

  constructor(options: Options, start: (options: Options) => AsyncDisposable | Disposable) {
    this.#options = options
    this.#start = start
    this.#running.use(start(options))
  }

  /** One call at a time. The same options again change nothing. */
  async follow(options: Options): Promise<void> {
    if (this.#isClosed || isDeepStrictEqual(options, this.#options)) return
    this.#options = options
    await this.#running.disposeAsync()
    // It may have been disposed in the meantime.
    if (this.#isClosed) return
    this.#running = new AsyncDisposableStack()
    this.#running.use(this.#start(options))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#running.disposeAsync()
  }
}
