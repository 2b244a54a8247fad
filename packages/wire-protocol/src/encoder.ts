// Messages in, bytes out. Messages are appended to a slab; `take()` gives away what was appended since the last time and
// goes on behind it, because a socket keeps the bytes until they are sent.
//
// Invariants: bytes given away are never written again; memory is bounded by MAX_PENDING_BYTES.

import { bug, writeU32 } from '@ccbt/primitives'
import type { HashRange } from '@ccbt/primitives'

import { HANDSHAKE_BYTES, writeHandshake } from './handshake.ts'
import type { Handshake } from './handshake.ts'
import { HASH_BYTES, HASH_RANGE_BYTES, writeHashRange } from './hash-messages.ts'
import { PIECE_HEADER_BYTES } from './limits.ts'
import { MessageId } from './message-id.ts'

/** One allocation for 240 requests: a fresh buffer per `take()` costs more than the messages in it. */
const SLAB_BYTES = 4096

/** Four times the longest bitfield; a turn's output is some KiB. */
const MAX_PENDING_BYTES = 1_048_576

const NO_HASHES: Uint8Array = new Uint8Array(0)

/** Collects the outgoing messages of one connection. */
export interface WireEncoder {
  /** Bytes collected since the last `take()`. */
  readonly pending: number
  /** A message did not fit in 1 MiB of pending bytes and was dropped: the peer must be disconnected. */
  readonly isFull: boolean
  /** The collected bytes, without a copy; they belong to the caller, and nothing is pending afterwards. */
  take(): Uint8Array
  handshake(handshake: Handshake): void
  keepAlive(): void
  choke(): void
  unchoke(): void
  interested(): void
  notInterested(): void
  have(piece: number): void
  bitfield(bits: Uint8Array): void
  haveAll(): void
  haveNone(): void
  request(piece: number, begin: number, length: number): void
  cancel(piece: number, begin: number, length: number): void
  reject(piece: number, begin: number, length: number): void
  suggest(piece: number): void
  allowedFast(piece: number): void
  port(port: number): void
  /** Message `id` of an extension (BEP 10); `payload` is copied. */
  extended(id: number, payload: Uint8Array): void
  /** BEP 52. */
  hashRequest(range: HashRange): void
  /** The hashes of `range` and its uncle hashes, 32 bytes each (BEP 52); they are copied. */
  hashes(range: HashRange, hashes: Uint8Array): void
  /** BEP 52: `range` as it was asked for. */
  hashReject(range: HashRange): void
  /** What goes before the payload of a block; the caller sends `length` bytes right behind it. */
  pieceHeader(piece: number, begin: number, length: number): void
}

/** Place of a block: piece index, offset in the piece and length in bytes. */
export interface BlockPlace {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

/**
 * Writes the header of a `piece` message, {@link PIECE_HEADER_BYTES} bytes, at `at`; the payload follows.
 * @example encodePieceHeader(header, 0, { piece: 7, begin: 16_384, length: 16_384 })
 */
export function encodePieceHeader(out: Uint8Array, at: number, block: BlockPlace): void {
  writeU32(out, at, PIECE_HEADER_BYTES - 4 + block.length)
  out[at + 4] = MessageId.piece
  writeU32(out, at + 5, block.piece)
  writeU32(out, at + 9, block.begin)
}

/**
 * An encoder for one connection.
 * @example
 * encoder.interested()
 * socket.write(encoder.take())
 */
export function createEncoder(): WireEncoder {
  return new Encoder()
}

class Encoder implements WireEncoder {
  #slab: Uint8Array = new Uint8Array(0)
  /** Where the pending bytes begin and end. */
  #start = 0
  #end = 0
  #isFull = false

  get pending(): number {
    return this.#end - this.#start
  }

  get isFull(): boolean {
    return this.#isFull
  }

  take(): Uint8Array {
    const bytes = this.#slab.subarray(this.#start, this.#end)
    this.#start = this.#end
    return bytes
  }

