// One connection of a torrent that knows only its infohash: says hello, hears who has the metadata, asks for its pieces.
// Everything else that the peer says is kept as it came, so that the live torrent takes the stream over without the peer
// noticing anything.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { bytesEqual, isCcbtError, readU32, toHex } from '@ccbt/primitives'
import type { CcbtError, Clock, HashRange } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'
import {
  createEncoder,
  createExtensionTable,
  encodeExtensionHandshake,
  encodeMetadataMessage,
  HANDSHAKE_BYTES,
  MessageId,
  parseExtensionHandshake,
  parseMetadataMessage,
  parseReserved,
  readHashMessage,
  UT_METADATA,
} from '@ccbt/wire-protocol'
import type { ExtensionHandshake, HashMessageHandler, MetadataMessage } from '@ccbt/wire-protocol'

import { dropped, violated } from '../errors.ts'
import { FloodGuard } from '../peer/flood-guard.ts'
import type { KnownPeer } from '../peer/peer-book.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { Framer } from './framer.ts'
import type { GreetedStream } from './inheritance.ts'

/** What a peer may say before the metadata is known: the largest bitfield and a Have for each of 29,000 pieces. */
const MAX_RECORD_BYTES = 524_288
const HAVE_BYTES = 9
/** Requests that we queue for a peer, told in the extension handshake. */
const OUR_REQUEST_QUEUE = 2000
/** A peer that does not read our requests, of 50 bytes each. */
const MAX_SEND_QUEUE_BYTES = 131_072
/** The protocol's name and its length. */
const PROTOCOL_BYTES = 20
const EXTENDED_AT = 6

/** What a connection reports to its owner; each may throw to end it. */
export interface MetadataConnectionOwner {
  /** The peer has said who it is. */
  greeted(connection: MetadataConnection): void
  /** The peer's extension handshake. */
  introduced(connection: MetadataConnection, handshake: ExtensionHandshake): void
  metadata(connection: MetadataConnection, message: MetadataMessage): void
  /** Hashes of a v2 torrent's pieces; views, valid until this returns. */
  hashes(connection: MetadataConnection, range: HashRange, hashes: Uint8Array): void
  hashReject(connection: MetadataConnection, range: HashRange): void
  closed(connection: MetadataConnection, error: CcbtError | undefined): void
}

/** How a connection is made. */
export interface MetadataConnectionOptions {
  readonly stream: ByteStream
  readonly direction: 'in' | 'out'
  readonly known?: KnownPeer
  readonly owner: MetadataConnectionOwner
  readonly clock: Clock
  /** 20 bytes each: by any of them the peer may greet us. */
  readonly infoHashes: readonly Uint8Array[]
  /** Whether the link has a v2 hash. */
  readonly isV2: boolean
  /** Our handshake by one of these hashes; sent here to peers that have dialled us. */
  readonly greeting: (infoHash: Uint8Array) => Uint8Array
  readonly userAgent: string
  readonly listenPort: number
}

