// cc_xet among the peers of one public torrent: what they ask goes to a responder for each, what we ask are chunk maps and
// the hashes of blocks.

import type { ChunkList } from '@ccbt/chunker'
import type { MutableItem } from '@ccbt/discovery'
import type { Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import { CC_XET, encodeXet, parseXet } from '@ccbt/wire-protocol'
import type { XetAbilities, XetMessage } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import { BlockHashes } from './block-hashes.ts'
import { MapFetch } from './map-fetch.ts'
import { owned } from './owned-message.ts'
import { MAX_PENDING, Responder } from './responder.ts'
import type { ContentPeer } from './responder.ts'
import type { SessionXet } from './session-xet.ts'
import type { TorrentScope } from './torrent-scope.ts'

/** Answers to nothing, before the connection is closed: some come too late. */
const MAX_UNREQUESTED = 64

/** What a head counts: its signature takes 0.1 ms. */
const HEAD_WEIGHT = 100

/** What we answer. */
export const OUR_ABILITIES: XetAbilities = {
  suites: [1],
  queue: MAX_PENDING,
  maps: true,
  data: true,
  places: true,
  heads: true,
  zstd: true,
  blocks: true,
}

/** What an {@link Exchange} works with. */
export interface ExchangeParts {
  readonly chunks: SessionXet
  readonly scope: TorrentScope
  readonly layout: Layout
  readonly picker: Pick<PiecePicker, 'hasPiece'>
  readonly clock: Clock
  readonly flushSoon: (connection: Connection) => void
  /** So many bytes of chunks were sent. */
  readonly onUploaded: (connection: Connection, bytes: number) => void
  readonly onFailed: (error: unknown) => void
}

interface PeerState {
  readonly abilities: XetAbilities
  readonly responder: Responder
  unrequested: number
}

/** The extension in one torrent. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #maps: MapFetch
  readonly #blocks: BlockHashes
  /** Those whose handshake has the extension; forgotten with the connection. */
  readonly #peers = new Map<Connection, PeerState>()

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    const send = (connection: Connection, message: XetMessage): void => this.#send(connection, message)
    let id = 0
    const nextId = (): number => ++id
    const tellsMaps = ({ maps, suites }: XetAbilities): boolean => maps && suites.includes(1)
    this.#maps = new MapFetch({
      ...parts,
      index: parts.chunks.index,
      askable: () => this.#thoseWho(tellsMaps),
      send,
      nextId,
    })
    this.#blocks = new BlockHashes({ ...parts, askable: (piece) => this.#knowing(piece), send, nextId })
  }

  /** A peer has said what it answers. */
  introduced(connection: Connection, abilities: XetAbilities): void {
    if (this.#peers.has(connection)) return
    const responder = new Responder({
      scope: this.#parts.scope,
      index: this.#parts.chunks.index,
      clock: this.#parts.clock,
      peer: this.#asPeer(connection, abilities),
    })
    this.#peers.set(connection, { abilities, responder, unrequested: 0 })
    this.#maps.joined()
  }

  /** Takes the payload of a message. @throws WIRE_EXTENSION_INVALID, PEER_PROTOCOL_VIOLATED */
  received(connection: Connection, payload: Uint8Array): void {
    const message = parseXet(payload)
    const peer = this.#peers.get(connection)
    if (message === undefined || peer === undefined || peer.responder.received(owned(message))) return
    if (message.type === 'head') this.#head(connection, message)
    else if (!this.#isAnswer(connection, message) && ++peer.unrequested > MAX_UNREQUESTED) {
      throw violated('keeps sending what was not requested')
    }
  }

  /** The connection takes bytes again. */
  serve(connection: Connection): void {
    this.#peers.get(connection)?.responder.serve()
  }

  left(connection: Connection): void {
    this.#blocks.left(connection)
    this.#peers.get(connection)?.responder.stop()
    this.#peers.delete(connection)
  }

  /** The chunks of a file; `undefined` when no peer tells in time. */
  mapOf(fileIndex: number, size: number, fileHash: Uint8Array | undefined): Promise<ChunkList | undefined> {
    return this.#maps.fetch({ number: this.#parts.scope.numberOf(fileIndex), size, fileHash })
  }

  /** What the blocks of a piece hash to, as a peer tells it; `undefined` when none does. More pieces will be asked for. */
  blockHashes(piece: PieceIndex, isWanted: (piece: PieceIndex) => boolean): Promise<Uint8Array | undefined> {
    return this.#blocks.of(piece, isWanted)
  }

  /** Shows a signed item to all peers, but for the one that it came from. */
  pushHead({ publicKey, signature, seq, salt, value }: Omit<MutableItem, 'kind'>, from?: Connection): void {
    for (const [connection, { abilities }] of this.#peers) {
      if (!abilities.heads || connection === from) continue
      this.#send(connection, { type: 'head', id: 0, publicKey, signature, seq, salt, value })
    }
  }

  stop(): void {
    this.#maps.stop()
    this.#blocks.stop()
    for (const { responder } of this.#peers.values()) responder.stop()
    this.#peers.clear()
  }

  /** What is new goes on, once. */
  #head(connection: Connection, message: Extract<XetMessage, { type: 'head' }>): void {
    connection.flood.count(HEAD_WEIGHT)
    const outcome = this.#parts.chunks.heads.received(message)
    if (outcome === 'forged') throw violated('sent an item that its owner has not signed')
    if (outcome === 'told') this.pushHead(message, connection)
  }

  #isAnswer(connection: Connection, message: XetMessage): boolean {
    if (message.type === 'map') return this.#maps.received(connection, message)
    if (message.type === 'blocks') return this.#blocks.received(connection, message)
    if (message.type !== 'reject') return false
    return this.#maps.rejected(connection, message.id) || this.#blocks.rejected(connection, message)
  }

  *#thoseWho(can: (abilities: XetAbilities) => boolean): Iterable<Connection> {
    for (const [connection, { abilities }] of this.#peers) if (can(abilities) && !connection.isClosed) yield connection
  }

  *#knowing(piece: PieceIndex): Iterable<Connection> {
    for (const connection of this.#thoseWho(({ blocks }) => blocks)) {
      if (connection.isAdded && this.#parts.picker.hasPiece(connection.slot, piece)) yield connection
    }
  }

  #asPeer(connection: Connection, { zstd }: XetAbilities): ContentPeer {
    return {
      takesZstd: zstd,
      get isServed() {
        return !connection.amChoking
      },
      mayUpload: () => {
        if (connection.isClosed || connection.stream.queuedBytes >= connection.sendWindow.bytes) return false
        if (connection.limits.upload.mayTake) return true
        connection.limits.upload.wait()
        return false
      },
      send: (message) => this.#send(connection, message),
      uploaded: (bytes) => {
        connection.flush()
        connection.limits.sent(bytes, connection.stream.writtenBytes)
        this.#parts.onUploaded(connection, bytes)
      },
    }
  }

  #send(connection: Connection, message: XetMessage): void {
    const id = connection.extensions.remoteId(CC_XET)
    if (id === undefined || connection.isClosed) return
    connection.encoder.extended(id, encodeXet(message))
    this.#parts.flushSoon(connection)
  }
}
