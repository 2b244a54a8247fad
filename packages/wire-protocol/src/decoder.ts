// Bytes in, messages out. The state between two reads is one of: collecting a small message in `#small`, collecting a
// variable-length one in `#large`, or passing a block's payload on to where the handler wants it.
//
// Invariants: a length is checked before anything is kept for it; block payloads are copied once, from the receive buffer
// to their place; nothing is allocated per block besides what the handler makes.

import { readU32 } from '@ccbt/primitives'

import { handshakeInvalid, lengthInvalid, messageTooLong, unexpected } from './errors.ts'
import { HANDSHAKE_BYTES, mayBeHandshake, readHandshake } from './handshake.ts'
import type { WireHandler } from './handler.ts'
import { fixedLength, MessageId } from './message-id.ts'

/** Bounds on what a peer may send. */
export interface WireLimits {
  /** Bytes of an extension message or of one with an unknown id. */
  readonly maxMessageLength?: number
  /** Bytes of this torrent's bitfield; absent = not known yet, at most {@link MAX_BITFIELD_BYTES}. */
  readonly bitfieldLength?: number
  /** Payload bytes of a `piece` message. */
  readonly maxBlockLength: number
}

/** 2^21 pieces. */
const MAX_BITFIELD_BYTES = 262_144
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_576
const PIECE_HEADER_BYTES = 13

/** Decodes the stream of one connection. */
export interface WireDecoder {
  /** Takes the next bytes. @throws a WIRE_* error, or what the handler throws; the connection is then to be closed. */
  push(data: Uint8Array): void
  /** The rest of the block now being received goes to `target` (at the same offset), or nowhere. */
  redirect(target: Uint8Array | undefined): void
  /** Ignores everything from here on. */
  stop(): void
  /** A block's payload is being received. */
  readonly isReceivingBlock: boolean
}

/**
 * A decoder for one connection.
 * @example createDecoder(handler, { maxBlockLength: 16_384 }).push(bytes)
 */
export function createDecoder(
  handler: WireHandler,
  limits: WireLimits,
  options = { expectHandshake: true },
): WireDecoder {
  return new Decoder(handler, limits, options.expectHandshake)
}

class Decoder implements WireDecoder {
  readonly #handler: WireHandler
  readonly #limits: WireLimits
  readonly #small = new Uint8Array(HANDSHAKE_BYTES)
  #filled = 0
  #large: Uint8Array | undefined
  #largeFilled = 0
  #skip = 0
  #needsHandshake: boolean
  #isFirst = true
  #isStopped = false

  #blockLeft = 0
  #blockLength = 0
  #blockPiece = 0
  #blockBegin = 0
  #target: Uint8Array | undefined

  constructor(handler: WireHandler, limits: WireLimits, expectHandshake: boolean) {
    this.#handler = handler
    this.#limits = limits
    this.#needsHandshake = expectHandshake
  }

  get isReceivingBlock(): boolean {
    return this.#blockLength > 0
  }

