// The way of a block from disk to a peer. Requests wait in the connection's queue and are served while the socket takes
// bytes and the limits allow; reads that miss the cache suspend that one connection only.

import { isCcbtError } from '@ccbt/primitives'
import type { CcbtError, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'
import { encodePieceHeader } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { TorrentXet } from '../xet/torrent-xet.ts'

/** BEP 3: clients close connections that ask for more. */
const MAX_REQUEST_BYTES = 16_384
const PIECE_HEADER_BYTES = 13

/** What an uploader works with and tells. */
export interface UploaderParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: PieceStore
  readonly clock: Clock
  readonly xet?: Pick<TorrentXet, 'exchange'>
  /** Whether the peer may know that we have the piece. */
  readonly isShown: (connection: Connection, piece: PieceIndex) => boolean
  readonly onPayload: (connection: Connection, piece: PieceIndex, bytes: number) => void
  readonly onReadFailed: (error: CcbtError, piece: PieceIndex) => void
}

/** The serving half of a live torrent. */
export class Uploader {
  readonly #parts: UploaderParts

  constructor(parts: UploaderParts) {
    this.#parts = parts
  }

  /** A request came in; false when it is not queued, but rejected (fast extension) or ignored. */
  requested(connection: Connection, piece: number, begin: number, length: number): boolean {
    const { layout, picker, isShown } = this.#parts
    if (!layout.contains(piece, begin, length) || length > MAX_REQUEST_BYTES) {
      if (!connection.hasFast) throw violated('requested bytes that do not exist')
      connection.encoder.reject(piece, begin, length)
      return false
    }
    const mayServe = !connection.amChoking && picker.have.has(piece) && isShown(connection, piece as PieceIndex)
    if (mayServe && connection.uploads.push(piece, begin, length)) return true
    if (connection.hasFast) connection.encoder.reject(piece, begin, length)
    return false
  }

  cancelled(connection: Connection, piece: number, begin: number, length: number): void {
    if (!connection.uploads.remove(piece, begin, length)) return
    if (connection.hasFast) connection.encoder.reject(piece, begin, length)
  }

  /** The connection has ended. */
  gone(connection: Connection): void {
    connection.held.releaseAll()
    this.#parts.xet?.exchange?.left(connection)
  }

  /** We choke the peer: what it has asked for is not served any more. */
  choke(connection: Connection): void {
    connection.uploads.clear((piece, begin, length) => {
      if (connection.hasFast) connection.encoder.reject(piece, begin, length)
    })
  }

  /** Sends blocks until the socket is full, the queue empty, the limit reached or a read has to be waited for. */
  serve(connection: Connection): void {
    connection.held.settle()
    this.#parts.xet?.exchange?.serve(connection)
    if (connection.isReadingDisk || connection.uploads.length === 0) return
    connection.flush()
    connection.sendWindow.filled(this.#parts.clock.now())
    connection.stream.cork()
    while (
      !connection.isClosed &&
      !connection.isReadingDisk &&
      connection.stream.queuedBytes < connection.sendWindow.bytes
    ) {
      if (!connection.limits.upload.mayTake) {
        if (connection.uploads.length > 0) connection.limits.upload.wait()
        break
      }
      const request = connection.uploads.shift()
      if (request === undefined) break
      this.#serveOne(connection, request)
    }
    connection.stream.uncork()
  }

  #serveOne(connection: Connection, request: { piece: number; begin: number; length: number }): void {
    const { piece, begin, length } = request
    const data = this.#parts.store.read(piece as PieceIndex, begin, length)
    if (!(data instanceof Promise)) {
      this.#send(connection, request, data)
      return
    }
    connection.isReadingDisk = true
    void this.#sendLater(connection, request, data)
  }

  async #sendLater(
    connection: Connection,
    request: { piece: number; begin: number; length: number },
    pending: Promise<Uint8Array>,
  ): Promise<void> {
    try {
      const data = await pending
      connection.isReadingDisk = false
      if (connection.isClosed) return
      this.#send(connection, request, data)
      this.serve(connection)
    } catch (error) {
      connection.isReadingDisk = false
      if (!isCcbtError(error)) throw error
      this.#parts.onReadFailed(error, request.piece as PieceIndex)
    }
  }

  #send(connection: Connection, request: { piece: number; begin: number; length: number }, data: Uint8Array): void {
    const header = Buffer.allocUnsafe(PIECE_HEADER_BYTES)
    encodePieceHeader(header, 0, request)
    connection.stream.write(header)
    if (connection.held.mayHold(data.buffer)) {
      connection.stream.write(data)
      connection.held.written(data.buffer)
    } else {
      connection.stream.write(data.slice())
    }
    connection.limits.sent(request.length, connection.stream.writtenBytes)
    this.#parts.onPayload(connection, request.piece as PieceIndex, request.length)
  }
}
