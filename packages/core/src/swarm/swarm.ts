// The connections of a live torrent: how they begin and end, and which part of the torrent each message goes to. The way
// of blocks is in downloader.ts and uploader.ts, who has what in interest.ts, who may download from us in choker.ts.

import { toHex } from '@ccbt/primitives'
import type { CcbtError, PieceIndex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import type { Handshake, WireHandler } from '@ccbt/wire-protocol'

import { Eviction } from '../blocking/eviction.ts'
import { HashExchange } from '../hashes/exchange.ts'
import { PeerLimits } from '../limit/peer-limits.ts'
import type { GreetedStream } from '../metadata/inheritance.ts'
import { Connection } from '../peer/connection.ts'
import type { ConnectionOwner } from '../peer/connection.ts'
import { Dialer } from '../peer/dialer.ts'
import { PeerBook } from '../peer/peer-book.ts'
import type { KnownPeer } from '../peer/peer-book.ts'
import { SwarmTraffic } from '../stats/swarm-traffic.ts'
import type { TorrentXet } from '../xet/torrent-xet.ts'
import { Admission } from './admission.ts'
import { Blame } from '../download/blame.ts'
import { Choker } from '../upload/choker.ts'
import { ConnectionTable } from './connection-table.ts'
import { tickConnection } from './connection-tick.ts'
import { Demand } from '../upload/demand.ts'
import { Downloader } from '../download/downloader.ts'
import { Extensions } from './extensions.ts'
import { Greeter } from './greeter.ts'
import { Heartbeat } from './heartbeat.ts'
import { Interest } from './interest.ts'
import { createMutualHelp } from './mutual-help.ts'
import type { MutualHelp } from './mutual-help.ts'
import type { Pex } from './pex.ts'
import { limitReading, readOn } from '../download/reading.ts'
import { Senders } from '../download/senders.ts'
import { SuperSeed } from '../upload/super-seed.ts'
import { Uploader } from '../upload/uploader.ts'
import { WebSeeds } from '../download/web-seeds/web-seeds.ts'
import type { SwarmParts } from './swarm-parts.ts'
import { messagesOf } from './wire-messages.ts'

/** A live torrent's peers. */
export class Swarm implements ConnectionOwner {
  readonly book: PeerBook
  readonly connections: ConnectionTable = new ConnectionTable()
  readonly downloader: Downloader
  readonly webSeeds: WebSeeds
  readonly xet: TorrentXet | undefined
  /** Absent for a v1 torrent. */
  readonly hashes: HashExchange | undefined
  downloaded = 0
  uploaded = 0
  readonly #parts: SwarmParts
  readonly #uploader: Uploader
  readonly #choker: Choker
  readonly #demand: Demand
  readonly #senders: Senders
  readonly #dialer: Dialer
  readonly #admission: Admission
  readonly #eviction: Eviction
  readonly #greeter: Greeter
  readonly #interest: Interest
  readonly #extensions: Extensions
  readonly #help: MutualHelp
  readonly #superSeed: SuperSeed | undefined
  readonly #blame: Blame
  readonly #traffic: SwarmTraffic
  readonly #heartbeat: Heartbeat
  #isStopped = false

  constructor(parts: SwarmParts) {
    this.#parts = parts
    this.xet = parts.xet
    this.book = parts.book ?? new PeerBook(parts.externalAddress, parts.gate)
    const { layout, picker, store, clock, random } = parts
    const { connections } = this
    this.#greeter = new Greeter(parts)
    this.#superSeed = parts.superSeeds ? new SuperSeed({ ...parts, connections }) : undefined
    this.#interest = new Interest({ layout, picker, connections, superSeed: this.#superSeed })
    this.#help = createMutualHelp({ ...parts, connections, punch: (peer) => this.#dialer.punch(peer) })
    this.#extensions = new Extensions({ ...parts, ...this.#help, book: this.book, interest: this.#interest })
    this.#uploader = new Uploader({
      ...parts,
      isShown: (c, piece) => this.#superSeed?.isShown(c, piece) ?? true,
      onPayload: (c, piece, bytes) => this.countUpload(c, bytes, piece),
      onReadFailed: (error) => parts.onDiskFailed(error),
    })
    this.hashes = this.#createHashes()
    this.#senders = new Senders({ ...parts, connections, book: this.book, webSeeds: () => this.webSeeds })
    this.#blame = this.#createBlame()
    const isSeeding = (): boolean => picker.isComplete
    this.#choker = new Choker({
      connections,
      uploader: this.#uploader,
      clock,
      random,
      isSeeding,
      policy: parts.choking,
      pieceLength: layout.nominalPieceLength,
      uploadLimitBps: () => parts.limits.remote.upload.effectiveBps,
      fixedSlots: parts.uploadSlots,
    })
    this.#demand = new Demand({ connections, choker: this.#choker, store })
    this.downloader = new Downloader({
      layout,
      picker,
      store,
      connections,
      clock,
      blame: this.#blame,
      onVerified: (piece) => this.#verified(piece),
      onCorrupt: parts.onCorrupt,
      onDiskFailed: parts.onDiskFailed,
      onPayload: (bytes) => (this.downloaded += bytes),
      webSeeds: () => this.webSeeds,
    })
    this.webSeeds = new WebSeeds({ ...parts, connections, intake: this.downloader.intake })
    this.#dialer = this.#createDialer()
    this.#admission = new Admission({ ...parts, connections, book: this.book, greeter: this.#greeter })
    this.#eviction = new Eviction(parts.gate, connections)
    this.#heartbeat = new Heartbeat({
      clock,
      beat: (nowMs, elapsedMs) => this.#beat(nowMs, elapsedMs),
      isAlone: () => connections.size === 0 && picker.isComplete,
      onDeserted: parts.onDeserted,
    })
    this.#traffic = new SwarmTraffic(this, parts.traffic)
  }

  #createDialer(): Dialer {
    return new Dialer({
      ...this.#parts,
      book: this.book,
      connected: () => this.connections.remotes(),
      isComplete: () => this.#parts.picker.isComplete,
      greeting: (infoHash) => this.#greeter.greeting(infoHash),
      onConnected: (stream, peer) => this.#connected(stream, peer),
      onUnreachable: (endpoint) => this.#help.holepunch?.unreachable(endpoint),
    })
  }

  #createHashes(): HashExchange | undefined {
    const { trees } = this.#parts
    if (trees === undefined) return undefined
    return new HashExchange({
      ...this.#parts,
      trees,
      connections: this.connections,
      onFound: (piece, leaves) => this.#blame.leavesFound(piece, leaves),
      onNotFound: (piece) => this.#blame.leavesNotFound(piece),
      onReadFailed: (error) => this.#parts.onDiskFailed(error),
    })
  }

  #createBlame(): Blame {
    return new Blame({
      ...this.#parts,
      leaves: this.hashes?.leaves,
      chooseSender: (piece) => this.#senders.choose(piece),
      ban: (slot, piece) => this.#senders.ban(slot, piece),
      abandon: (piece) => this.downloader.intake.abandon(piece),
      bytesFromHere: (piece) => this.xet?.bytesOf(piece) ?? 0,
      onJudged: (piece, good) => this.xet?.judged(piece, good) ?? 0,
      onWaste: (bytes) => (this.downloader.intake.waste.hashFailed += bytes),
    })
  }

  /** Absent where nobody may be told of others. */
  get pex(): Pex | undefined {
    return this.#help.pex
  }

  /** New addresses are in the book. */
  dial(): void {
    this.#dialer.fill()
    this.#heartbeat.wake()
  }

  /**
   * An accepted stream asked for this torrent; false when there is no place. `head` is what it has sent so far, `greeted`
   * is there when both sides have said hello.
   */
  adopt(stream: ByteStream, head: Uint8Array, greeted?: Pick<GreetedStream, 'direction' | 'known'>): boolean {
    if (this.#isStopped || !this.#admission.hasPlaceFor(stream.remote)) return false
    const connection = this.#open(stream, greeted?.direction ?? 'in', greeted?.known)
    connection.isGreeted = greeted !== undefined
    stream.attach(connection)
    connection.data(head)
    return true
  }

  /** Closes all connections; nothing is taken in or sent any more. */
  stop(): void {
    this.#isStopped = true
    this.#heartbeat.stop()
    this.xet?.stop()
    this.#dialer.stop()
    this.downloader.stop()
    this.#blame.stop()
    this.hashes?.stop()
    this.webSeeds.stop()
    for (const connection of Array.from(this.connections)) connection.close()
    this.#traffic.end()
  }

  /** Everything wanted is there: peers that have it too are of no use. */
  completed(): void {
    this.xet?.completed()
    this.#interest.completed()
    this.#introduceAgain()
  }

  /** The picker wants other pieces than before. */
  wantsChanged(): void {
    this.downloader.dropUnwanted()
    this.#introduceAgain()
    for (const connection of this.connections) {
      this.#interest.update(connection)
      this.downloader.refill(connection)
      if (connection.encoder.pending > 0) this.connections.flushSoon(connection)
    }
    this.webSeeds.start()
    this.dial()
  }

  /** Tells who speaks the extension protocol how we are now. */
  #introduceAgain(): void {
    for (const connection of this.connections) {
      if (!connection.isAdded || !connection.hasExtended) continue
      this.#extensions.introduce(connection)
      this.connections.flushSoon(connection)
    }
  }

  handshaken(connection: Connection, handshake: Handshake): void {
    this.#greeter.recognise(connection, handshake.infoHash)
    this.#admission.check(connection)
    this.#parts.onConnected(connection)
    connection.isAdded = true
    this.#parts.picker.peerAdded(connection.slot)
    if (connection.direction === 'in' && !connection.isGreeted) this.#greeter.answer(connection)
    this.#interest.introduce(connection)
    if (connection.hasExtended) this.#extensions.introduce(connection)
    const dhtPort = this.#greeter.dht?.port ?? 0
    if (connection.hasDht && dhtPort !== 0) connection.encoder.port(dhtPort)
  }

  afterRead(connection: Connection, bytes: number): void {
    if (!connection.isHandshaken) return
    this.downloader.refill(connection)
    this.#uploader.serve(connection)
    connection.flush()
    limitReading(connection, bytes)
  }

  drained(connection: Connection): void {
    connection.sendWindow.drained(this.#parts.clock.now())
    this.#uploader.serve(connection)
    connection.flush()
  }

  closed(connection: Connection, error: CcbtError | undefined): void {
    const { connections } = this
    connections.remove(connection)
    this.#traffic.left(connection)
    this.#superSeed?.left(connection)
    this.downloader.gone(connection)
    this.#uploader.gone(connection)
    if (!this.#isStopped) this.hashes?.leaves.left(connection)
    connection.limits.leave()
    if (connection.isAdded) this.#parts.picker.peerRemoved(connection.slot)
    const wasUseful = connection.isAdded && error?.blame !== 'peer'
    const { known, direction, isHandshaken } = connection
    if (known !== undefined) this.#dialer.ended(known, { direction, wasAnswered: isHandshaken, wasUseful })
    this.#extensions.ended(connection)
    if (this.#isStopped) return
    this.#parts.onDisconnected(connection.address, error?.message)
    this.#demand.left(connection)
    this.refill()
  }

  /** Asks all peers for what they may be asked for. */
  refill(): void {
    for (const connection of this.connections) {
      this.downloader.refill(connection)
      if (connection.encoder.pending > 0) this.connections.flushSoon(connection)
    }
  }

  messages(connection: Connection): Omit<WireHandler, 'handshake'> {
    return messagesOf(connection, {
      layout: this.#parts.layout,
      downloader: this.downloader,
      uploader: this.#uploader,
      interest: this.#interest,
      extensions: this.#extensions,
      hashes: this.hashes,
      dht: this.#greeter.dht,
      peerInterest: (c, isInterested) => this.#demand.said(c, isInterested),
    })
  }

  #connected(stream: ByteStream, peer: KnownPeer): void {
    if (this.#isStopped) {
      stream.close()
      return
    }
    stream.attach(this.#open(stream, 'out', peer))
  }

  #open(stream: ByteStream, direction: 'in' | 'out', known?: KnownPeer): Connection {
    const connection: Connection = new Connection({
      stream,
      limits: new PeerLimits(this.#parts.limits.of(stream.remote.host), {
        onDownloadTurn: () => readOn(connection, this.#parts.clock),
        onUploadTurn: () => this.#uploader.serve(connection),
      }),
      direction,
      slot: this.connections.freeSlot(),
      owner: this,
      clock: this.#parts.clock,
      store: this.#parts.store,
      pieces: this.#parts.layout.pieces,
      extensions: this.#help.extensions,
      tracing: { infoHash: toHex(this.#parts.infoHashes[0]!), tracer: this.#parts.tracer },
      ...(known === undefined ? {} : { known }),
    })
    this.connections.add(connection)
    if (this.connections.size === 1) this.#heartbeat.wake()
    return connection
  }

  #verified(piece: PieceIndex): void {
    this.#traffic.piecesVerified++
    this.#interest.weHave(piece)
    this.#parts.onVerified(piece)
  }

  /** So much payload was sent: of a piece, or of a chunk. */
  countUpload(connection: Connection, bytes: number, piece?: PieceIndex): void {
    this.uploaded += bytes
    connection.uploadMeter.add(bytes)
    if (piece !== undefined) this.#superSeed?.sent(connection, piece, bytes)
  }

  #beat(nowMs: number, elapsedMs: number): void {
    this.#eviction.tick()
    for (const connection of Array.from(this.connections)) {
      tickConnection(connection, this.downloader, nowMs, elapsedMs)
    }
    this.webSeeds.tick(elapsedMs)
    this.hashes?.leaves.tick()
    this.downloader.relieve()
    this.#choker.tick(nowMs)
    this.#superSeed?.tick()
    this.#help.pex?.tick(nowMs)
    this.#dialer.fill()
  }
}
