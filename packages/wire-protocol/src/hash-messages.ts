// The three messages about Merkle trees of v2 torrents (BEP 52): hash request, hashes, hash reject. All begin with the
// same 48 bytes, which name a part of a layer of one file's tree.
//
// A request may ask for anything: whoever answers it judges. `hashes` answer a request of ours, and we ask for no more
// than MAX_HASHES, so here they must be sensible, and as long as their fields say.

import { readU32, writeU32 } from '@ccbt/primitives'
import type { HashRange } from '@ccbt/primitives'

import { hashesInvalid, lengthInvalid } from './errors.ts'
import type { WireHandler } from './handler.ts'
import { MessageId } from './message-id.ts'

/** Length of a SHA-256. */
export const HASH_BYTES = 32

/** Payload of a hash request or hash reject, and what comes before the hashes in a `hashes` message. */
export const HASH_RANGE_BYTES = 48

/** Hashes of one layer in a message: BEP 52 advises against asking for more. */
export const MAX_HASHES = 512

/** Blocks are counted in 32 bits, so no tree has more layers above its leaves that need an uncle. */
export const MAX_PROOF_LAYERS = 31

/** The range that `payload`, at least {@link HASH_RANGE_BYTES} long, begins with; its root is a view. */
export function readHashRange(payload: Uint8Array): HashRange {
  return {
    piecesRoot: payload.subarray(0, HASH_BYTES),
    baseLayer: readU32(payload, HASH_BYTES),
    index: readU32(payload, HASH_BYTES + 4),
    length: readU32(payload, HASH_BYTES + 8),
    proofLayers: readU32(payload, HASH_BYTES + 12),
  }
}

/** Writes a range, {@link HASH_RANGE_BYTES} bytes, at `at`. */
export function writeHashRange(out: Uint8Array, at: number, range: HashRange): void {
  out.set(range.piecesRoot, at)
  writeU32(out, at + HASH_BYTES, range.baseLayer)
  writeU32(out, at + HASH_BYTES + 4, range.index)
  writeU32(out, at + HASH_BYTES + 8, range.length)
  writeU32(out, at + HASH_BYTES + 12, range.proofLayers)
}

/** What takes hash messages. */
export type HashMessageHandler = Pick<WireHandler, 'hashRequest' | 'hashes' | 'hashReject'>

/**
 * Tells the handler of a whole hash message with its length prefix, for who cuts the stream into messages by itself.
 * @throws WIRE_MESSAGE_LENGTH_INVALID, WIRE_HASHES_INVALID
 */
export function readHashMessage(message: Uint8Array, handler: HashMessageHandler): void {
  const id = message[4]!
  const payload = message.subarray(5)
  const isWhole = id === MessageId.hashes ? payload.length > HASH_RANGE_BYTES : payload.length === HASH_RANGE_BYTES
  if (!isWhole) throw lengthInvalid(id, payload.length + 1)
  deliverHashMessage(handler, id, payload)
}

/**
 * Tells the handler of a hash message whose length fits its id.
 * @throws WIRE_HASHES_INVALID
 */
export function deliverHashMessage(handler: HashMessageHandler, id: number, payload: Uint8Array): void {
  const range = readHashRange(payload)
  if (id === MessageId.hashRequest) handler.hashRequest?.(range)
  else if (id === MessageId.hashReject) handler.hashReject?.(range)
  else {
    const hashes = payload.subarray(HASH_RANGE_BYTES)
    checkHashes(range, hashes.length)
    handler.hashes?.(range, hashes)
  }
}

function checkHashes({ index, length, proofLayers }: HashRange, bytes: number): void {
  const levels = Math.log2(length)
  if (length < 2 || length > MAX_HASHES || !Number.isInteger(levels)) throw hashesInvalid(`${length} hashes of a layer`)
  if (index % length !== 0) throw hashesInvalid('an index that is no multiple of the length')
  if (proofLayers > MAX_PROOF_LAYERS) throw hashesInvalid(`${proofLayers} proof layers`)
  // What the hashes themselves give needs no proof: the first log2(length) - 1 layers.
  const uncles = Math.max(0, proofLayers + 1 - levels)
  if (bytes !== (length + uncles) * HASH_BYTES)
    throw hashesInvalid(`${bytes} bytes of hashes, which do not fit the rest`)
}