  push(data: Uint8Array): void {
    let at = 0
    while (at < data.length && !this.#isStopped) {
      if (this.#blockLength > 0) at = this.#block(data, at)
      else if (this.#skip > 0) at = this.#skipped(data, at)
      else if (this.#large !== undefined) at = this.#collectLarge(data, at)
      else if (this.#needsHandshake) at = this.#handshake(data, at)
      else at = this.#header(data, at)
    }
  }

  redirect(target: Uint8Array | undefined): void {
    this.#target = target
  }

  stop(): void {
    this.#isStopped = true
    this.#target = undefined
    this.#large = undefined
  }

  #block(data: Uint8Array, at: number): number {
    const count = Math.min(this.#blockLeft, data.length - at)
    this.#target?.set(data.subarray(at, at + count), this.#blockLength - this.#blockLeft)
    this.#blockLeft -= count
    if (this.#blockLeft === 0) this.#endBlock()
    return at + count
  }

  #endBlock(): void {
    const length = this.#blockLength
    this.#blockLength = 0
    this.#target = undefined
    this.#handler.blockEnd(this.#blockPiece, this.#blockBegin, length)
  }

  #skipped(data: Uint8Array, at: number): number {
    const count = Math.min(this.#skip, data.length - at)
    this.#skip -= count
    return at + count
  }

  #handshake(data: Uint8Array, at: number): number {
    const next = this.#fill(data, at, HANDSHAKE_BYTES)
    if (!mayBeHandshake(this.#small.subarray(0, this.#filled))) throw handshakeInvalid()
    if (this.#filled < HANDSHAKE_BYTES) return next
    this.#filled = 0
    this.#needsHandshake = false
    this.#handler.handshake(readHandshake(this.#small))
    return next
  }

  /** Length prefix, id and the fixed-size messages; decides how the rest is read. */
  #header(data: Uint8Array, at: number): number {
    if (this.#filled < 4) {
      const next = this.#fill(data, at, 4)
      if (this.#filled < 4) return next
      if (readU32(this.#small, 0) !== 0) return next
      this.#filled = 0
      this.#handler.keepAlive()
      return next
    }
    const length = readU32(this.#small, 0)
    if (this.#filled < 5) {
      const next = this.#fill(data, at, 5)
      this.#accept(this.#small[4]!, length)
      return next
    }
    const want = this.#small[4] === MessageId.piece ? PIECE_HEADER_BYTES : 4 + length
    const next = this.#fill(data, at, want)
    if (this.#filled < want) return next
    if (this.#small[4] === MessageId.piece) this.#startBlock(length)
    else this.#fixed(this.#small[4]!)
    return next
  }

  /** Looks at id and length before anything is kept for the message. */
  #accept(id: number, length: number): void {
    const fixed = fixedLength(id)
    if (fixed !== undefined) {
      if (length !== fixed) throw lengthInvalid(id, length)
      if (length === 1) this.#fixed(id)
      return
    }
    if (id === MessageId.piece) {
      if (length <= 9) throw lengthInvalid(id, length)
      if (length - 9 > this.#limits.maxBlockLength) throw messageTooLong(id, length, this.#limits.maxBlockLength + 9)
      return
    }
    this.#acceptLarge(id, length)
  }

  #acceptLarge(id: number, length: number): void {
    if (id === MessageId.bitfield) this.#checkBitfield(length)
    const limit =
      id === MessageId.bitfield ? MAX_BITFIELD_BYTES : (this.#limits.maxMessageLength ?? DEFAULT_MAX_MESSAGE_BYTES)
    if (length > limit + 1) throw messageTooLong(id, length, limit)
    if (id === MessageId.extended && length < 2) throw lengthInvalid(id, length)
    this.#filled = 0
    if (id !== MessageId.bitfield && id !== MessageId.extended) {
      this.#isFirst = false
      this.#skip = length - 1
      return
    }
    this.#large = new Uint8Array(length)
    this.#large[0] = id
    this.#largeFilled = 1
    if (length === 1) this.#endLarge()
  }

  #checkBitfield(length: number): void {
    if (!this.#isFirst) throw unexpected(MessageId.bitfield)
    const expected = this.#limits.bitfieldLength
    if (expected !== undefined && length !== expected + 1) throw lengthInvalid(MessageId.bitfield, length)
  }

  #collectLarge(data: Uint8Array, at: number): number {
    const large = this.#large!
    const count = Math.min(large.length - this.#largeFilled, data.length - at)
    large.set(data.subarray(at, at + count), this.#largeFilled)
    this.#largeFilled += count
    if (this.#largeFilled === large.length) this.#endLarge()
    return at + count
  }

  #endLarge(): void {
    const large = this.#large!
    this.#large = undefined
    if (large[0] === MessageId.bitfield) {
      this.#isFirst = false
      this.#handler.bitfield(large.subarray(1))
    } else {
      // An extension handshake may come before the bitfield: some clients send it first.
      this.#handler.extended(large[1]!, large.subarray(2))
    }
  }

  #startBlock(length: number): void {
    this.#isFirst = false
    this.#filled = 0
    this.#blockPiece = readU32(this.#small, 5)
    this.#blockBegin = readU32(this.#small, 9)
    const blockLength = length - 9
    const target = this.#handler.blockBegin(this.#blockPiece, this.#blockBegin, blockLength)
    if (this.#isStopped) return
    this.#target = target
    this.#blockLength = blockLength
    this.#blockLeft = blockLength
  }

  #fixed(id: number): void {
    this.#filled = 0
    const isHave = id === MessageId.haveAll || id === MessageId.haveNone
    if (isHave && !this.#isFirst) throw unexpected(id)
    this.#isFirst = false
    const small = this.#small
    const handler = this.#handler
    switch (id) {
      case MessageId.choke:
        return handler.choke()
      case MessageId.unchoke:
        return handler.unchoke()
      case MessageId.interested:
        return handler.interested()
      case MessageId.notInterested:
        return handler.notInterested()
      case MessageId.haveAll:
        return handler.haveAll()
      case MessageId.haveNone:
        return handler.haveNone()
      case MessageId.have:
        return handler.have(readU32(small, 5))
      case MessageId.suggest:
        return handler.suggest(readU32(small, 5))
      case MessageId.allowedFast:
        return handler.allowedFast(readU32(small, 5))
      case MessageId.port:
        return handler.port(small[5]! * 256 + small[6]!)
      default:
        return this.#blockMessage(id, readU32(small, 5), readU32(small, 9), readU32(small, 13))
    }
  }

  #blockMessage(id: number, piece: number, begin: number, length: number): void {
    if (id === MessageId.request) this.#handler.request(piece, begin, length)
    else if (id === MessageId.cancel) this.#handler.cancel(piece, begin, length)
    else this.#handler.reject(piece, begin, length)
  }

  /** Moves bytes into `#small` until it holds `want`; returns where it stopped reading. */
  #fill(data: Uint8Array, at: number, want: number): number {
    const end = Math.min(at + want - this.#filled, data.length)
    for (let i = at; i < end; i++) this.#small[this.#filled++] = data[i]!
    return end
  }
}
