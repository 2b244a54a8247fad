// The connections among those who follow one key. Each that has introduced itself is shown the newest item, and shows its
// own.
//
// Bounds: MAX_LINKS connections; who is silent about itself is closed.

import type { Endpoint } from '@ccbt/address'
import type { MutableItem } from '@ccbt/discovery'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import type { XetAbilities, XetMessage } from '@ccbt/wire-protocol'

import type { PeerNetwork } from '../peer/peer-network.ts'
import { ContentLink, linkGreeting } from '../xet/content-link.ts'
import { pause } from '../pause.ts'

const MAX_LINKS = 64
const DIAL_TIMEOUT_MS = 10_000
/** Who has not introduced himself by then gives his place to others. */
const INTRODUCTION_MS = 20_000
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

/** We have no chunks to give there. */
const ABILITIES: XetAbilities = {
  suites: [],
  queue: 0,
  maps: false,
  data: false,
  places: false,
  heads: true,
  zstd: false,
  blocks: false,
}

/** What {@link Followers} work with and tell. */
export interface FollowersParts {
  /** What connections are about, 20 bytes. */
  readonly infoHash: Uint8Array
  readonly clock: Clock
  readonly network: PeerNetwork
  readonly peerId: Uint8Array
  /** Whose addresses are not dialed. */
  readonly isRefused: (host: string) => boolean
  /** What they are shown. */
  readonly newest: () => MutableItem | undefined
  /** Throws to end the connection. */
  readonly onMessage: (message: XetMessage) => void
  /** Ends the dialling. */
  readonly signal: AbortSignal
}

/** Who is connected about one key. */
export class Followers {
  readonly #parts: FollowersParts
  readonly #links = new Set<ContentLink>()
  readonly #introduced = new Set<ContentLink>()

  constructor(parts: FollowersParts) {
    this.#parts = parts
  }

  /** How many have introduced themselves. */
  get count(): number {
    return this.#introduced.size
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

  /** Dials a peer again whenever it is gone. */
  async stayWith(endpoint: Endpoint): Promise<void> {
    const { clock, signal } = this.#parts
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      if (await this.talkTo(endpoint)) waitMs = FIRST_RETRY_MS
      await pause(clock, waitMs, signal)
    }
  }

  /** Fulfilled when the connection has ended; false when there was none. */
  async talkTo(endpoint: Endpoint): Promise<boolean> {
    const { infoHash, network, peerId, isRefused, signal } = this.#parts
    if (isRefused(endpoint.host) || this.#links.size >= MAX_LINKS) return false
    const stream = await network
      .dial({
        endpoint,
        infoHash,
        greeting: linkGreeting(infoHash, peerId),
        isEncrypted: network.policy === 'preferred' || network.policy === 'required',
        timeoutMs: DIAL_TIMEOUT_MS,
        signal,
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

  /** Shows the newest item to all. */
  show(): void {
    for (const link of this.#introduced) this.#showTo(link)
  }

  close(): void {
    for (const link of this.#links) link.close()
  }

  /** `onClosed` hears whether the other side speaks of this. */
  #open(stream: ByteStream, onClosed: (hasSpoken: boolean) => void): ContentLink {
    const { infoHash, clock, peerId, onMessage } = this.#parts
    const cancelWait = clock.after(INTRODUCTION_MS, () => link.close())
    const link: ContentLink = new ContentLink(
      stream,
      {
        introduced: () => {
          cancelWait()
          this.#introduced.add(link)
          this.#showTo(link)
        },
        received: onMessage,
        drained: () => {},
        closed: () => {
          cancelWait()
          this.#links.delete(link)
          onClosed(this.#introduced.delete(link))
        },
      },
      { infoHash, abilities: ABILITIES, ownId: peerId },
    )
    this.#links.add(link)
    return link
  }

  #showTo(link: ContentLink): void {
    const newest = this.#parts.newest()
    if (newest === undefined) return
    const { publicKey, signature, seq, salt, value } = newest
    link.send({ type: 'head', id: 0, publicKey, signature, seq, salt, value })
  }
}
