// Bytes in, messages out. Between two reads the decoder is in one of the states below; what it keeps is the head of a
// message (17 bytes), the handshake (68) or the part of a bitfield, extension or hash message that has arrived.
//
// Invariants: a length is judged before anything is kept for it; a block's payload is copied once, from the receive
// buffer to its place; a state is left before the handler is called, so the handler may stop or redirect at any time.

import { bug, readU32 } from '@ccbt/primitives'

import { handshakeInvalid, unexpected } from './errors.ts'
import { HANDSHAKE_BYTES, isHandshakeStart, readHandshake } from './handshake.ts'
import type { WireHandler } from './handler.ts'
import { deliverHashMessage } from './hash-messages.ts'
import { checkExtended, headLength, MAX_HEAD_BYTES, PIECE_HEADER_BYTES } from './limits.ts'
import type { WireLimits } from './limits.ts'
import { MessageId } from './message-id.ts'

/** Decodes what one connection receives. */
export interface WireDecoder {
  /**
   * Takes the next bytes and calls the handler for what they complete; not to be called by the handler.
   * @throws a WIRE_* error (blame: peer) or what the handler threw; afterwards the decoder is stopped.
   */
  push(data: Uint8Array): void
  /**
   * From here on the block now being received goes to `target`, which has the length of the block and takes the rest at
   * the same offset, or nowhere. Without such a block nothing happens.
   */
  redirect(target: Uint8Array | undefined): void
  /** The metadata is known: a bitfield has exactly this many bytes. */
  setBitfieldLength(bytes: number): void
  /** Ignores everything from here on and lets go of all buffers. */
  stop(): void
  /** Whether a block has begun and not ended. */
  readonly isReceivingBlock: boolean
  /** Bytes allocated for incomplete messages. */
  readonly bufferBytes: number
}

/** How a decoder starts. */
export interface DecoderOptions {
  /** False when the handshake has been read by someone else. */
  readonly expectHandshake: boolean
}

/**
 * A decoder for one connection.
 * @example createDecoder(handler, { maxBlockLength: 131_072 }).push(bytes)
 */
export function createDecoder(
  handler: WireHandler,
  limits: WireLimits,
  options: DecoderOptions = { expectHandshake: true },
): WireDecoder {
  return new Decoder(handler, limits, options)
}

/** Collecting the handshake. */
const HANDSHAKE = 0
/** Collecting length prefix, id and integers of a message. */
const HEAD = 1
/** Passing the payload of a block on. */
const BLOCK = 2
/** Collecting a bitfield, extension or hash message. */
const BODY = 3
/** Passing over a message with an unknown id. */
const SKIP = 4
const STOPPED = 5

/** Length prefix, and length prefix with id: where the head is looked at. */
const PREFIX_BYTES = 4
const ID_BYTES = 5

/** First size of the buffer of a body that comes in parts; doubled as bytes arrive. */
const FIRST_BODY_BYTES = 1024

class Decoder implements WireDecoder {
  readonly #handler: WireHandler
  #limits: WireLimits
  #state: number

  /** The handshake or the head of a message, as far as it has arrived. */
  readonly #head = new Uint8Array(HANDSHAKE_BYTES)
  #headFilled = 0
  #headWanted = PREFIX_BYTES

  /** Bytes of the block, body or unknown message that are still to come. */
  #left = 0

  #piece = 0
  #begin = 0
  #length = 0
  #target: Uint8Array | undefined

  /** The body's message id; of an extension message also the second id. */
  #bodyId = 0
  #extendedId = 0
  #body: Uint8Array | undefined
  #bodyFilled = 0

  /** Have All or Have None may still come (BEP 6). */
  #isOpening = true

  constructor(handler: WireHandler, limits: WireLimits, options: DecoderOptions) {
    this.#handler = handler
    this.#limits = limits
    this.#state = options.expectHandshake ? HANDSHAKE : HEAD
  }

  get isReceivingBlock(): boolean {
    return this.#state === BLOCK
  }

  get bufferBytes(): number {
    return this.#head.length + (this.#body?.length ?? 0)
  }

  push(data: Uint8Array): void {
    try {
      let at = 0
      while (at < data.length) at = this.#step(data, at)
    } catch (error) {
      this.stop()
      throw error
    }
  }

