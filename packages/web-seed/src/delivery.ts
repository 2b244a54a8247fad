// One fetch on its way to the caller: where its bytes go, whether they may, and how many went.

import type { Flow } from './flow.ts'

/** Takes the bytes of a fetch. */
export interface RangeSink {
  /**
   * The next bytes of the range, in order. A view, valid until this returns. When the fetch is paused, what one more read
   * brings (up to 128 KiB) may still come. An error thrown here ends the fetch with it.
   */
  data(bytes: Uint8Array): void
}

/** A fetch as its requests see it. */
export class Delivery {
  readonly flow: Flow
  readonly signal: AbortSignal
  readonly #sink: RangeSink
  #bytes = 0

  constructor(sink: RangeSink, flow: Flow, signal: AbortSignal) {
    this.#sink = sink
    this.flow = flow
    this.signal = signal
  }

  /** Bytes delivered so far. */
  get bytes(): number {
    return this.#bytes
  }

  data(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    this.#sink.data(bytes)
  }
}
