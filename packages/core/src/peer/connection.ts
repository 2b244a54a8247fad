// One live connection to a peer of one torrent: wire state, flags, counters and the output buffer. What a message means
// for the torrent is decided by the torrent's parts behind `ConnectionOwner`; nothing here touches picker or disk.
//
// Output is collected in the encoder and leaves with `flush()`: one write per turn, however many messages.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { PieceStore } from '@ccbt/disk-io'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { BlockId, CcbtError, Clock, PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'
import { clientName, createDecoder, createEncoder, createExtensionTable, parseReserved } from '@ccbt/wire-protocol'
import type { ExtensionTable, Handshake, WireDecoder, WireEncoder, WireHandler } from '@ccbt/wire-protocol'

import { dropped } from '../errors.ts'
import type { PeerLimits } from '../limit/peer-limits.ts'
import { RateMeter } from '../stats/rate-meter.ts'
import { MessageTrace } from './message-trace.ts'
import type { PeerTracer } from './message-trace.ts'
import type { KnownPeer } from './peer-book.ts'
import { FloodGuard } from './flood-guard.ts'
import { HeldBuffers } from './held-buffers.ts'
import { RequestWindow } from './request-window.ts'
import { SendWindow } from './send-window.ts'
import { UploadQueue } from './upload-queue.ts'

/** What a connection reports to its torrent. */
export interface ConnectionOwner {
  /** The peer's handshake came; throw to refuse it. */
  handshaken(connection: Connection, handshake: Handshake): void
  /** All messages of one read are handled: time to request, serve and flush. */
  afterRead(connection: Connection, bytes: number): void
  /** What was written is with the kernel. */
  drained(connection: Connection): void
  closed(connection: Connection, error: CcbtError | undefined): void
  /** The messages of the protocol. */
  messages(connection: Connection): Omit<WireHandler, 'handshake'>
}

/** How a connection is made. */
export interface ConnectionOptions {
  readonly stream: ByteStream
  readonly slot: PeerSlot
  readonly direction: 'in' | 'out'
  readonly owner: ConnectionOwner
  readonly clock: Clock
  readonly limits: PeerLimits
  readonly store: Pick<PieceStore, 'retain' | 'release'>
  /** Pieces of the torrent. */
  readonly pieces: number
  /** Names of the extensions that we take, in the order of their ids. */
  readonly extensions: readonly string[]
  /** Who hears its messages. */
  readonly tracing?: { readonly infoHash: string; readonly tracer: PeerTracer | undefined }
  /** The entry of the peer list that this connection came from. */
  readonly known?: KnownPeer
}

/** Longest `piece` payload that is taken in: some old clients send 32 KiB blocks and more. */
const MAX_BLOCK_BYTES = 131_072

/** Unsent bytes of a peer that does not read, beyond what blocks may take. */
const MAX_SEND_QUEUE_BYTES = 4_194_304

/** A connection; its public fields are shared by the parts of the torrent. */
export class Connection implements StreamHandler {
  readonly stream: ByteStream
  readonly slot: PeerSlot
  readonly direction: 'in' | 'out'
  /** Its entry in the peer list; an incoming one gets it when it says where it listens. */
  known: KnownPeer | undefined
  /** Where the peer says that it listens in the other address family. */
  otherEndpoint: Endpoint | undefined
  readonly encoder: WireEncoder = createEncoder()
  readonly extensions: ExtensionTable = createExtensionTable()
  readonly window: RequestWindow = new RequestWindow()
  readonly sendWindow: SendWindow = new SendWindow()
  readonly limits: PeerLimits
  readonly uploads: UploadQueue = new UploadQueue()
  readonly held: HeldBuffers
  readonly flood: FloodGuard
  readonly downloadMeter: RateMeter = new RateMeter()
  readonly uploadMeter: RateMeter = new RateMeter()
  readonly openedAtMs: number
  /** Everything that was read, blocks and what is around them. */
  receivedBytes = 0

  amChoking = true
  amInterested = false
  peerChoking = true
  peerInterested = false
  isHandshaken = false
  /** Our handshakes went out before this connection was taken over. */
  isGreeted = false
  /** The picker knows this connection's slot. */
  isAdded = false
  isClosed = false
  /** It downloads nothing more (BEP 21). */
  isUploadOnly = false
  hasFast = false
  hasExtended = false
  hasDht = false
  /** It may be asked for hashes (BEP 52). */
  hasV2 = false
  /** By which of a hybrid torrent's hashes we are connected. */
  infoHash: Uint8Array | undefined
  peerId: Uint8Array = new Uint8Array(0)
  client = ''
  /** Pieces that the peer lets us request while choked (BEP 6). */
  readonly allowedFast: Set<PieceIndex> = new Set()

