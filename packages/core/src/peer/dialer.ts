// Outgoing connections of one torrent: takes due addresses from the peer book, dials a bounded number at a time and
// hands over the streams.

import { scopeOf } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream, SocketFactory } from '@ccbt/transport'

import type { DialLimit } from './dial-limit.ts'
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
  /** Connections that may still be opened. */
  readonly freePlaces: () => number
  /** Nothing is left to download: seeds are not dialled. */
  readonly isComplete: () => boolean
  readonly onConnected: (stream: ByteStream, peer: KnownPeer) => void
}

/** Dials the known peers of one torrent. */
export class Dialer {
  readonly #parts: DialerParts
  readonly #abort = new AbortController()
  #halfOpen = 0

  constructor(parts: DialerParts) {
    this.#parts = parts
  }

  /** Dials what is due; called when addresses arrive, connections end, and once a second. */
  fill(): void {
    if (this.#abort.signal.aborted) return
    const room = Math.min(this.#parts.freePlaces() - this.#halfOpen, MAX_HALF_OPEN - this.#halfOpen)
    if (room <= 0) return
    const due = this.#parts.book.take(this.#parts.clock.now(), room, this.#parts.isComplete())
    for (const peer of due) {
      if (this.#mayDial(peer)) void this.#dial(peer)
      else this.#parts.book.postponed(peer, this.#parts.clock.now())
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
    this.#halfOpen++
    try {
      const options = { timeoutMs: DIAL_TIMEOUT_MS, signal: this.#abort.signal }
      const stream = await this.#parts.sockets.dial(peer.endpoint, options)
      if (this.#abort.signal.aborted) stream.close()
      else this.#parts.onConnected(stream, peer)
    } catch (error) {
      if (!isCcbtError(error, 'TRANSPORT_CONNECT_FAILED')) throw error
      this.#parts.book.released(peer, this.#parts.clock.now(), false)
    } finally {
      this.#halfOpen--
    }
  }
}