  handshake(handshake: Handshake): void {
    if (this.#reserve(HANDSHAKE_BYTES)) writeHandshake(this.#slab, this.#end - HANDSHAKE_BYTES, handshake)
  }

  keepAlive(): void {
    if (this.#reserve(4)) writeU32(this.#slab, this.#end - 4, 0)
  }

  choke(): void {
    this.#flag(MessageId.choke)
  }

  unchoke(): void {
    this.#flag(MessageId.unchoke)
  }

  interested(): void {
    this.#flag(MessageId.interested)
  }

  notInterested(): void {
    this.#flag(MessageId.notInterested)
  }

  have(piece: number): void {
    this.#pieceMessage(MessageId.have, piece)
  }

  bitfield(bits: Uint8Array): void {
    if (this.#open(MessageId.bitfield, bits.length)) this.#slab.set(bits, this.#end - bits.length)
  }

  haveAll(): void {
    this.#flag(MessageId.haveAll)
  }

  haveNone(): void {
    this.#flag(MessageId.haveNone)
  }

  request(piece: number, begin: number, length: number): void {
    this.#blockMessage(MessageId.request, piece, begin, length)
  }

  cancel(piece: number, begin: number, length: number): void {
    this.#blockMessage(MessageId.cancel, piece, begin, length)
  }

  reject(piece: number, begin: number, length: number): void {
    this.#blockMessage(MessageId.reject, piece, begin, length)
  }

  suggest(piece: number): void {
    this.#pieceMessage(MessageId.suggest, piece)
  }

  allowedFast(piece: number): void {
    this.#pieceMessage(MessageId.allowedFast, piece)
  }

  port(port: number): void {
    if (!this.#open(MessageId.port, 2)) return
    this.#slab[this.#end - 2] = port >>> 8
    this.#slab[this.#end - 1] = port
  }

  extended(id: number, payload: Uint8Array): void {
    if (!this.#open(MessageId.extended, 1 + payload.length)) return
    this.#slab[this.#end - payload.length - 1] = id
    this.#slab.set(payload, this.#end - payload.length)
  }

  hashRequest(range: HashRange): void {
    this.#hashMessage(MessageId.hashRequest, range, NO_HASHES)
  }

  hashes(range: HashRange, hashes: Uint8Array): void {
    this.#hashMessage(MessageId.hashes, range, hashes)
  }

  hashReject(range: HashRange): void {
    this.#hashMessage(MessageId.hashReject, range, NO_HASHES)
  }

  pieceHeader(piece: number, begin: number, length: number): void {
    if (!this.#reserve(PIECE_HEADER_BYTES)) return
    encodePieceHeader(this.#slab, this.#end - PIECE_HEADER_BYTES, { piece, begin, length })
  }

  #flag(id: number): void {
    this.#open(id, 0)
  }

  #pieceMessage(id: number, piece: number): void {
    if (this.#open(id, 4)) writeU32(this.#slab, this.#end - 4, piece)
  }

  #blockMessage(id: number, piece: number, begin: number, length: number): void {
    if (!this.#open(id, 12)) return
    writeU32(this.#slab, this.#end - 12, piece)
    writeU32(this.#slab, this.#end - 8, begin)
    writeU32(this.#slab, this.#end - 4, length)
  }

  #hashMessage(id: number, range: HashRange, hashes: Uint8Array): void {
    if (range.piecesRoot.length !== HASH_BYTES) throw bug('hash message with a root that is no hash')
    if (!this.#open(id, HASH_RANGE_BYTES + hashes.length)) return
    writeHashRange(this.#slab, this.#end - hashes.length - HASH_RANGE_BYTES, range)
    this.#slab.set(hashes, this.#end - hashes.length)
  }

  /** Appends length prefix and id of a message, with room for its payload at the end; false = it does not fit. */
  #open(id: number, payloadBytes: number): boolean {
    if (!this.#reserve(5 + payloadBytes)) return false
    const at = this.#end - payloadBytes - 5
    writeU32(this.#slab, at, payloadBytes + 1)
    this.#slab[at + 4] = id
    return true
  }

  /** Moves the end by `bytes`; false when that would be more than may be pending. */
  #reserve(bytes: number): boolean {
    const pending = this.pending + bytes
    if (pending > MAX_PENDING_BYTES) {
      this.#isFull = true
      return false
    }
    if (this.#end + bytes > this.#slab.length) this.#renew(pending)
    this.#end += bytes
    return true
  }

  /** A new slab for `pending` bytes and what comes after them; the old one belongs to those who took from it. */
  #renew(pending: number): void {
    const slab = new Uint8Array(pending <= SLAB_BYTES ? SLAB_BYTES : 2 * pending)
    slab.set(this.#slab.subarray(this.#start, this.#end))
    this.#end -= this.#start
    this.#start = 0
    this.#slab = slab
  }
}
