// The composition root: makes the shared parts once (sockets, disk workers, limits, tracker client), gives them to each
// torrent, and takes everything down again. No module state: any number of sessions may live in one process.

import { join } from 'node:path'

import { SavePathLocks } from '@ccbt/disk-io'
import { swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { bytesEqual, CcbtError, toHex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import { makePeerId, MAX_METADATA_BYTES } from '@ccbt/wire-protocol'

import { SessionGate } from './blocking/address-gate.ts'
import type { SessionEvent } from './events.ts'
import { AlternativeLimits } from './limit/alternative-limits.ts'
import type { SessionLimits, TorrentLimits } from './limit/session-limits.ts'
import type { ManagedTorrent } from './managed-torrent.ts'
import { QueueKeeper } from './queue/queue-keeper.ts'
import type { QueuePlace } from './queue/torrent-queue.ts'
import { nameOf, wireHashOf } from './metadata/magnet-facts.ts'
import { MagnetTorrent } from './metadata/magnet-torrent.ts'
import type { AddOptions, SessionOptions, SessionParts, TorrentSource } from './options.ts'
import { openDisk, parseSource, ratesOf, sessionLimits } from './session-making.ts'
import type { SessionShared } from './session-shared.ts'
import { isContentCommand } from './session-types.ts'
import type { Command, CommandResult, Session, TorrentHandle } from './session-types.ts'
import type { SessionSnapshot, SessionStatistics, SessionSummary } from './snapshot.ts'
import { TrafficBook } from './stats/traffic.ts'
import { createSystemRandom, systemClock, systemWallClock } from './system.ts'
import { Torrent } from './torrent/torrent.ts'
import { proxyRoutes } from './proxying.ts'
import type { Channel, ChannelOptions } from './publish/channel.ts'
import type { Channels } from './publish/channels.ts'
import { DialLimit } from './peer/dial-limit.ts'
import { ExternalAddress } from './peer/external-address.ts'
import type { EncryptionPolicy } from './peer/encryption-policy.ts'
import { PeerNetwork } from './peer/peer-network.ts'
import { bindAddresses, createSessionSockets } from './peer/session-sockets.ts'
import type { SessionSockets } from './peer/session-sockets.ts'
import type { MappingAccess } from './sources/mapping-access.ts'
import { openSources } from './sources/session-sources.ts'
import { CONTENT_INFO_HASH } from './xet/content-link.ts'
import { ContentServer } from './xet/content-server.ts'
import { SessionXet } from './xet/session-xet.ts'
import { DEFAULT_CHOKING } from './torrent/choking-policy.ts'
import { VERSION } from './version.ts'

const DEFAULT_MAX_PEERS = 80
/** Honest metadata has been seen up to 24 MB, nearly all below 1 MB. */
const DEFAULT_MAX_METADATA_BYTES = 16_777_216

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
  const gate = await SessionGate.open({
    ipFilter: options.ipFilter ?? [],
    stateDir: options.stateDir,
    clock: parts.clock ?? systemClock,
    wallClock: parts.wallClock ?? systemWallClock,
  })
  await using undone = new AsyncDisposableStack()
  undone.use(gate)
  const chunks = options.xet && undone.use(await SessionXet.open(options.xet))
  const session = new SessionImpl(options, parts, { gate, ...(chunks && { chunks }) })
  await session.listen(options.port ?? 0)
  undone.move()
  return session
}

/** A command that is about all torrents. */
type SessionCommand = Exclude<Command, { readonly infoHash: string } | { readonly type: 'limit' }>

/** What had to be waited for. */
interface Opened {
  readonly gate: SessionGate
  readonly chunks?: SessionXet
}

interface Entry {
  readonly torrent: ManagedTorrent
  readonly limits: TorrentLimits
  readonly policy: EncryptionPolicy
}

class SessionImpl implements Session {
  readonly #shared: Omit<SessionShared, 'limits' | 'place'> & { readonly network: PeerNetwork }
  readonly #queue: QueueKeeper
  readonly #limits: SessionLimits
  readonly #alternative: AlternativeLimits
  readonly #torrents = new Map<string, Entry>()
  /** Further hashes of torrents that have two, and the one that they are kept by. */
  readonly #aliases = new Map<string, string>()
  readonly #listeners = new Set<(event: SessionEvent) => void>()
  readonly #sockets: SessionSockets
  readonly #ownsDisk: boolean
  readonly #mapping: MappingAccess | undefined
  /** Absent = content is given with its torrent only. */
  #content: ContentServer | undefined
  /** Absent = no key is followed. */
  #channels: Channels | undefined
  #isClosed = false

  constructor(options: SessionOptions, parts: Partial<SessionParts>, opened: Opened) {
    const { clock = systemClock, random = createSystemRandom(), observer } = parts
    const { tracer, wallClock = systemWallClock } = parts
    this.#ownsDisk = parts.disk === undefined
    const userAgent = options.userAgent ?? `ccbt/${VERSION}`
    const bind = bindAddresses(options.bind)
    const listenPort = (): number => this.#shared.network.port
    const emit = (event: SessionEvent): void => this.#emit(event)
    const externalAddress = new ExternalAddress(listenPort, random)
    const network = { clock, random, bind }
    const proxies = proxyRoutes(options.proxy, { clock, bind, emit })
    this.#sockets = createSessionSockets({
      ...network,
      given: parts.sockets,
      transports: options.transports,
      proxy: proxies.peers,
    })
    const { utp } = this.#sockets
    const finding = { ...network, listenPort, utp, userAgent, externalAddress, proxies, observer, emit }
    const { shared: sources, mapping } = openSources(options, finding)
    this.#shared = {
      clock,
      random,
      network: new PeerNetwork({
        ...network,
        sockets: this.#sockets.factory,
        usesUtp: utp !== undefined,
        policy: options.encryption ?? 'allowed',
        isRefused: (host) => opened.gate.refusal(host) !== undefined,
        route: (infoHash, stream, head) => this.#route(infoHash, stream, head),
        ...(observer && { observer }),
      }),
      disk: parts.disk ?? openDisk(options, clock, observer),
      locks: new SavePathLocks(join(options.stateDir, 'resume')),
      traffic: new TrafficBook(),
      tracer,
      ...sources,
      ...opened,
      dialLimit: new DialLimit(clock),
      externalAddress,
      webNetwork: { bind, ...(proxies.web && { proxy: proxies.web }) },
      peerId: makePeerId(random, VERSION),
      trackerKey: random.u32(),
      userAgent,
      stateDir: options.stateDir,
      maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
      ...(options.uploadSlots === undefined ? {} : { uploadSlots: options.uploadSlots }),
      choking: parts.choking ?? DEFAULT_CHOKING,
      maxMetadataBytes: Math.min(options.maxMetadataBytes ?? DEFAULT_MAX_METADATA_BYTES, MAX_METADATA_BYTES),
      listenPort,
      emit,
    }
    this.#queue = new QueueKeeper(options.queue ?? {}, clock)
    this.#limits = sessionLimits(options, clock)
    const alternative = { limits: this.#limits, clock, wallClock }
    this.#alternative = new AlternativeLimits(options.alternativeLimits ?? {}, alternative)
    this.#mapping = mapping
    // Starting the threads takes longer than reaching the first peer.
    this.#shared.disk.warm()
    opened.gate.watch(emit)
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
    if (swarmHashes(parsed).some((infoHash) => this.#find(infoHash) !== undefined)) {
      const name = 'infoBytes' in parsed ? parsed.name : nameOf(parsed)
      throw new CcbtError('SESSION_DUPLICATE_TORRENT', `${name} is already in this session`, {
        blame: 'input',
        context: { infoHash: key, name },
      })
    }
    using undone = new DisposableStack()
    const limits = undone.use(this.#limits.torrent(ratesOf(options), options.label))
    const torrent = this.#make(parsed, options, limits)
    this.#torrents.set(key, { torrent, limits, policy: options.encryption ?? this.#shared.network.policy })
    this.#noteHashes(key)
    const mayRun = this.#queue.add(key, torrent, options.forceStart === true)
    try {
      if (!mayRun && options.paused !== true) await torrent.hold()
      await torrent.open()
    } catch (error) {
      this.#forget(key)
      await torrent.close()
      throw error
    }
    undone.move()
    return torrent
  }

  snapshot(): SessionSnapshot {
    const torrents = Array.from(this.#torrents.values(), ({ torrent }) => torrent.snapshot())
    return {
      ...this.summary(),
      downloadBps: sum(torrents, (t) => t.downloadBps),
      uploadBps: sum(torrents, (t) => t.uploadBps),
      connections: sum(torrents, (t) => t.connections),
      torrents,
    }
  }

  summary(): SessionSummary {
    const { downloadBps, uploadBps } = this.#limits.rates
    const dht = this.#shared.dht?.stats()
    return {
      port: this.#shared.listenPort(),
      externalIps: this.#shared.externalAddress.ips,
      downloadLimitBps: downloadBps,
      uploadLimitBps: uploadBps,
      usesAlternativeLimits: this.#limits.isAlternative,
      dhtNodes: (dht?.ipv4?.nodes ?? 0) + (dht?.ipv6?.nodes ?? 0),
      disk: this.#shared.disk.stats,
    }
  }

  statistics(): SessionStatistics {
    const { traffic, disk, dht } = this.#shared
    const nodes = dht?.stats()
    return {
      traffic: traffic.total(),
      peers: traffic.peers(),
      qualities: traffic.qualities(),
      disk: disk.stats,
      ...(nodes === undefined ? {} : { dht: nodes }),
    }
  }

  async command(command: Command): Promise<CommandResult> {
    if (command.type === 'limit') return this.#limit(command)
    if (!('infoHash' in command)) return this.#configure(command)
    const entry = this.#torrents.get(command.infoHash)
    if (entry === undefined) return { kind: 'no-such-torrent' }
    const { torrent, limits } = entry
    if (isContentCommand(command)) return torrent.change(command)
    switch (command.type) {
      case 'set-label':
        limits.setLabel(command.label)
        return { kind: 'done' }
      case 'pause':
        await torrent.pause()
        this.#queue.changed()
        return { kind: 'done' }
      case 'queue':
        this.#queue.move(command.infoHash, command.move)
        return { kind: 'done' }
      case 'force-start':
        this.#queue.force(command.infoHash, command.isForced)
        return { kind: 'done' }
      case 'resume':
        return this.#queue.resume(command.infoHash, torrent)
      case 'verify':
        return torrent.verify()
      case 'reannounce':
        torrent.reannounce()
        return { kind: 'done' }
      case 'seeding-goals':
        torrent.setGoals(command)
        return { kind: 'done' }
      case 'remove':
        this.#forget(command.infoHash)
        limits[Symbol.dispose]()
        await torrent.remove(command.deletesData === true ? this.#isKept() : undefined)
        return { kind: 'done' }
    }
  }

  async channel(options: ChannelOptions): Promise<Channel> {
    if (this.#isClosed) throw new CcbtError('SESSION_CLOSED', 'the session is closed', { blame: 'input', context: {} })
    const { chunks, dht, gate, ...shared } = this.#shared
    const { Channels } = await import('./publish/channels.ts')
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
    await Promise.all([
      network.stopListening(),
      ...Array.from(this.#torrents.values(), ({ torrent }) => torrent.close()),
    ])
    await Promise.all([trackers, dht, lsd, this.#mapping].map(async (source) => source?.[Symbol.asyncDispose]()))
    this.#sockets.utp?.close()
    await this.#shared.chunks?.[Symbol.asyncDispose]()
    if (this.#ownsDisk) await this.#shared.disk[Symbol.asyncDispose]()
    await this.#shared.gate[Symbol.asyncDispose]()
  }

  #configure(command: SessionCommand): CommandResult {
    if (command.type === 'alternative-limits') this.#alternative.use(command.use)
    else if (command.type === 'set-alternative-limits') this.#alternative.set(command.limits)
    else if (command.type === 'ban') for (const host of command.hosts) this.#shared.gate.ban(host)
    else this.#queue.setLimits(command.limits)
    return { kind: 'done' }
  }

  /** Whether a path is that of a file of any torrent. */
  #isKept(): (path: string) => boolean {
    const paths = new Set(Array.from(this.#torrents.values(), ({ torrent }) => torrent.paths()).flat())
    return (path) => paths.has(path)
  }

  #limit({ infoHash, label, ...limits }: Extract<Command, { type: 'limit' }>): CommandResult {
    const rates = ratesOf(limits)
    if (infoHash !== undefined) {
      const entry = this.#torrents.get(infoHash)
      if (entry === undefined) return { kind: 'no-such-torrent' }
      entry.limits.set(rates)
    } else if (label !== undefined) this.#limits.setLabel(label, rates)
    else this.#limits.set(rates)
    return { kind: 'done' }
  }

  #make(source: Metainfo | Magnet, options: AddOptions, limits: TorrentLimits): ManagedTorrent {
    const { maxPeers = this.#shared.maxPeers, uploadSlots = this.#shared.uploadSlots } = options
    const slots = uploadSlots === undefined ? {} : { uploadSlots }
    const key = toHex('infoBytes' in source ? source.infoHash : wireHashOf(source))
    const place = (): QueuePlace => this.#queue.place(key)
    const shared = { ...this.#sharedWith(options), limits, place, maxPeers, ...slots }
    if (!('infoBytes' in source)) return new MagnetTorrent(source, options, shared)
    return new Torrent(source, options, shared)
  }

  /** What the torrent is to go without is not there for it. */
  #sharedWith({ dht: usesDht, lsd: usesLsd, pex, encryption }: AddOptions): Omit<SessionShared, 'limits' | 'place'> {
    const { dht, lsd, ...shared } = this.#shared
    const { network, usesPex } = shared
    return {
      ...shared,
      ...(dht === undefined || usesDht === false ? {} : { dht }),
      ...(lsd === undefined || usesLsd === false ? {} : { lsd }),
      usesPex: usesPex && pex !== false,
      network: encryption === undefined || encryption === network.policy ? network : network.withPolicy(encryption),
    }
  }

  /** Who is refused learns nothing, not even that there is a handshake to make. */
  #route(infoHash: Uint8Array, stream: ByteStream, head: Uint8Array): boolean {
    if (bytesEqual(infoHash, CONTENT_INFO_HASH)) return this.#content?.adopt(stream, head) ?? false
    const torrent = this.#find(infoHash)?.torrent
    return torrent?.adopt(stream, head) ?? this.#channels?.adopt(infoHash, stream, head) ?? false
  }

  /** The torrent with this hash, be it one of two. */
  #find(infoHash: Uint8Array): Entry | undefined {
    const key = toHex(infoHash)
    return this.#torrents.get(this.#aliases.get(key) ?? key)
  }

  /** Peers may ask for a torrent by each of its hashes. */
  #noteHashes(key: string): void {
    const entry = this.#torrents.get(key)
    for (const infoHash of entry?.torrent.infoHashes ?? []) {
      if (infoHash !== key) this.#aliases.set(infoHash, key)
      this.#shared.network.serve(infoHash, entry?.policy)
    }
  }

  #forget(key: string): void {
    for (const infoHash of this.#torrents.get(key)?.torrent.infoHashes ?? []) {
      this.#aliases.delete(infoHash)
      this.#shared.network.forget(infoHash)
    }
    this.#torrents.delete(key)
    this.#queue.remove(key)
  }

  #emit(event: SessionEvent): void {
    // A link may name one hash of a torrent that has two.
    if (event.type === 'metadata') this.#noteHashes(event.infoHash)
    for (const listener of this.#listeners) listener(event)
    this.#queue.changed()
    if (event.type === 'goal-reached' && event.action === 'remove') {
      void this.command({ type: 'remove', infoHash: event.infoHash })
    }
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
