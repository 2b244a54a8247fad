// One key's newest signed item (BEP 44, BEP 46), among those who follow it: kept in the DHT, and shown to peers over
// connections about nothing else, so that a new version is known at once and without any torrent (HEAD of docs/bep_xet.md).
// Everybody passes on what is newer and right, once; nobody is believed.
//
// Bounds: MAX_LINKS connections, MAX_FOUND addresses of the DHT tried in each round.

import type { Endpoint } from '@ccbt/address'
import { mutableTarget } from '@ccbt/discovery'
import type { Dht, MutableItem } from '@ccbt/discovery'
import { bytesEqual, isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import type { XetAbilities, XetMessage } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { PeerNetwork } from '../peer/peer-network.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import { ContentLink, linkGreeting } from '../xet/content-link.ts'
import { Heads } from '../xet/heads.ts'
import { pause } from './pause.ts'

const MAX_LINKS = 64
const MAX_FOUND = 32
const DIAL_TIMEOUT_MS = 10_000
/** Who has not introduced himself by then gives his place to others. */
const INTRODUCTION_MS = 20_000
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000
/** How often the item is shown again: keeps connections open, and notices those that are dead. */
const SHOW_EVERY_MS = 120_000
/** How often the DHT is asked: 15 to 30 minutes. */
const POLL_MS = 15 * 60_000
/** Items expire after two hours (BEP 44). */
const PUT_EVERY_MS = 60 * 60_000

/** We have no chunks to give there. */
const ABILITIES: XetAbilities = {
  suites: [],
  queue: 0,
  maps: false,
  data: false,
  places: false,
  heads: true,
  zstd: false,
}

/** Whose newest item is wanted or shown. */
export interface ChannelOptions {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Tells the channels of one key apart: at most 64 bytes. Default none. */
  readonly salt?: Uint8Array
  /** The newest that is known: shown from the start. It has been verified. */
  readonly item?: MutableItem
  /** Peers to stay connected with. */
  readonly peers?: readonly Endpoint[]
  /** Hears of each item that is right and has a higher sequence number than any before. */
  readonly onItem: (item: MutableItem) => void
}

/** A key's newest item, among its followers; disposing leaves them. */
export interface Channel extends Disposable {
  /** The newest item that is known. */
  readonly newest: MutableItem | undefined
  /** How many followers are connected. */
  readonly followers: number
  /**
   * Shows a newer item to all, now and again; an older one is ignored. Fulfilled with the number of DHT nodes that took
   * it: 0 without a DHT.
   */
  show(item: MutableItem): Promise<number>
}

/** What a channel works with. */
export interface ChannelParts {
  readonly clock: Clock
  readonly network: PeerNetwork
  readonly peerId: Uint8Array
  readonly dht: DhtAccess | undefined
  /** 0 = nobody can reach us. */
  readonly listenPort: () => number
  /** Whose addresses are not dialed. */
  readonly isRefused: (host: string) => boolean
  /** Those of the session, where peers of torrents show items too. */
  readonly heads: Heads | undefined
  /** The DHT does not answer; it is asked again later. */
  readonly onDhtFailed: (reason: string) => void
}

/** A running channel. */
export class OpenChannel implements Channel {
  readonly infoHash: Uint8Array
  readonly #options: ChannelOptions
  readonly #parts: ChannelParts
  readonly #heads: Heads
  readonly #abort = new AbortController()
  readonly #links = new Set<ContentLink>()
  /** Those that have introduced themselves. */
  readonly #followers = new Set<ContentLink>()
  #unfollow: () => void = () => {}
  #newest: MutableItem | undefined
  #putAt = Number.NEGATIVE_INFINITY

  private constructor(options: ChannelOptions, parts: ChannelParts) {
    this.#options = options
    this.#parts = parts
    this.#heads = parts.heads ?? new Heads()
    this.#newest = options.item
    this.infoHash = mutableTarget(options.publicKey, options.salt)
  }

  /** Begins to listen, dial and ask. */
  static async open(options: ChannelOptions, parts: ChannelParts): Promise<OpenChannel> {
    const channel = new OpenChannel(options, parts)
    await channel.#start()
    return channel
  }

  get newest(): MutableItem | undefined {
    return this.#newest
  }

  get followers(): number {
    return this.#followers.size
  }

  async show(item: MutableItem): Promise<number> {
    this.#spread(item)
    return this.#newest === item ? await this.#put(item) : 0
  }

  /** Takes an accepted stream; false when there is no place. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    if (this.#links.size >= MAX_LINKS) return false
    const link = this.#open(stream, () => {})
    stream.attach(link)
    link.greet(this.#parts.peerId)
    link.data(head)
    return true
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
    this.#unfollow()
    for (const link of this.#links) link.close()
  }

  async #start(): Promise<void> {
    const { publicKey, salt = new Uint8Array(), peers = [] } = this.#options
    const followed = { publicKey, salt, seq: this.#newest?.seq ?? -1 }
    this.#unfollow = await this.#heads.follow(followed, (item) => this.#received(item))
    for (const endpoint of peers) this.#run(this.#stayWith(endpoint))
    this.#run(this.#remind())
    if (this.#parts.dht !== undefined) this.#run(this.#askDht(this.#parts.dht))
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#abort.signal.aborted) throw error
    })
  }

  #received(item: MutableItem): void {
    if (this.#spread(item)) this.#options.onItem(item)
  }

  /** Shows an item to all if it is newer. */
  #spread(item: MutableItem): boolean {
    if (item.seq <= (this.#newest?.seq ?? -1)) return false
    this.#newest = item
    this.#putAt = Number.NEGATIVE_INFINITY
    this.#showAll()
    return true
  }

  #showAll(): void {
    for (const link of this.#followers) this.#showTo(link)
  }

  #showTo(link: ContentLink): void {
    if (this.#newest === undefined) return
    const { publicKey, signature, seq, salt, value } = this.#newest
    link.send({ type: 'head', id: 0, publicKey, signature, seq, salt, value })
  }

  async #remind(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await pause(this.#parts.clock, SHOW_EVERY_MS, signal)
      this.#showAll()
    }
  }

  /** Dials a peer again whenever it is gone. */
  async #stayWith(endpoint: Endpoint): Promise<void> {
    const { signal } = this.#abort
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      if (await this.#talkTo(endpoint)) waitMs = FIRST_RETRY_MS
      await pause(this.#parts.clock, waitMs, signal)
    }
  }

  /** Fulfilled when the connection has ended; false when there was none. */
  async #talkTo(endpoint: Endpoint): Promise<boolean> {
    const { network, peerId, isRefused } = this.#parts
    if (isRefused(endpoint.host) || this.#links.size >= MAX_LINKS) return false
    const stream = await network
      .dial({
        endpoint,
        infoHash: this.infoHash,
        greeting: linkGreeting(this.infoHash, peerId),
        isEncrypted: network.policy === 'preferred' || network.policy === 'required',
        timeoutMs: DIAL_TIMEOUT_MS,
        signal: this.#abort.signal,
      })
      .catch((error: unknown) => {
        // Nobody is there, or does not talk to us: it is tried again later.
        if (!isCcbtError(error) || error.blame === 'us') throw error
        return undefined
      })
    if (stream === undefined) return false
    return await new Promise<boolean>((resolve) => {
      const link = this.#open(stream, resolve)
      stream.attach(link)
      link.introduce()
    })
  }

  /** `onClosed` hears whether the other side speaks of this. */
  #open(stream: ByteStream, onClosed: (hasSpoken: boolean) => void): ContentLink {
    const cancelWait = this.#parts.clock.after(INTRODUCTION_MS, () => link.close())
    const link: ContentLink = new ContentLink(
      stream,
      {
        introduced: () => {
          cancelWait()
          this.#followers.add(link)
          this.#showTo(link)
        },
        received: (message) => this.#message(message),
        drained: () => {},
        closed: () => {
          cancelWait()
          this.#links.delete(link)
          onClosed(this.#followers.delete(link))
        },
      },
      { infoHash: this.infoHash, abilities: ABILITIES, ownId: this.#parts.peerId },
    )
    this.#links.add(link)
    return link
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  #message(message: XetMessage): void {
    if (message.type !== 'head' || !bytesEqual(message.publicKey, this.#options.publicKey)) return
    if (message.seq <= (this.#newest?.seq ?? -1)) return
    if (this.#heads.received(message) === 'forged') throw violated('sent an item that its owner has not signed')
  }

  async #askDht(access: DhtAccess): Promise<void> {
    const { signal } = this.#abort
    const dht = await access.open()
    if (dht === undefined) return
    while (!signal.aborted) {
      await this.#askOnce(dht).catch((error: unknown) => {
        if (!isCcbtError(error) || error.blame === 'us') throw error
        if (!signal.aborted) this.#parts.onDhtFailed(error.message)
      })
      await pause(this.#parts.clock, POLL_MS * (1 + Math.random()), signal)
    }
  }

  async #askOnce(dht: Dht): Promise<void> {
    const { salt } = this.#options
    const found = await dht.getItem(this.infoHash, {
      ...(salt === undefined ? {} : { salt }),
      ...(this.#newest === undefined ? {} : { minSeq: this.#newest.seq }),
      signal: this.#abort.signal,
    })
    if (found?.kind === 'mutable') this.#received(found)
    if (this.#newest !== undefined) await this.#put(this.#newest)
    await this.#findPeers(dht)
  }

  /** Announces us to, and dials, those who follow the same key. */
  async #findPeers(dht: Dht): Promise<void> {
    const port = this.#parts.listenPort()
    let left = MAX_FOUND
    await dht.lookup(this.infoHash, {
      ...(port === 0 ? {} : { announcePort: port }),
      onPeers: (peers) => {
        for (const endpoint of peers) if (left-- > 0) this.#run(this.#talkTo(endpoint).then(() => undefined))
      },
      signal: this.#abort.signal,
    })
  }

  async #put(item: MutableItem): Promise<number> {
    const { clock, dht: access } = this.#parts
    const dht = await access?.open()
    if (dht === undefined || clock.now() - this.#putAt < PUT_EVERY_MS) return 0
    this.#putAt = clock.now()
    const { stored } = await dht.putItem(item, { signal: this.#abort.signal })
    return stored
  }
}
