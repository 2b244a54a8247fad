// The connections of a torrent that knows only its infohash. Owns them and the peer book, and keeps them until the live
// torrent takes them. What is asked over them is in info-pursuit.ts and layer-pursuit.ts.

import type { Endpoint } from '@ccbt/address'
import type { Metainfo } from '@ccbt/metainfo'
import { bytesEqual } from '@ccbt/primitives'
import type { CcbtError, Clock, HashRange } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import { encodeHandshake, makeReserved } from '@ccbt/wire-protocol'
import type { ExtensionHandshake, MetadataMessage } from '@ccbt/wire-protocol'

import type { AddressGate } from '../blocking/address-gate.ts'
import { Eviction } from '../blocking/eviction.ts'
import { dropped, violated } from '../errors.ts'
import { replaces } from '../peer/crossing.ts'
import type { DialLimit } from '../peer/dial-limit.ts'
import { Dialer } from '../peer/dialer.ts'
import type { ExternalAddress } from '../peer/external-address.ts'
import { hasPlaceAt } from '../peer/host-limit.ts'
import { PeerBook } from '../peer/peer-book.ts'
import type { KnownPeer } from '../peer/peer-book.ts'
import type { TorrentNetwork } from '../peer/peer-network.ts'
import type { MetadataProgress } from './assembly.ts'
import { MetadataConnection } from './connection.ts'
import type { MetadataConnectionOwner } from './connection.ts'
import { InfoPursuit } from './info-pursuit.ts'
import type { GreetedStream } from './inheritance.ts'
import { LayerPursuit } from './layer-pursuit.ts'
import type { PieceLayers } from './layer-pursuit.ts'

const TICK_MS = 500
const HANDSHAKE_MS = 10_000
const SILENCE_MS = 150_000
const KEEP_ALIVE_MS = 100_000
/** A peer that has had so long to tell of metadata makes room when all places are taken. */
const USELESS_MS = 20_000
/** What a metadata swarm needs from its torrent and session. */
export interface MetadataSwarmParts {
  /** 20 bytes each, as on the wire: a link may name both hashes of a hybrid torrent, that of v1 first. */
  readonly infoHashes: readonly Uint8Array[]
  /** Whether the link has a v2 hash. */
  readonly isV2: boolean
  /** Whether these are the bytes that the hash was taken of. */
  readonly isRight: (bytes: Uint8Array) => boolean
  readonly maxMetadataBytes: number
  readonly network: TorrentNetwork
  readonly clock: Clock
  readonly gate: AddressGate
  readonly dialLimit: DialLimit
  readonly externalAddress: ExternalAddress
  readonly peerId: Uint8Array
  readonly listenPort: () => number
  readonly userAgent: string
  readonly maxPeers: number
  /** Called once. */
  readonly onMetadata: (bytes: Uint8Array) => void
  readonly onBanned: (address: string, reason: string) => void
  readonly onDisconnected: (address: string, reason: string | undefined) => void
}

/** The peers of a torrent in its metadata phase. */
export class MetadataSwarm implements MetadataConnectionOwner {
  readonly book: PeerBook
  readonly connections: Set<MetadataConnection> = new Set()
  readonly #parts: MetadataSwarmParts
  readonly #info: InfoPursuit
  readonly #dialer: Dialer
  readonly #eviction: Eviction
  #cancelTick: () => void
  #layers: LayerPursuit | undefined
  #isStopped = false

