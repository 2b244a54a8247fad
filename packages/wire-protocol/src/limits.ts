// How long a message may be. Asked as soon as length prefix and id are there, before anything is kept of the message.

import { lengthInvalid, messageTooLong } from './errors.ts'
import { HASH_BYTES, HASH_RANGE_BYTES, MAX_HASHES, MAX_PROOF_LAYERS } from './hash-messages.ts'
import { FIXED_LENGTHS, MessageId } from './message-id.ts'

/** Bounds on what a peer may send, bytes. */
export interface WireLimits {
  /**
   * Longest message that is neither block nor bitfield; default {@link DEFAULT_MAX_MESSAGE_BYTES}. An extension
   * message is kept until it is complete, so this is also what a silent peer can make us hold.
   */
  readonly maxMessageLength?: number
  /** Exact length of this torrent's bitfield; absent = not known yet, at most {@link MAX_BITFIELD_BYTES}. */
  readonly bitfieldLength?: number
  /** Longest payload of a `piece` message. */
  readonly maxBlockLength: number
}

/** Eight times the largest useful extension message: 16 KiB of metadata (BEP 9) with its dictionary. */
export const DEFAULT_MAX_MESSAGE_BYTES = 131_072

/** 2^21 pieces: more than any torrent that is accepted. */
export const MAX_BITFIELD_BYTES = 262_144

/** Longest extension handshake (BEP 10); real ones stay below 1 KiB. */
export const MAX_EXTENSION_HANDSHAKE_BYTES = 16_384

/** Bytes of the longest message head: length prefix, id and three integers. */
export const MAX_HEAD_BYTES = 17

/** Length prefix, id, piece and begin: what comes before the payload of a `piece` message. */
export const PIECE_HEADER_BYTES = 13

/** `length` of a hash request or hash reject, and of the longest `hashes` message (BEP 52). */
const HASH_RANGE_LENGTH = 1 + HASH_RANGE_BYTES
const MAX_HASHES_LENGTH: number = HASH_RANGE_LENGTH + (MAX_HASHES + MAX_PROOF_LAYERS) * HASH_BYTES

/** `length` of a `piece` message without its payload. */
const PIECE_FIELDS_BYTES = 9

/**
 * How many bytes from the length prefix on make up the head of a message: all of a fixed-size one, else what comes before
 * the payload.
 * @throws WIRE_MESSAGE_LENGTH_INVALID, WIRE_MESSAGE_TOO_LONG
 */
export function headLength(id: number, length: number, limits: WireLimits): number {
  if (id === MessageId.piece) {
    // No request is for nothing, so an empty block answers none.
    if (length <= PIECE_FIELDS_BYTES) throw lengthInvalid(id, length)
    const limit = limits.maxBlockLength + PIECE_FIELDS_BYTES
    if (length > limit) throw messageTooLong(id, length, limit)
    return PIECE_HEADER_BYTES
  }
  const fixed = FIXED_LENGTHS[id]!
  if (fixed === 0) return variableHeadLength(id, length, limits)
  if (length !== fixed) throw lengthInvalid(id, length)
  return 4 + length
}

function hashHeadLength(id: number, length: number): number {
  const limit = id === MessageId.hashes ? MAX_HASHES_LENGTH : HASH_RANGE_LENGTH
  if (length > limit) throw messageTooLong(id, length, limit)
  if (length < HASH_RANGE_LENGTH) throw lengthInvalid(id, length)
  return 5
}

function variableHeadLength(id: number, length: number, limits: WireLimits): number {
  if (id >= MessageId.hashRequest && id <= MessageId.hashReject) return hashHeadLength(id, length)
  const isBitfield = id === MessageId.bitfield
  const limit = 1 + (isBitfield ? MAX_BITFIELD_BYTES : (limits.maxMessageLength ?? DEFAULT_MAX_MESSAGE_BYTES))
  if (length > limit) throw messageTooLong(id, length, limit)
  if (isBitfield && limits.bitfieldLength !== undefined && length !== limits.bitfieldLength + 1) {
    throw lengthInvalid(id, length)
  }
  if (id !== MessageId.extended) return 5
  if (length < 2) throw lengthInvalid(id, length)
  return 6
}

/** The same for the extension handshake, which is known by the second id. @throws WIRE_MESSAGE_TOO_LONG */
export function checkExtended(extendedId: number, length: number): void {
  const limit = MAX_EXTENSION_HANDSHAKE_BYTES + 2
  if (extendedId === 0 && length > limit) throw messageTooLong(MessageId.extended, length, limit)
}
