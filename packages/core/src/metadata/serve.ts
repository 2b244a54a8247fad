// Serves the metadata of a torrent to its peers (BEP 9). What a peer asks beyond its share, or faster than it reads, is
// rejected: a flood of requests of 25 bytes must not make us send 16 KiB for each.

import type { Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import {
  encodeMetadataMessage,
  METADATA_PIECE_BYTES,
  metadataPieceLength,
  parseMetadataMessage,
  UT_METADATA,
} from '@ccbt/wire-protocol'
import type { ExtensionTable, WireEncoder } from '@ccbt/wire-protocol'

/** What a peer may have at once beyond the whole metadata twice. */
const SPARE_PIECES = 16
/** How soon it may have one more: 256 KiB/s. */
const PIECE_EVERY_MS = 62.5
/** Bytes on their way to a peer above which it gets no more; its encoder takes 1 MiB. */
const MAX_WAITING_BYTES = 524_288

/** The parts of a connection that are needed to answer. */
export interface MetadataAsker {
  readonly encoder: Pick<WireEncoder, 'extended' | 'pending'>
  readonly extensions: Pick<ExtensionTable, 'remoteId'>
  readonly stream: Pick<ByteStream, 'queuedBytes'>
}

interface Share {
  pieces: number
  updatedAtMs: number
}

/**
 * Answers the requests of one torrent's peers.
 * @example
 * const metadata = new MetadataServer(metainfo.infoBytes, clock)
 * if (connection.extensions.nameOf(id) === UT_METADATA) metadata.received(connection, payload)
 */
export class MetadataServer {
  /** Bytes of the metadata, to be told in the extension handshake. */
  readonly size: number
  readonly #info: Uint8Array
  readonly #clock: Clock
  readonly #maxShare: number
  /** Forgotten with the connection. */
  readonly #shares = new WeakMap<MetadataAsker, Share>()

  /** `info` is the info dictionary as it was written. */
  constructor(info: Uint8Array, clock: Clock) {
    this.size = info.length
    this.#info = info
    this.#clock = clock
    this.#maxShare = 2 * Math.ceil(info.length / METADATA_PIECE_BYTES) + SPARE_PIECES
  }

  /** Takes the payload of a ut_metadata message; the answer is in the encoder. @throws WIRE_EXTENSION_INVALID */
  received(asker: MetadataAsker, payload: Uint8Array): void {
    const message = parseMetadataMessage(payload)
    const id = asker.extensions.remoteId(UT_METADATA)
    if (message?.kind !== 'request' || id === undefined) return
    const { piece } = message
    const totalSize = this.size
    const length = metadataPieceLength(piece, totalSize)
    if (length === 0 || !this.#mayHave(asker)) {
      asker.encoder.extended(id, encodeMetadataMessage({ kind: 'reject', piece }))
      return
    }
    const start = piece * METADATA_PIECE_BYTES
    const data = this.#info.subarray(start, start + length)
    asker.encoder.extended(id, encodeMetadataMessage({ kind: 'data', piece, totalSize, data }))
  }

  #mayHave(asker: MetadataAsker): boolean {
    if (asker.encoder.pending + asker.stream.queuedBytes > MAX_WAITING_BYTES) return false
    const now = this.#clock.now()
    const share = this.#shares.get(asker) ?? { pieces: this.#maxShare, updatedAtMs: now }
    share.pieces = Math.min(this.#maxShare, share.pieces + (now - share.updatedAtMs) / PIECE_EVERY_MS)
    share.updatedAtMs = now
    this.#shares.set(asker, share)
    if (share.pieces < 1) return false
    share.pieces--
    return true
  }
}