/** A connection in the metadata phase. */
export class MetadataConnection implements StreamHandler {
  readonly stream: ByteStream
  readonly direction: 'in' | 'out'
  /** Its entry in the peer list; an incoming one gets it when it says where it listens. */
  known: KnownPeer | undefined
  readonly flood: FloodGuard
  readonly openedAtMs: number
  lastReadAtMs: number
  lastWriteAtMs: number
  isGreeted = false
  isClosed = false
  peerId: Uint8Array = new Uint8Array(0)
  /** It may be asked for hashes (BEP 52). */
  hasV2 = false
  /** Answers that nobody asked for. */
  unrequested = 0
  readonly #options: MetadataConnectionOptions
  readonly #encoder = createEncoder()
  readonly #extensions = createExtensionTable()
  readonly #ourMetadataId: number
  readonly #framer = new Framer((unit) => this.#unit(unit))
  readonly #record = new ByteBuffer()
  /** We have no hashes to give; to what we ask for the owner listens. */
  readonly #hashMessages: HashMessageHandler = {
    hashRequest: (range) => this.#encoder.hashReject(range),
    hashes: (range, hashes) => this.#options.owner.hashes(this, range, hashes),
    hashReject: (range) => this.#options.owner.hashReject(this, range),
  }

  constructor(options: MetadataConnectionOptions) {
    this.#options = options
    this.stream = options.stream
    this.direction = options.direction
    this.known = options.known
    this.flood = new FloodGuard(options.clock, MAX_RECORD_BYTES / HAVE_BYTES)
    const now = options.clock.now()
    this.openedAtMs = now
    this.lastReadAtMs = now
    this.lastWriteAtMs = now
    this.#ourMetadataId = this.#extensions.register(UT_METADATA)
  }

  /** Where the other side can be reached, as far as that is known. */
  get endpoint(): Endpoint {
    return this.known?.endpoint ?? this.stream.remote
  }

  get address(): string {
    return formatEndpoint(this.endpoint)
  }

  get peerIdHex(): string {
    return toHex(this.peerId)
  }

  /** Whether the peer takes ut_metadata messages. */
  get canBeAsked(): boolean {
    return this.#extensions.remoteId(UT_METADATA) !== undefined
  }

  /** Starts reading; who dialled has spoken first. `head` is what was read before. */
  start(head: Uint8Array): void {
    this.stream.attach(this)
    this.data(head)
  }

  data(bytes: Uint8Array): void {
    if (this.isClosed) return
    this.lastReadAtMs = this.#options.clock.now()
    try {
      this.#framer.push(bytes)
    } catch (error) {
      if (!isCcbtError(error) || error.blame === 'us') throw error
      this.close(error)
    }
    this.flush()
  }

  drained(): void {}

  closed(error?: CcbtError): void {
    this.close(error)
  }

  /** Asks for or refuses a piece of metadata; to a peer that does not take such messages nothing is sent. */
  send(message: MetadataMessage): void {
    const id = this.#extensions.remoteId(UT_METADATA)
    if (id !== undefined) this.#encoder.extended(id, encodeMetadataMessage(message))
  }

  /** Asks for hashes. */
  askHashes(range: HashRange): void {
    this.#encoder.hashRequest(range)
  }

  keepAlive(): void {
    this.#encoder.keepAlive()
    this.flush()
  }

  /** Sends what is to be said. */
  flush(): void {
    if (this.#encoder.pending === 0 || this.isClosed) return
    if (this.stream.queuedBytes > MAX_SEND_QUEUE_BYTES) {
      this.close(dropped('does not read what we send'))
      return
    }
    this.lastWriteAtMs = this.#options.clock.now()
    this.stream.write(this.#encoder.take())
  }

  /** Ends the connection; the owner hears of it once. */
  close(error?: CcbtError): void {
    if (this.isClosed) return
    this.#release()
    this.stream.close()
    this.#options.owner.closed(this, error)
  }

  /** Lets go of the stream for somebody else; undefined when the peer has not said hello. The owner hears nothing. */
  handOver(): GreetedStream | undefined {
    if (this.isClosed || !this.isGreeted) return undefined
    const head = new ByteBuffer()
    head.append(this.#record.view)
    head.append(this.#framer.rest)
    this.#release()
    const { stream, direction, known } = this
    return { stream, direction, head: head.view, ...(known === undefined ? {} : { known }) }
  }

  #release(): void {
    this.isClosed = true
    this.#framer.stop()
    this.#record.clear()
  }

  #unit(unit: Uint8Array): void {
    if (this.isGreeted) this.#message(unit)
    else this.#handshake(unit)
  }

  #handshake(bytes: Uint8Array): void {
    const { infoHashes, greeting, isV2 } = this.#options
    const theirs = infoHashes.find((infoHash) => bytesEqual(bytes.subarray(28, 48), infoHash))
    const ours = greeting(theirs ?? bytes.slice(28, 48))
    const isOurProtocol = bytesEqual(bytes.subarray(0, PROTOCOL_BYTES), ours.subarray(0, PROTOCOL_BYTES))
    if (!isOurProtocol) throw violated('does not speak BitTorrent')
    this.peerId = bytes.slice(48, HANDSHAKE_BYTES)
    if (theirs === undefined) throw violated('answered for another torrent')
    this.#keep(bytes)
    const { fast, extended, v2 } = parseReserved(bytes.subarray(20, 28))
    this.hasV2 = v2 || (isV2 && theirs === infoHashes.at(-1))
    if (this.direction === 'in') this.stream.write(ours)
    this.#options.owner.greeted(this)
    this.isGreeted = true
    if (fast) this.#encoder.haveNone()
    if (extended) this.#introduce()
  }

  #message(unit: Uint8Array): void {
    this.flood.count()
    if (unit.length === 4) return
    const id = unit[4]
    if (id === MessageId.piece) throw violated('sent a block that was not requested')
    if (id === MessageId.hashRequest || id === MessageId.hashes || id === MessageId.hashReject) {
      readHashMessage(unit, this.#hashMessages)
      return
    }
    if (id !== MessageId.extended) {
      this.#keep(unit)
      return
    }
    if (readU32(unit, 0) < 2) throw violated('sent an empty extension message')
    const payload = unit.subarray(EXTENDED_AT)
    if (unit[EXTENDED_AT - 1] === this.#ourMetadataId) this.#metadata(payload)
    else if (unit[EXTENDED_AT - 1] === 0) this.#introduced(unit, payload)
    else this.#keep(unit)
  }

  #introduced(unit: Uint8Array, payload: Uint8Array): void {
    this.flood.countExtensionHandshake()
    const handshake = parseExtensionHandshake(payload)
    this.#keep(unit)
    this.#extensions.update(handshake)
    this.#options.owner.introduced(this, handshake)
  }

  #metadata(payload: Uint8Array): void {
    const message = parseMetadataMessage(payload)
    if (message === undefined) return
    if (message.kind === 'request') this.send({ kind: 'reject', piece: message.piece })
    else this.#options.owner.metadata(this, message)
  }

  #keep(bytes: Uint8Array): void {
    if (this.#record.length + bytes.length > MAX_RECORD_BYTES) throw dropped('says more than we can keep')
    this.#record.append(bytes)
  }

  #introduce(): void {
    const { userAgent, listenPort } = this.#options
    const m = this.#extensions.local
    this.#encoder.extended(0, encodeExtensionHandshake({ m, v: userAgent, p: listenPort, reqq: OUR_REQUEST_QUEUE }))
  }
}
