// A session from its start to its end: takes torrents in, hands each arriving stream to the one that it asks for, tells
// what happens, and takes everything down again. No module state: any number of sessions may live in one process.

import { swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { bytesEqual, CcbtError, toHex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import { SessionGate } from '../blocking/address-gate.ts'
import type { SessionEvent } from '../events.ts'
import { AlternativeLimits } from '../limit/alternative-limits.ts'
import type { SessionLimits } from '../limit/session-limits.ts'
import type { ManagedTorrent } from './managed-torrent.ts'
import { QueueKeeper } from '../queue/queue-keeper.ts'
import { nameOf, wireHashOf } from '../metadata/magnet-facts.ts'
import { MagnetTorrent } from '../metadata/magnet-torrent.ts'
import type { AddOptions, SessionOptions, SessionParts, TorrentSource } from '../options.ts'
import { SessionCommands } from './commands.ts'
import { composeSession, shareWith } from './composition.ts'
import type { OpenedParts, OwnParts, SharedByAll } from './composition.ts'
import { describeSession, describeStatistics, summarizeSession } from './describe.ts'
import { parseSource, ratesOf, sessionLimits } from './making.ts'
import type { Command, CommandResult, Session, TorrentHandle } from './types.ts'
import type { SessionSnapshot, SessionStatistics, SessionSummary } from '../snapshot.ts'
import { systemClock, systemWallClock } from '../system.ts'
import { TorrentRegister } from './torrent-register.ts'
import { Torrent } from '../torrent/torrent.ts'
import type { Channel, ChannelOptions } from '../publish/channel.ts'
import type { Channels } from '../publish/channels.ts'
import type { SessionSockets } from '../peer/session-sockets.ts'
import type { MappingAccess } from '../sources/mapping-access.ts'
import { CONTENT_INFO_HASH } from '../xet/content-link.ts'
import { ContentServer } from '../xet/content-server.ts'
import { SessionXet } from '../xet/session-xet.ts'

/**
 * Starts a session: listens for peers and is ready for torrents.
 * Rejects with TRANSPORT_LISTEN_FAILED when the port is taken, IP_FILTER_UNREADABLE when there is no such filter,
 * XET_INDEX_FAILED when the index of chunks cannot be opened.
 * @example
 * await using session = await createSession({ stateDir: '/var/lib/ccbt', port: 6881 })
 * const torrent = await session.add(readFileSync('a.torrent'), { directory: '/data' })
 * await torrent.complete
 */
export async function createSession(options: SessionOptions, parts: Partial<SessionParts> = {}): Promise<Session> {
  const clock = parts.clock ?? systemClock
  const gate = await SessionGate.open({
    ipFilter: options.ipFilter ?? [],
    stateDir: options.stateDir,
    clock,
    wallClock: parts.wallClock ?? systemWallClock,
  })
  await using undone = new AsyncDisposableStack()
  undone.use(gate)
  const chunks = options.xet && undone.use(await SessionXet.open(options.xet, clock))
  const session = new SessionImpl(options, parts, { gate, ...(chunks && { chunks }) })
  await session.listen(options.port ?? 0)
  undone.move()
  return session
}

class SessionImpl implements Session {
  readonly #shared: SharedByAll
  readonly #queue: QueueKeeper
  readonly #limits: SessionLimits
  readonly #alternative: AlternativeLimits
  readonly #register: TorrentRegister
  readonly #commands: SessionCommands
  readonly #listeners = new Set<(event: SessionEvent) => void>()
  readonly #sockets: SessionSockets
  readonly #ownsDisk: boolean
  readonly #mapping: MappingAccess | undefined
  /** Absent = content is given with its torrent only. */
  #content: ContentServer | undefined
  /** Absent = no key is followed. */
  #channels: Channels | undefined
  #isClosed = false

  constructor(options: SessionOptions, parts: Partial<SessionParts>, opened: OpenedParts) {
    const { shared, sockets, mapping } = composeSession(options, parts, opened, {
      emit: (event) => this.#emit(event),
      route: (infoHash, stream, head) => this.#route(infoHash, stream, head),
    })
    const { clock, network, disk } = shared
    this.#shared = shared
    this.#sockets = sockets
    this.#mapping = mapping
    this.#ownsDisk = parts.disk === undefined
    this.#register = new TorrentRegister(network)
    this.#queue = new QueueKeeper(options.queue ?? {}, clock)
    this.#limits = sessionLimits(options, clock)
    this.#alternative = new AlternativeLimits(options.alternativeLimits ?? {}, {
      limits: this.#limits,
      clock,
      wallClock: parts.wallClock ?? systemWallClock,
    })
    this.#commands = new SessionCommands({
      register: this.#register,
      queue: this.#queue,
      limits: this.#limits,
      alternative: this.#alternative,
      gate: opened.gate,
    })
    // Starting the threads takes longer than reaching the first peer.
    disk.warm()
    opened.gate.watch(shared.emit)
  }

  async listen(port: number): Promise<void> {
    const { network, chunks } = this.#shared
    chunks?.watch((event) => this.#emit(event))
    if (chunks?.isShared === true) this.#share(chunks)
    await network.listen(port)
    for (const protocol of this.#sockets.protocols) void this.#mapping?.map(protocol, network.port)
  }

  #share(chunks: SessionXet): void {
    const { network } = this.#shared
    this.#content = new ContentServer({ ...this.#shared, chunks, limits: this.#limits.torrent({}) })
    network.serve(toHex(CONTENT_INFO_HASH))
  }

  async add(source: TorrentSource, options: AddOptions): Promise<TorrentHandle> {
    if (this.#isClosed) throw new CcbtError('SESSION_CLOSED', 'the session is closed', { blame: 'input', context: {} })
    const parsed = parseSource(source)
    const key = toHex('infoBytes' in parsed ? parsed.infoHash : wireHashOf(parsed))
    if (swarmHashes(parsed).some((infoHash) => this.#register.find(infoHash) !== undefined)) {
      const name = 'infoBytes' in parsed ? parsed.name : nameOf(parsed)
      throw new CcbtError('SESSION_DUPLICATE_TORRENT', `${name} is already in this session`, {
        blame: 'input',
        context: { infoHash: key, name },
      })
    }
    using undone = new DisposableStack()
    const limits = undone.use(this.#limits.torrent(ratesOf(options), options.label))
    const torrent = this.#make(parsed, options, { limits, place: () => this.#queue.place(key) })
    this.#register.add(key, { torrent, limits, policy: options.encryption ?? this.#shared.network.policy })
    const mayRun = this.#queue.add(key, torrent, options.forceStart === true)
    try {
      if (!mayRun && options.paused !== true) await torrent.hold()
      await torrent.open()
    } catch (error) {
      this.#register.remove(key)
      this.#queue.remove(key)
      await torrent.close()
      throw error
    }
    undone.move()
    return torrent
  }

  snapshot(): SessionSnapshot {
    const torrents = this.#register.list().map((torrent) => torrent.snapshot())
    return describeSession(this.summary(), torrents)
  }

  summary(): SessionSummary {
    return summarizeSession(this.#shared, this.#limits)
  }

  statistics(): SessionStatistics {
    return describeStatistics(this.#shared)
  }

  command(command: Command): Promise<CommandResult> {
    return this.#commands.run(command)
  }

  async channel(options: ChannelOptions): Promise<Channel> {
    if (this.#isClosed) throw new CcbtError('SESSION_CLOSED', 'the session is closed', { blame: 'input', context: {} })
    const { chunks, dht, gate, ...shared } = this.#shared
    const { Channels } = await import('../publish/channels.ts')
    this.#channels ??= new Channels({
      ...shared,
      dht,
      isRefused: (host) => gate.refusal(host) !== undefined,
      heads: chunks?.heads,
      onDhtFailed: (reason) => this.#emit({ type: 'source-failed', source: 'dht', reason }),
    })
    return await this.#channels.open(options)
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener)
    listener({ type: 'listening', port: this.#shared.listenPort() })
    for (const event of this.#shared.gate.events) listener(event)
    return () => this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#alternative[Symbol.dispose]()
    this.#queue[Symbol.dispose]()
    this.#channels?.[Symbol.dispose]()
    this.#content?.stop()
    const { network, trackers, dht, lsd } = this.#shared
    await Promise.all([network.stopListening(), ...this.#register.list().map((torrent) => torrent.close())])
    await Promise.all([trackers, dht, lsd, this.#mapping].map(async (source) => source?.[Symbol.asyncDispose]()))
    this.#sockets.utp?.close()
    await this.#shared.chunks?.[Symbol.asyncDispose]()
    if (this.#ownsDisk) await this.#shared.disk[Symbol.asyncDispose]()
    await this.#shared.gate[Symbol.asyncDispose]()
  }

  #make(source: Metainfo | Magnet, options: AddOptions, own: OwnParts): ManagedTorrent {
    const shared = shareWith(this.#shared, options, own)
    return 'infoBytes' in source ? new Torrent(source, options, shared) : new MagnetTorrent(source, options, shared)
  }

  /** Who is refused learns nothing, not even that there is a handshake to make. */
  #route(infoHash: Uint8Array, stream: ByteStream, head: Uint8Array): boolean {
    if (bytesEqual(infoHash, CONTENT_INFO_HASH)) return this.#content?.adopt(stream, head) ?? false
    const torrent = this.#register.find(infoHash)
    return torrent?.adopt(stream, head) ?? this.#channels?.adopt(infoHash, stream, head) ?? false
  }

  #emit(event: SessionEvent): void {
    // A link may name one hash of a torrent that has two.
    if (event.type === 'metadata') this.#register.noteHashes(event.infoHash)
    for (const listener of this.#listeners) listener(event)
    this.#queue.changed()
    if (event.type === 'goal-reached' && event.action === 'remove') {
      void this.command({ type: 'remove', infoHash: event.infoHash })
    }
  }
}
