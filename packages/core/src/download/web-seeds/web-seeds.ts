// The web seeds of a live torrent, beside its peers: which are in use, when they fetch, which of them has sent what.

import type { BindAddresses } from '@ccbt/address'
import type { Clock, Layout, PeerSlot, PieceIndex } from '@ccbt/primitives'
import { isCcbtError } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import type { PieceStore, Unsubscribe } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { SeedTorrent } from '@ccbt/web-seed'

import type { WebSeedBans } from '../../blocking/address-gate.ts'
import type { TorrentEvent } from '../../events.ts'
import type { TorrentLimits } from '../../limit/session-limits.ts'
import type { WebSeedSnapshot } from '../../snapshot.ts'
import type { BlockIntake } from '../block-intake.ts'
import type { ConnectionTable } from '../../swarm/connection-table.ts'
import { shownUrl } from './addresses.ts'
import type { WebSeedAddress } from './addresses.ts'
import { RestRule } from './rest-rule.ts'
import type { PeersTogether } from './rest-rule.ts'
import { WebSource } from './web-source.ts'
import type { WebSourceParts } from './web-source.ts'

/** Web seeds in use at a time; another takes the place of one that has failed. */
const MAX_SOURCES = 8
/** The web seeds that a torrent has, and those of them that are not to be asked again. */
export interface WebSeedPlan {
  readonly torrent: () => SeedTorrent
  readonly addresses: readonly WebSeedAddress[]
  /** Those that are banned are added. */
  readonly banned: WebSeedBans
  /** Why there shall be no connection with a host, an IP literal, in a few words. */
  readonly refusal: (host: string) => string | undefined
  readonly bind: BindAddresses
  /** The way to all of them; absent = straight. */
  readonly proxy?: Proxy
  readonly emit: (event: TorrentEvent) => void
  /** Something is broken here. */
  readonly onError: (error: unknown) => void
}

/** What {@link WebSeeds} work with. */
export interface WebSeedsParts {
  readonly webSeeds: WebSeedPlan
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: PieceStore
  readonly intake: BlockIntake
  readonly connections: ConnectionTable
  readonly limits: Pick<TorrentLimits, 'remote'>
  readonly clock: Clock
  readonly userAgent: string
}

type Opened = Pick<WebSourceParts, 'seed' | 'files'>

/** All web seeds of a torrent. Nothing happens before {@link WebSeeds.start}. */
export class WebSeeds {
  readonly #parts: WebSeedsParts
  readonly #sources: { readonly source: WebSource; readonly address: WebSeedAddress }[] = []
  readonly #unused: WebSeedAddress[]
  readonly #rule = new RestRule()
  /** Makes a web seed; absent until it is loaded. */
  #create: ((address: WebSeedAddress) => Opened) | undefined
  #stopWritable: Unsubscribe = () => {}
  #isStarted = false
  #isStopped = false

  constructor(parts: WebSeedsParts) {
    this.#parts = parts
    const { addresses, banned } = parts.webSeeds
    this.#unused = addresses.filter(({ url }) => !banned.has(url))
  }

  /** Whether any sends something that there is room for. */
  get isReceiving(): boolean {
    return this.#sources.some(({ source }) => source.isReceiving)
  }