  redirect(target: Uint8Array | undefined): void {
    if (this.#state !== BLOCK) return
    this.#target = checkedTarget(target, this.#length)
  }

  setBitfieldLength(bytes: number): void {
    this.#limits = { ...this.#limits, bitfieldLength: bytes }
  }

  stop(): void {
    this.#state = STOPPED
    this.#target = undefined
    this.#body = undefined
  }

  /** Takes in what the state can use of `data` from `at` on; returns where it ended. */
  #step(data: Uint8Array, at: number): number {
    switch (this.#state) {
      case HEAD:
        return this.#takeHead(data, at)
      case BLOCK:
        return this.#takeBlock(data, at)
      case BODY:
        return this.#takeBody(data, at)
      case SKIP:
        return this.#skip(data, at)
      case HANDSHAKE:
        return this.#takeHandshake(data, at)
      default:
        return data.length
    }
  }

  #takeHandshake(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + HANDSHAKE_BYTES - this.#headFilled)
    this.#head.set(view(data, at, end), this.#headFilled)
    this.#headFilled += end - at
    // Judged with every read: who speaks another protocol is not waited for.
    if (!isHandshakeStart(this.#head, this.#headFilled)) throw handshakeInvalid()
    if (this.#headFilled < HANDSHAKE_BYTES) return end
    this.#headFilled = 0
    this.#state = HEAD
    this.#handler.handshake(readHandshake(this.#head))
    return end
  }

  /** A head that lies in `data` as a whole, which is nearly every one, is read where it is. */
  #takeHead(data: Uint8Array, at: number): number {
    if (this.#headFilled !== 0 || data.length - at < MAX_HEAD_BYTES) return this.#collectHead(data, at)
    const length = readU32(data, at)
    if (length === 0) {
      this.#handler.keepAlive()
      return at + PREFIX_BYTES
    }
    const end = at + headLength(data[at + PREFIX_BYTES]!, length, this.#limits)
    this.#message(data, at, length)
    return end
  }

  #collectHead(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + this.#headWanted - this.#headFilled)
    for (let i = at; i < end; i++) this.#head[this.#headFilled++] = data[i]!
    if (this.#headFilled === this.#headWanted) this.#growHead()
    return end
  }

  /** What was wanted of the head is there: wants more or handles the message. */
  #growHead(): void {
    const length = readU32(this.#head, 0)
    if (this.#headFilled === PREFIX_BYTES && length !== 0) {
      this.#headWanted = ID_BYTES
      return
    }
    if (this.#headFilled === ID_BYTES) {
      this.#headWanted = headLength(this.#head[PREFIX_BYTES]!, length, this.#limits)
      if (this.#headWanted > ID_BYTES) return
    }
    this.#headFilled = 0
    this.#headWanted = PREFIX_BYTES
    if (length === 0) this.#handler.keepAlive()
    else this.#message(this.#head, 0, length)
  }

  /** A message whose head is in `bytes` at `at` and has passed the limits. */
  #message(bytes: Uint8Array, at: number, length: number): void {
    const id = bytes[at + PREFIX_BYTES]!
    const first = at + ID_BYTES
    switch (id) {
      case MessageId.piece:
        return this.#startBlock(readU32(bytes, first), readU32(bytes, first + 4), length)
      case MessageId.request:
      case MessageId.cancel:
      case MessageId.reject:
        return this.#request(id, bytes, first)
      case MessageId.have:
      case MessageId.suggest:
      case MessageId.allowedFast:
        return this.#pieceMessage(id, readU32(bytes, first))
      case MessageId.port:
        return this.#handler.port(bytes[first]! * 256 + bytes[first + 1]!)
      case MessageId.extended:
        checkExtended(bytes[first]!, length)
        this.#extendedId = bytes[first]!
        return this.#startBody(id, length - 2)
      case MessageId.bitfield:
        // aria2 sends a whole bitfield in place of many Have messages at any time.
        this.#isOpening = false
        return this.#startBody(id, length - 1)
      case MessageId.hashRequest:
      case MessageId.hashes:
      case MessageId.hashReject:
        return this.#startBody(id, length - 1)
      default:
        return length === 1 ? this.#flag(id) : this.#startSkip(length - 1)
    }
  }

  #request(id: number, bytes: Uint8Array, at: number): void {
    this.#isOpening = false
    const piece = readU32(bytes, at)
    const begin = readU32(bytes, at + 4)
    const length = readU32(bytes, at + 8)
    if (id === MessageId.request) this.#handler.request(piece, begin, length)
    else if (id === MessageId.cancel) this.#handler.cancel(piece, begin, length)
    else this.#handler.reject(piece, begin, length)
  }

  #pieceMessage(id: number, piece: number): void {
    this.#isOpening = false
    if (id === MessageId.have) this.#handler.have(piece)
    else if (id === MessageId.suggest) this.#handler.suggest(piece)
    else this.#handler.allowedFast(piece)
  }

  /** A message that is nothing but its id; unknown ones are ignored. */
  #flag(id: number): void {
    if (id === MessageId.haveAll || id === MessageId.haveNone) this.#announce(id)
    else if (id <= MessageId.notInterested) this.#isOpening = false
    switch (id) {
      case MessageId.choke:
        return this.#handler.choke()
      case MessageId.unchoke:
        return this.#handler.unchoke()
      case MessageId.interested:
        return this.#handler.interested()
      case MessageId.notInterested:
        return this.#handler.notInterested()
      case MessageId.haveAll:
        return this.#handler.haveAll()
      case MessageId.haveNone:
        return this.#handler.haveNone()
    }
  }

