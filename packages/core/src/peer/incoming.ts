// Accepted streams before their torrent is known: reads just enough of the handshake to find the torrent, then hands the
// stream over with what was read. Bounded in number and time, so that silent strangers hold nothing.

import { readU32 } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'

/** Protocol string, reserved bytes and infohash: enough to find the torrent. */
const ROUTED_BYTES = 48
const HANDSHAKE_TIMEOUT_MS = 10_000
const MAX_PENDING = 200
/** "\x13Bit": the first bytes of a plain handshake. */
const PLAIN_START = 0x13426974

/** What a waiting room needs. */
export interface IncomingParts {
  readonly clock: Clock
  /** Takes the stream over; false when there is no such torrent or no place. `head` is what was read so far. */
  readonly route: (infoHash: Uint8Array, stream: ByteStream, head: Uint8Array) => boolean
}

/** Streams whose handshake is not complete yet. */
export class Incoming {
  readonly #parts: IncomingParts
  readonly #pending = new Map<ByteStream, Cancel>()

  constructor(parts: IncomingParts) {
    this.#parts = parts
  }

  accept(stream: ByteStream): void {
    if (this.#pending.size >= MAX_PENDING) {
      stream.close()
      return
    }
    this.#pending.set(
      stream,
      this.#parts.clock.after(HANDSHAKE_TIMEOUT_MS, () => stream.close()),
    )
    stream.attach(this.#reader(stream))
  }

  /** Closes all of them. */
  stop(): void {
    for (const [stream, cancel] of this.#pending) {
      cancel()
      stream.close()
    }
    this.#pending.clear()
  }

  #reader(stream: ByteStream): StreamHandler {
    let head = new Uint8Array(0)
    return {
      data: (bytes) => {
        const grown = new Uint8Array(head.length + bytes.length)
        grown.set(head)
        grown.set(bytes, head.length)
        head = grown
        if (head.length >= 4 && readU32(head, 0) !== PLAIN_START) stream.close()
        else if (head.length >= ROUTED_BYTES) this.#hand(stream, head)
      },
      drained: () => {},
      closed: () => this.#settle(stream),
    }
  }

  #hand(stream: ByteStream, head: Uint8Array): void {
    this.#settle(stream)
    if (!this.#parts.route(head.subarray(28, ROUTED_BYTES), stream, head)) stream.close()
  }

  #settle(stream: ByteStream): void {
    this.#pending.get(stream)?.()
    this.#pending.delete(stream)
  }
}