  constructor(parts: MetadataSwarmParts) {
    this.#parts = parts
    this.book = new PeerBook(parts.externalAddress, parts.gate)
    this.#info = new InfoPursuit({ ...parts, onLiar: (liar) => this.#ban(liar) })
    this.#dialer = new Dialer({
      ...parts,
      book: this.book,
      greeting: (infoHash) => this.#greeting(infoHash),
      connected: () => this.#remotes(),
      isComplete: () => false,
      onConnected: (stream, peer) => this.#connected(stream, peer),
    })
    this.#eviction = new Eviction(parts.gate, this.connections)
    this.#cancelTick = parts.clock.after(TICK_MS, () => this.#tick())
  }

  get progress(): MetadataProgress {
    return this.#info.progress
  }

  /** New addresses are in the book. */
  dial(): void {
    this.#dialer.fill()
  }

  /** Once the metadata is there: asks for the hashes of the pieces. */
  fetchLayers(metainfo: Metainfo): Promise<PieceLayers> {
    if (this.#isStopped) return Promise.resolve('stopped')
    const now = this.#parts.clock.now()
    this.#layers = new LayerPursuit(metainfo, now)
    for (const connection of this.connections) if (connection.isGreeted) this.#layers.joined(connection)
    this.#layers.ask(now)
    return this.#layers.result
  }

  /** Whoever waits for the hashes waits no more. */
  stopLayers(): void {
    this.#layers?.stop()
  }

  /** An accepted stream asked for this torrent; false when there is no place. `head` is what it has sent so far. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    if (this.#isStopped || this.book.refusal(stream.remote) !== undefined) return false
    if (!hasPlaceAt(stream.remote.host, this.#remotes())) return false
    if (this.connections.size >= this.#parts.maxPeers && !this.#dropUseless()) return false
    this.#open(stream, 'in').start(head)
    return true
  }

  /** The connections, for the live torrent; ends this swarm. */
  takeConnections(): readonly GreetedStream[] {
    this.#end()
    const taken: GreetedStream[] = []
    for (const connection of this.connections) {
      const greeted = connection.handOver()
      if (greeted !== undefined) taken.push(greeted)
    }
    this.stop()
    return taken
  }

  /** Closes all connections that nobody has taken. */
  stop(): void {
    this.#end()
    for (const connection of Array.from(this.connections)) connection.close()
    this.connections.clear()
  }

  greeted(connection: MetadataConnection): void {
    const { book } = this
    if (bytesEqual(connection.peerId, this.#parts.peerId)) {
      if (connection.direction === 'out' && connection.known !== undefined) book.forget(connection.known)
      throw dropped('connected to ourselves')
    }
    const refusal = book.refusal(connection.stream.remote, connection.peerIdHex)
    if (refusal !== undefined) throw dropped(refusal)
    for (const other of Array.from(this.connections)) {
      if (other === connection || !other.isGreeted || !bytesEqual(other.peerId, connection.peerId)) continue
      const { clock, peerId } = this.#parts
      if (!replaces(connection, other, peerId, clock.now())) throw dropped('already connected')
      other.close(dropped('connected twice'))
    }
    this.#layers?.joined(connection)
  }

  hashes(connection: MetadataConnection, range: HashRange, hashes: Uint8Array): void {
    this.#layers?.received(connection, range, hashes)
    this.#layers?.ask(this.#parts.clock.now())
  }

  hashReject(connection: MetadataConnection, range: HashRange): void {
    const now = this.#parts.clock.now()
    this.#layers?.rejected(connection, range, now)
    this.#layers?.ask(now)
  }

  introduced(connection: MetadataConnection, { p, metadataSize }: ExtensionHandshake): void {
    if (p !== undefined && connection.known === undefined) {
      const { stream } = connection
      const speaksUtp = stream.transport === 'utp'
      connection.known = this.book.connectedFrom({ host: stream.remote.host, port: p, speaksUtp })
    }
    if (connection.canBeAsked && metadataSize !== undefined) this.#info.joined(connection, metadataSize)
  }

  metadata(connection: MetadataConnection, message: MetadataMessage): void {
    this.#info.received(connection, message)
  }

  closed(connection: MetadataConnection, error: CcbtError | undefined): void {
    this.connections.delete(connection)
    this.#info.left(connection)
    this.#layers?.left(connection)
    const { known, direction, isGreeted, peerId } = connection
    const wasUseful = isGreeted && error?.blame !== 'peer'
    if (known !== undefined) this.#dialer.ended(known, { direction, wasAnswered: peerId.length > 0, wasUseful })
    if (this.#isStopped) return
    this.#parts.onDisconnected(connection.address, error?.message)
    this.#info.ask()
  }

  /** Where the other sides of the connections are. */
  #remotes(): Endpoint[] {
    return Array.from(this.connections, ({ stream }) => stream.remote)
  }

  #connected(stream: ByteStream, peer: KnownPeer): void {
    if (this.#isStopped) stream.close()
    else this.#open(stream, 'out', peer).start(new Uint8Array(0))
  }

  #open(stream: ByteStream, direction: 'in' | 'out', known?: KnownPeer): MetadataConnection {
    const { clock, infoHashes, isV2, userAgent, listenPort } = this.#parts
    const greeting = (infoHash: Uint8Array): Uint8Array => this.#greeting(infoHash)
    const us = { infoHashes, isV2, userAgent, listenPort: listenPort(), greeting }
    const connection = new MetadataConnection({
      ...us,
      stream,
      direction,
      owner: this,
      clock,
      ...(known === undefined ? {} : { known }),
    })
    this.connections.add(connection)
    return connection
  }

  /** Our handshake. */
  #greeting(infoHash: Uint8Array): Uint8Array {
    const { isV2, peerId } = this.#parts
    return encodeHandshake({ reserved: makeReserved({ fast: true, extended: true, v2: isV2 }), infoHash, peerId })
  }

  #ban(liar: MetadataConnection): void {
    const reason = 'sent metadata with the wrong hash'
    this.book.ban(liar.endpoint, liar.peerIdHex)
    this.#parts.onBanned(liar.address, reason)
    liar.close(violated(reason))
  }

  #tick(): void {
    const now = this.#parts.clock.now()
    this.#eviction.tick()
    for (const connection of Array.from(this.connections)) tickConnection(connection, now)
    if (this.connections.size >= this.#parts.maxPeers && this.book.size > this.connections.size) this.#dropUseless()
    this.#info.ask()
    this.#layers?.ask(now)
    this.#dialer.fill()
    this.#cancelTick = this.#parts.clock.after(TICK_MS, () => this.#tick())
  }

  /** Ends the oldest connection that has had its time and is of no use. */
  #dropUseless(): boolean {
    const now = this.#parts.clock.now()
    for (const connection of this.connections) {
      if (this.#info.isPromising(connection) || now - connection.openedAtMs < USELESS_MS) continue
      connection.close(dropped('gives no metadata, and others wait'))
      return true
    }
    return false
  }

  #end(): void {
    this.#isStopped = true
    this.#info.stop()
    this.#layers?.stop()
    this.#cancelTick()
    this.#dialer.stop()
  }
}

function tickConnection(connection: MetadataConnection, nowMs: number): void {
  connection.flood.nextSecond()
  if (!connection.isGreeted && nowMs - connection.openedAtMs > HANDSHAKE_MS) connection.close(dropped('no handshake'))
  else if (nowMs - connection.lastReadAtMs > SILENCE_MS) connection.close(dropped('silent'))
  else if (nowMs - connection.lastWriteAtMs > KEEP_ALIVE_MS) connection.keepAlive()
}
