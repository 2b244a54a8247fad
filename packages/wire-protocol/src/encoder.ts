// Messages in, bytes out. Messages are appended to one buffer; `take()` gives the buffer away with what is in it, because
// a socket keeps it until it is sent.

import { writeU32 } from '@ccbt/primitives'

import { HANDSHAKE_BYTES, writeHandshake } from './handshake.ts'
import type { Handshake } from './handshake.ts'
import { MessageId } from './message-id.ts'

/** Room for a handshake with its first messages, or 30 requests, before the buffer grows. */
const FIRST_BUFFER_BYTES = 512

/** Length of the header of a `piece` message: length prefix, id, piece, begin. */
export const PIECE_HEADER_BYTES = 13

/** Collects the outgoing messages of one connection. */
export interface WireEncoder {
  /** Bytes collected since the last `take()`. */
  readonly pending: number
  /** The collected bytes; they belong to the caller. */
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
  extended(id: number, payload: Uint8Array): void
}

/** Writes the header of a `piece` message; `length` payload bytes have to follow. */
export function encodePieceHeader(
  out: Uint8Array,
  at: number,
  block: { piece: number; begin: number; length: number },
): void {
  writeU32(out, at, block.length + 9)
  out[at + 4] = MessageId.piece
  writeU32(out, at + 5, block.piece)
  writeU32(out, at + 9, block.begin)
}

/** An encoder for one connection. */
export function createEncoder(): WireEncoder {
  return new Encoder()
}

class Encoder implements WireEncoder {
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES)
  #length = 0

  get pending(): number {
    return this.#length
  }

  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#length)
    this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES)
    this.#length = 0
    return bytes
  }

  handshake(handshake: Handshake): void {
    writeHandshake(this.#buffer, this.#grow(HANDSHAKE_BYTES), handshake)
  }

  keepAlive(): void {
    writeU32(this.#buffer, this.#grow(4), 0)
  }

  choke(): void {
    this.#header(MessageId.choke, 0)
  }

  unchoke(): void {
    this.#header(MessageId.unchoke, 0)
  }

  interested(): void {
    this.#header(MessageId.interested, 0)
  }

  notInterested(): void {
    this.#header(MessageId.notInterested, 0)
  }

  have(piece: number): void {
    this.#withPiece(MessageId.have, piece)
  }

  bitfield(bits: Uint8Array): void {
    const at = this.#header(MessageId.bitfield, bits.length)
    this.#buffer.set(bits, at)
  }

  haveAll(): void {
    this.#header(MessageId.haveAll, 0)
  }

  haveNone(): void {
    this.#header(MessageId.haveNone, 0)
  }

  request(piece: number, begin: number, length: number): void {
    this.#withBlock(MessageId.request, piece, begin, length)
  }

  cancel(piece: number, begin: number, length: number): void {
    this.#withBlock(MessageId.cancel, piece, begin, length)
  }

  reject(piece: number, begin: number, length: number): void {
    this.#withBlock(MessageId.reject, piece, begin, length)
  }

  suggest(piece: number): void {
    this.#withPiece(MessageId.suggest, piece)
  }

  allowedFast(piece: number): void {
    this.#withPiece(MessageId.allowedFast, piece)
  }

  port(port: number): void {
    const at = this.#header(MessageId.port, 2)
    this.#buffer[at] = port >>> 8
    this.#buffer[at + 1] = port
  }

  extended(id: number, payload: Uint8Array): void {
    const at = this.#header(MessageId.extended, payload.length + 1)
    this.#buffer[at] = id
    this.#buffer.set(payload, at + 1)
  }

  #withPiece(id: number, piece: number): void {
    const at = this.#header(id, 4)
    writeU32(this.#buffer, at, piece)
  }

  #withBlock(id: number, piece: number, begin: number, length: number): void {
    const at = this.#header(id, 12)
    writeU32(this.#buffer, at, piece)
    writeU32(this.#buffer, at + 4, begin)
    writeU32(this.#buffer, at + 8, length)
  }

  /** Makes room for a message and writes length prefix and id; gives the place of its payload. */
  #header(id: number, payloadBytes: number): number {
    const at = this.#grow(5 + payloadBytes)
    writeU32(this.#buffer, at, payloadBytes + 1)
    this.#buffer[at + 4] = id
    return at + 5
  }

  #grow(bytes: number): number {
    const at = this.#length
    this.#length += bytes
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2))
      larger.set(this.#buffer.subarray(0, at))
      this.#buffer = larger
    }
    return at
  }
}
