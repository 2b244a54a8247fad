// ut_metadata (BEP 9): the info dictionary from peers, in pieces of 16 KiB. What a peer claims here is worth nothing until
// the whole has the right hash; these functions only see to it that the parts fit together.

import { encode } from '@ccbt/bencode'
import { bug, concatBytes } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'
import { decodeDict, intWithin } from './payload.ts'

/** The name of the extension in the handshake. */
export const UT_METADATA = 'ut_metadata'

/** Bytes of each piece of metadata but the last. */
export const METADATA_PIECE_BYTES = 16_384

/** The largest metadata that is taken seriously: 64 MiB. */
export const MAX_METADATA_BYTES = 67_108_864

const MAX_PIECE = MAX_METADATA_BYTES / METADATA_PIECE_BYTES - 1

/** A ut_metadata message. `piece` counts pieces of the metadata, not of the torrent; `totalSize` is bytes. */
export type MetadataMessage =
  | { readonly kind: 'request'; readonly piece: number }
  | { readonly kind: 'data'; readonly piece: number; readonly totalSize: number; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly piece: number }

/** Bytes of `piece` of metadata of `totalSize` bytes; 0 when there is no such piece. */
export function metadataPieceLength(piece: number, totalSize: number): number {
  return Math.min(METADATA_PIECE_BYTES, Math.max(0, totalSize - piece * METADATA_PIECE_BYTES))
}

/**
 * The payload of a ut_metadata message.
 * @example encoder.extended(id, encodeMetadataMessage({ kind: 'request', piece: 0 }))
 */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const { kind, piece } = message
  if (kind === 'request') return encode({ msg_type: 0, piece })
  if (kind === 'reject') return encode({ msg_type: 2, piece })
  const { totalSize, data } = message
  if (data.length !== metadataPieceLength(piece, totalSize)) throw bug(`metadata piece of ${data.length} bytes`)
  return concatBytes([encode({ msg_type: 1, piece, total_size: totalSize }), data])
}

/**
 * Reads a ut_metadata message; `data` is a view into `payload` and has exactly the length that the piece must have.
 * Undefined = a type that BEP 9 does not know, to be ignored.
 * @throws WIRE_EXTENSION_INVALID
 */
export function parseMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { dict, end } = decodeDict(UT_METADATA, payload)
  const type = intWithin(dict, 'msg_type', 0, 255)
  if (type === undefined) throw extensionInvalid(UT_METADATA, 'no message type')
  if (type > 2) return undefined
  const piece = intWithin(dict, 'piece', 0, MAX_PIECE)
  if (piece === undefined) throw extensionInvalid(UT_METADATA, 'no such piece')
  if (type === 0) return { kind: 'request', piece }
  if (type === 2) return { kind: 'reject', piece }
  const totalSize = intWithin(dict, 'total_size', 1, MAX_METADATA_BYTES)
  if (totalSize === undefined) throw extensionInvalid(UT_METADATA, 'no total size')
  const data = payload.subarray(end)
  if (data.length === 0 || data.length !== metadataPieceLength(piece, totalSize)) {
    throw extensionInvalid(UT_METADATA, `piece ${piece} of ${totalSize} bytes cannot have ${data.length}`)
  }
  return { kind: 'data', piece, totalSize, data }
}
