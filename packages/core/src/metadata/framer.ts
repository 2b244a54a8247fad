// Cuts the bytes of a peer into its handshake and its messages without a look inside: what they say is for the live
// torrent, which gets them later as they were. A length is judged before anything is kept for it.

import { readU32 } from '@ccbt/primitives'
import { HANDSHAKE_BYTES, MessageId } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import { ByteBuffer } from './byte-buffer.ts'

/** Length prefix, and length prefix with id: where the length is looked at. */
const PREFIX_BYTES = 4
const HEAD_BYTES = 5
/** As in a live connection: the longest message, and the bitfield of the largest torrent. */
const MAX_MESSAGE_BYTES = 131_073
const MAX_BITFIELD_BYTES = 262_145

/** Finds the messages in a stream of bytes. */
export class Framer {
  readonly #onUnit: (unit: Uint8Array) => void
  /** The beginning of a unit that is not complete. */
  readonly #rest = new ByteBuffer()
  #isHandshaken = false
  #isStopped = false

  /** `onUnit` gets the handshake, then each message with its length prefix: views, valid until it returns. */
  constructor(onUnit: (unit: Uint8Array) => void) {
    this.#onUnit = onUnit
  }

  /** The beginning of a unit whose end has not come yet. */
  get rest(): Uint8Array {
    return this.#rest.view
  }

  /** Takes nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#rest.clear()
  }

  /** @throws PEER_PROTOCOL_VIOLATED when a message is too long, or what `onUnit` throws */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#isStopped) {
      const left = bytes.subarray(at)
      if (this.#rest.length > 0) {
        at += this.#complete(left)
        continue
      }
      const length = this.#lengthOf(left)
      if (length === undefined || length > left.length) {
        this.#rest.append(left)
        return
      }
      at += length
      this.#emit(left.subarray(0, length))
    }
  }

  /** Adds to the unit that has begun as much as it lacks, or as is needed to know how long it is. */
  #complete(bytes: Uint8Array): number {
    const nextLook = this.#rest.length < PREFIX_BYTES ? PREFIX_BYTES : HEAD_BYTES
    const wanted = this.#lengthOf(this.#rest.view) ?? nextLook
    const taken = bytes.subarray(0, wanted - this.#rest.length)
    this.#rest.append(taken)
    if (this.#lengthOf(this.#rest.view) === this.#rest.length) {
      const unit = this.#rest.view
      this.#rest.clear()
      this.#emit(unit)
    }
    return taken.length
  }

  #emit(unit: Uint8Array): void {
    this.#isHandshaken = true
    this.#onUnit(unit)
  }

  /** Of the unit that begins here; undefined when too little of it is there to say. */
  #lengthOf(bytes: Uint8Array): number | undefined {
    if (!this.#isHandshaken) return HANDSHAKE_BYTES
    if (bytes.length < PREFIX_BYTES) return undefined
    const length = readU32(bytes, 0)
    if (length === 0) return PREFIX_BYTES
    if (bytes.length < HEAD_BYTES) return undefined
    const limit = bytes[4] === MessageId.bitfield ? MAX_BITFIELD_BYTES : MAX_MESSAGE_BYTES
    if (length > limit) throw violated(`sent a message of ${length} bytes`)
    return PREFIX_BYTES + length
  }
}