  /** Begins to fetch, or does once more. The HTTP client is loaded only for torrents with web seeds that miss something. */
  start(): void {
    const { webSeeds, store, picker } = this.#parts
    if (this.#isStarted) return this.fill()
    if (this.#unused.length === 0 || picker.isComplete) return
    this.#isStarted = true
    this.#stopWritable = store.onWritable(() => {
      for (const { source } of this.#sources) source.writable()
    })
    this.#load().catch(webSeeds.onError)
  }

  /** Ends all fetches and closes all connections. */
  stop(): void {
    this.#isStopped = true
    this.#stopWritable()
    for (const { source } of this.#sources.splice(0)) source[Symbol.dispose]()
  }

  /** Once a second. */
  tick(elapsedMs: number): void {
    if (this.#sources.length === 0) return
    for (const { source } of this.#sources) source.tick(elapsedMs)
    if (this.#sources.some(({ source }) => source.isFetching)) this.#rule.measured(this.downloadBps)
    this.fill()
  }

  /** Begins fetches where there is a place and something to fetch, unless the peers do well. */
  fill(): void {
    if (this.#isStopped || this.#rule.isResting(this.#peersTogether())) return
    for (const { source } of this.#sources) source.fill()
  }

  /** A web seed that can send a piece now. */
  sender(piece: PieceIndex): PeerSlot | undefined {
    return this.#sources.find(({ source }) => source.canSend(piece))?.source.slot
  }

  /** The sender with this slot has sent wrong data; false when it is no web seed. */
  ban(slot: PeerSlot, reason: string): boolean {
    const found = this.#sources.find(({ source }) => source.slot === slot)
    if (found === undefined) return false
    const { source, address } = found
    const { banned, emit } = this.#parts.webSeeds
    if (banned.has(address.url)) return true
    banned.add(address.url)
    source.ban(reason)
    emit({ type: 'web-seed-banned', url: shownUrl(address.url), reason })
    this.#changed()
    return true
  }

  describe(): WebSeedSnapshot[] {
    const unused = this.#unused.map(describeIdle)
    return [...this.#sources.map(({ source }) => source.describe()), ...unused]
  }

  async #load(): Promise<void> {
    const { createWebSeed } = await import('@ccbt/web-seed')
    const { webSeeds, clock, userAgent } = this.#parts
    const torrent = webSeeds.torrent()
    const { bind, refusal, proxy } = webSeeds
    this.#create = (address) => ({
      seed: createWebSeed({ ...torrent, ...address, userAgent, clock, bind, refusal, ...(proxy && { proxy }) }),
      files: torrent.files,
    })
    this.#changed()
  }

  /** Puts unused addresses to use where there is a place, and begins to fetch. */
  #changed(): void {
    if (this.#isStopped || this.#create === undefined) return
    while (this.#unused.length > 0 && this.#usable < MAX_SOURCES) this.#open(this.#unused.shift()!, this.#create)
    this.fill()
  }

  get #usable(): number {
    return this.#sources.filter(({ source }) => source.isUsable).length
  }

  #open(address: WebSeedAddress, create: (address: WebSeedAddress) => Opened): void {
    const { webSeeds, connections, limits } = this.#parts
    const { emit, onError } = webSeeds
    const url = shownUrl(address.url)
    const onFailed = (error: string, retryInMs?: number): void => {
      emit({ type: 'web-seed-failed', url, error, ...(retryInMs === undefined ? {} : { retryInMs }) })
      this.#changed()
    }
    try {
      const opened = create(address)
      const events = { onFailed, onError, onIdle: () => this.fill() }
      const slot = connections.takeSlot()
      const limit = limits.remote.download
      this.#sources.push({ address, source: new WebSource({ ...this.#parts, ...opened, ...events, slot, url, limit }) })
    } catch (error) {
      // Not a URL that can be fetched.
      if (!isCcbtError(error) || error.blame === 'us') throw error
      onFailed(error.message)
    }
  }

  get downloadBps(): number {
    return this.#sources.reduce((sum, { source }) => sum + source.downloadBps, 0)
  }

  #peersTogether(): PeersTogether {
    let senders = 0
    let bps = 0
    for (const connection of this.#parts.connections) {
      if (!connection.amInterested || connection.peerChoking) continue
      senders++
      bps += connection.downloadMeter.bps
    }
    return { senders, bps }
  }
}

/** One that is not used. */
export function describeIdle({ url }: Pick<WebSeedAddress, 'url'>): WebSeedSnapshot {
  return { url: shownUrl(url), state: 'idle', downloadBps: 0, downloaded: 0 }
}
