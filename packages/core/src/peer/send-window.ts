// How many bytes wait in the socket of one connection: half a second of what the peer takes, found by doubling each time
// that the socket runs empty soon. Blocks that wait there can neither be cancelled nor overtaken, so that more of them
// is waste in every endgame; fewer would let the line run dry.

const MIN_BYTES = 65_536
const MAX_BYTES = 1_048_576
const HOLDS_MS = 500

/** The send watermark of one connection. */
export class SendWindow {
  #bytes = MIN_BYTES
  #filledAtMs = 0

  /** Bytes up to which the socket is filled. */
  get bytes(): number {
    return this.#bytes
  }

  /** Blocks are being written. */
  filled(nowMs: number): void {
    this.#filledAtMs = nowMs
  }

  /** The socket has run empty. */
  drained(nowMs: number): void {
    if (nowMs - this.#filledAtMs < HOLDS_MS) this.#bytes = Math.min(2 * this.#bytes, MAX_BYTES)
  }

  /** Once a second, with the present upload rate of the connection. */
  tick(bps: number): void {
    this.#bytes = Math.min(Math.max(Math.ceil((bps * HOLDS_MS) / 1000), MIN_BYTES), MAX_BYTES)
  }
}
