// One key's newest signed item (BEP 44, BEP 46), among those who follow it: kept in the DHT, and shown to peers over
// connections about nothing else, so that a new version is known at once and without any torrent (HEAD of docs/bep_xet.md).
// Everybody passes on what is newer and right, once; nobody is believed.

import type { Endpoint } from '@ccbt/address'
import { mutableTarget } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { bytesEqual } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import type { XetMessage } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { PeerNetwork } from '../peer/peer-network.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import { Heads } from '../xet/heads.ts'
import { DhtItem } from './dht-item.ts'
import { Followers } from './followers.ts'
import { pause } from '../pause.ts'

/** How often the item is shown again: keeps connections open, and notices those that are dead. */
const SHOW_EVERY_MS = 120_000

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
  readonly #followers: Followers
  readonly #inDht: DhtItem
  #unfollow: () => void = () => {}
  #newest: MutableItem | undefined

  private constructor(options: ChannelOptions, parts: ChannelParts) {
    this.#options = options
    this.#parts = parts
    this.#heads = parts.heads ?? new Heads()
    this.#newest = options.item
    this.infoHash = mutableTarget(options.publicKey, options.salt)
    const { signal } = this.#abort
    const newest = (): MutableItem | undefined => this.#newest
    this.#followers = new Followers({
      ...parts,
      infoHash: this.infoHash,
      newest,
      onMessage: (message) => this.#message(message),
      signal,
    })
    this.#inDht = new DhtItem({
      ...parts,
      target: this.infoHash,
      salt: options.salt,
      newest,
      onItem: (item) => this.#received(item),
      onPeer: (endpoint) => this.#run(this.#followers.talkTo(endpoint)),
      onFailed: parts.onDhtFailed,
      signal,
    })
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
    return this.#followers.count
  }

  async show(item: MutableItem): Promise<number> {
    this.#spread(item)
    return this.#newest === item ? await this.#inDht.put(item) : 0
  }

  /** Takes an accepted stream; false when there is no place. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    return this.#followers.adopt(stream, head)
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
    this.#unfollow()
    this.#followers.close()
  }

  async #start(): Promise<void> {
    const { publicKey, salt = new Uint8Array(), peers = [] } = this.#options
    const followed = { publicKey, salt, seq: this.#newest?.seq ?? -1 }
    this.#unfollow = await this.#heads.follow(followed, (item) => this.#received(item))
    for (const endpoint of peers) this.#run(this.#followers.stayWith(endpoint))
    this.#run(this.#remind())
    this.#run(this.#inDht.watch())
  }

  #run(work: Promise<unknown>): void {
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
    this.#inDht.outdated()
    this.#followers.show()
    return true
  }

  async #remind(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await pause(this.#parts.clock, SHOW_EVERY_MS, signal)
      this.#followers.show()
    }
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  #message(message: XetMessage): void {
    if (message.type !== 'head' || !bytesEqual(message.publicKey, this.#options.publicKey)) return
    if (message.seq <= (this.#newest?.seq ?? -1)) return
    if (this.#heads.received(message) === 'forged') throw violated('sent an item that its owner has not signed')
  }
}
