// Accepted streams before their handshake is complete: then the torrent gets the stream with what was read. Bounded in
// number and time; at the bound the one that has waited longest makes room, because an honest peer waits one round trip.

import { readU32 } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'
import { HANDSHAKE_BYTES } from '@ccbt/wire-protocol'

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
    if (this.#pending.size >= MAX_PENDING) this.#closeOldest()
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
        else if (head.length >= HANDSHAKE_BYTES) this.#hand(stream, head)
      },
      drained: () => {},
      closed: () => this.#settle(stream),
    }
  }

  #hand(stream: ByteStream, head: Uint8Array): void {
    this.#settle(stream)
    if (!this.#parts.route(head.subarray(28, 48), stream, head)) stream.close()
  }

  #closeOldest(): void {
    for (const stream of this.#pending.keys()) {
      this.#settle(stream)
      stream.close()
      return
    }
  }

  #settle(stream: ByteStream): void {
    this.#pending.get(stream)?.()
    this.#pending.delete(stream)
  }
}