  /**
   * Have All and Have None come once, and before the peer chokes, asks or tells anything else. Extension messages may
   * come earlier: µTorrent and aria2 send their extension handshake first.
   */
  #announce(id: number): void {
    if (!this.#isOpening) throw unexpected(id)
    this.#isOpening = false
  }

  #startBlock(piece: number, begin: number, length: number): void {
    this.#isOpening = false
    this.#piece = piece
    this.#begin = begin
    this.#length = length - (PIECE_HEADER_BYTES - PREFIX_BYTES)
    this.#left = this.#length
    this.#state = BLOCK
    const target = checkedTarget(this.#handler.blockBegin(piece, begin, this.#length), this.#length)
    if (this.#state === BLOCK) this.#target = target
  }

  #takeBlock(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + this.#left)
    // A read within one block needs no view: 220 bytes of heap per block instead of 1285 with reads of 1460 bytes.
    const isWhole = end - at === data.length
    this.#target?.set(isWhole ? data : view(data, at, end), this.#length - this.#left)
    this.#left -= end - at
    if (this.#left === 0) {
      this.#target = undefined
      this.#state = HEAD
      this.#handler.blockEnd(this.#piece, this.#begin, this.#length)
    }
    return end
  }

  #startSkip(bytes: number): void {
    this.#left = bytes
    this.#state = SKIP
  }

  #skip(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) this.#state = HEAD
    return end
  }

  #startBody(id: number, bytes: number): void {
    this.#bodyId = id
    this.#left = bytes
    this.#bodyFilled = 0
    if (bytes === 0) this.#endBody(new Uint8Array(0))
    else this.#state = BODY
  }

  #takeBody(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + this.#left)
    const part = view(data, at, end)
    this.#left -= part.length
    if (this.#left === 0 && this.#bodyFilled === 0) this.#endBody(part)
    else this.#collectBody(part)
    return end
  }

  /** The buffer follows what has arrived, not what was announced: it is at most twice as long. */
  #collectBody(part: Uint8Array): void {
    const filled = this.#bodyFilled + part.length
    let body = this.#body
    if (body === undefined || body.length < filled) {
      const wanted = Math.max(filled, FIRST_BODY_BYTES, 2 * (body?.length ?? 0))
      const larger = new Uint8Array(Math.min(wanted, filled + this.#left))
      if (body !== undefined) larger.set(view(body, 0, this.#bodyFilled))
      body = larger
      this.#body = body
    }
    body.set(part, this.#bodyFilled)
    this.#bodyFilled = filled
    if (this.#left === 0) this.#endBody(view(body, 0, filled))
  }

  #endBody(body: Uint8Array): void {
    this.#body = undefined
    this.#state = HEAD
    if (this.#bodyId === MessageId.bitfield) this.#handler.bitfield(body)
    else if (this.#bodyId === MessageId.extended) this.#handler.extended(this.#extendedId, body)
    else deliverHashMessage(this.#handler, this.#bodyId, body)
  }
}

/** A plain view, also of a Buffer, whose `slice` would not copy in the hands of the handler. */
function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

function checkedTarget(target: Uint8Array | undefined, length: number): Uint8Array | undefined {
  if (target !== undefined && target.length !== length) throw bug(`${target.length} bytes for a block of ${length}`)
  return target
}