  /** Requests that we took back: a reject may still answer each. */
  takenBack = 0
  /** Requests that the peer rejected since it last sent a block, while it let us download. */
  rejected = 0
  /** Blocks and rejects that answered no request of ours. */
  unrequested = 0
  /** The block being received, or -1; and whether its bytes go to a place of its own first. */
  receiving: BlockId | -1 = -1
  receivingInto: 'segment' | 'scratch' | 'nowhere' = 'nowhere'
  scratch: Uint8Array | undefined
  lastBlockAtMs: number
  lastReadAtMs: number
  lastWriteAtMs: number
  /** We read nothing for now, to keep to a limit. */
  isPaused = false
  /** A block for this peer is being read from disk. */
  isReadingDisk = false
  /** Absent = nobody can look at it. */
  readonly trace: MessageTrace | undefined

  readonly #owner: ConnectionOwner
  readonly #clock: Clock
  readonly #decoder: WireDecoder

  constructor(options: ConnectionOptions) {
    for (const name of options.extensions) this.extensions.register(name)
    this.stream = options.stream
    this.slot = options.slot
    this.direction = options.direction
    this.known = options.known
    this.limits = options.limits
    this.held = new HeldBuffers(options.store, options.stream)
    this.flood = new FloodGuard(options.clock, options.pieces)
    this.#owner = options.owner
    this.#clock = options.clock
    const now = options.clock.now()
    this.openedAtMs = now
    this.lastBlockAtMs = now
    this.lastReadAtMs = now
    this.lastWriteAtMs = now
    const handler: WireHandler = Object.assign(options.owner.messages(this), {
      handshake: (handshake: Handshake) => this.#handshake(handshake),
    })
    const { infoHash = '', tracer } = options.tracing ?? {}
    const { encoder } = this
    this.trace = tracer && new MessageTrace({ tracer, infoHash, address: () => this.address, handler, encoder })
    this.#decoder = createDecoder(
      handler,
      { maxBlockLength: MAX_BLOCK_BYTES, bitfieldLength: (options.pieces + 7) >>> 3 },
      { expectHandshake: true },
    )
  }

  /** Where the other side can be reached, as far as that is known. */
  get endpoint(): Endpoint {
    return this.known?.endpoint ?? this.stream.remote
  }

  /** `host:port` of the other side. */
  get address(): string {
    return formatEndpoint(this.endpoint)
  }

  get peerIdHex(): string {
    return toHex(this.peerId)
  }

  /** Bytes as they come; also used to replay what was read before the torrent was known. */
  data(bytes: Uint8Array): void {
    if (this.isClosed) return
    this.lastReadAtMs = this.#clock.now()
    this.receivedBytes += bytes.length
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      if (!isCcbtError(error) || error.blame === 'us') throw error
      this.close(error)
      return
    }
    if (!this.isClosed) this.#owner.afterRead(this, bytes.length)
  }

  drained(): void {
    if (!this.isClosed) this.#owner.drained(this)
  }

  closed(error?: CcbtError): void {
    this.close(error)
  }

  /** Sends what the encoder has collected. */
  flush(): void {
    if (this.encoder.pending === 0 || this.isClosed) return
    if (this.encoder.isFull || this.stream.queuedBytes > MAX_SEND_QUEUE_BYTES) {
      this.close(dropped('does not read what we send'))
      return
    }
    this.lastWriteAtMs = this.#clock.now()
    this.stream.write(this.encoder.take())
  }

  /** Somebody else completed the block that is arriving: the rest of it goes nowhere. */
  divert(): void {
    this.receivingInto = 'nowhere'
    this.#decoder.redirect(undefined)
  }

  /** Ends the connection; the owner hears of it once. */
  close(error?: CcbtError): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#decoder.stop()
    this.stream.close()
    this.#owner.closed(this, error)
  }

  #handshake(handshake: Handshake): void {
    const reserved = parseReserved(handshake.reserved)
    this.hasFast = reserved.fast
    this.hasExtended = reserved.extended
    this.hasDht = reserved.dht
    this.hasV2 = reserved.v2
    this.peerId = handshake.peerId
    this.client = clientName(handshake.peerId)
    this.isHandshaken = true
    this.#owner.handshaken(this, handshake)
  }
}
