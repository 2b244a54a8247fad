// Outgoing connections of one torrent: takes due addresses from the peer book, dials a bounded number at a time and
// hands over the streams.

import { scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream, SocketFactory } from '@ccbt/transport'

import type { DialLimit } from './dial-limit.ts'
import { hasPlaceAt } from './host-limit.ts'
import type { KnownPeer, PeerBook } from './peer-book.ts'

/** Connection attempts at the same time. */
const MAX_HALF_OPEN = 30
const DIAL_TIMEOUT_MS = 10_000

/** What a dialer works with. */
export interface DialerParts {
  readonly sockets: SocketFactory
  readonly book: PeerBook
  readonly clock: Clock
  readonly dialLimit: DialLimit
  readonly maxPeers: number
  /** The other ends of the connections that there are. */
  readonly connected: () => Endpoint[]
  /** Nothing is left to download: seeds are not dialled. */
  readonly isComplete: () => boolean
  readonly onConnected: (stream: ByteStream, peer: KnownPeer) => void
}

/** Dials the known peers of one torrent. */
export class Dialer {
  readonly #parts: DialerParts
  readonly #abort = new AbortController()
  readonly #dialing = new Set<KnownPeer>()

  constructor(parts: DialerParts) {
    this.#parts = parts
  }

  /** Dials what is due; called when addresses arrive, connections end, and once a second. */
  fill(): void {
    if (this.#abort.signal.aborted) return
    const { book, clock, maxPeers, connected, isComplete } = this.#parts
    const others = [...connected(), ...Array.from(this.#dialing, ({ endpoint }) => endpoint)]
    const room = Math.min(maxPeers - others.length, MAX_HALF_OPEN - this.#dialing.size)
    if (room <= 0) return
    for (const peer of book.take(clock.now(), room, isComplete())) {
      if (hasPlaceAt(peer.endpoint.host, others) && this.#mayDial(peer)) {
        others.push(peer.endpoint)
        void this.#dial(peer)
      } else {
        book.postponed(peer, clock.now())
      }
    }
  }

  /** Ends all attempts. */
  stop(): void {
    this.#abort.abort()
  }

  /** What a person names, and what is on this network, is nobody's victim. */
  #mayDial({ origin, endpoint }: KnownPeer): boolean {
    if (origin === 'manual' || scopeOf(endpoint.host) !== 'global') return true
    return this.#parts.dialLimit.take(endpoint.host)
  }

  async #dial(peer: KnownPeer): Promise<void> {
    this.#dialing.add(peer)
    try {
      const options = { timeoutMs: DIAL_TIMEOUT_MS, signal: this.#abort.signal }
      const stream = await this.#parts.sockets.dial(peer.endpoint, options)
      this.#dialing.delete(peer)
      this.#connected(stream, peer)
    } catch (error) {
      if (!isCcbtError(error, 'TRANSPORT_CONNECT_FAILED')) throw error
      this.#parts.book.released(peer, this.#parts.clock.now(), false)
    } finally {
      this.#dialing.delete(peer)
    }
  }

  /** Meanwhile others may have come from there, and only now is it known where a name leads. */
  #connected(stream: ByteStream, peer: KnownPeer): void {
    const { book, clock, connected, onConnected } = this.#parts
    const isWelcome = hasPlaceAt(stream.remote.host, connected()) && book.refusal(stream.remote) === undefined
    if (isWelcome && !this.#abort.signal.aborted) {
      onConnected(stream, peer)
      return
    }
    stream.close()
    book.postponed(peer, clock.now())
  }
}
