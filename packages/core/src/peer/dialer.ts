// Outgoing connections of one torrent: takes due addresses from the peer book, dials a bounded number at a time and
// hands over the streams.

import { scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import type { DialLimit } from './dial-limit.ts'
import { changesHandshake, dialsEncrypted } from './encryption-policy.ts'
import { HashChoice } from './hash-choice.ts'
import { hasPlaceAt } from './host-limit.ts'
import type { KnownPeer, PeerBook } from './peer-book.ts'
import type { TorrentNetwork } from './peer-network.ts'

/** Connection attempts at the same time. */
const MAX_HALF_OPEN = 30
const DIAL_TIMEOUT_MS = 10_000

/** What a dialer works with. */
export interface DialerParts {
  readonly network: TorrentNetwork
  /** 20 bytes each, as on the wire: a hybrid torrent has two. */
  readonly infoHashes: readonly Uint8Array[]
  /** Our handshake by one of these hashes. */
  readonly greeting: (infoHash: Uint8Array) => Uint8Array
  readonly book: PeerBook
  readonly clock: Clock
  readonly dialLimit: DialLimit
  readonly maxPeers: number
  /** The other ends of the connections that there are. */
  readonly connected: () => Endpoint[]
  /** Nothing is left to download: seeds are not dialled. */
  readonly isComplete: () => boolean
  /** Nobody could be reached there. Absent = nobody can help. */
  readonly onUnreachable?: (endpoint: Endpoint) => void
  /** Takes a stream on which our handshake has been sent; {@link Dialer.ended} when it has ended. */
  readonly onConnected: (stream: ByteStream, peer: KnownPeer) => void
}

/** What came of a connection. */
export interface ConnectionEnd {
  readonly direction: 'in' | 'out'
  /** The peer's handshake came. */
  readonly wasAnswered: boolean
  /** It got through the handshake, and did nothing that is forbidden. */
  readonly wasUseful: boolean
}

/** Dials the known peers of one torrent. */
export class Dialer {
  readonly #parts: DialerParts
  readonly #abort = new AbortController()
  readonly #dialing = new Set<KnownPeer>()
  readonly #hashes: HashChoice

  constructor(parts: DialerParts) {
    this.#parts = parts
    this.#hashes = new HashChoice(parts.infoHashes)
  }

  /** Dials what is due; called when addresses arrive, connections end, and once a second. */
  fill(): void {
    if (this.#abort.signal.aborted) return
    const { book, clock, isComplete } = this.#parts
    const others = this.#others()
    const room = this.#roomBeside(others)
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

  /** Dials over uTP at once what a peer has named: whoever is there does the same at this moment (BEP 55). */
  punch(endpoint: Endpoint): void {
    const { book, clock } = this.#parts
    const peer = this.#abort.signal.aborted ? undefined : book.claim(endpoint, 'pex')
    if (peer === undefined) return
    const others = this.#others()
    if (this.#roomBeside(others) > 0 && hasPlaceAt(endpoint.host, others) && this.#mayDial(peer)) {
      void this.#dial(peer, 'utp')
    } else book.postponed(peer, clock.now())
  }

  /** The connection to a peer of the book has ended, whoever made it. */
  ended(peer: KnownPeer, end: ConnectionEnd): void {
    const isRefusal = end.direction === 'out' && !end.wasAnswered
    if (isRefusal && !dialsEncrypted(this.#parts.network.policy, peer)) this.#refused(peer)
    else this.#released(peer, end.wasUseful)
  }

  /** Ends all attempts. */
  stop(): void {
    this.#abort.abort()
  }

  /** Those that take places: connected, or being dialled. */
  #others(): Endpoint[] {
    return [...this.#parts.connected(), ...Array.from(this.#dialing, ({ endpoint }) => endpoint)]
  }

  #roomBeside(others: readonly Endpoint[]): number {
    return Math.min(this.#parts.maxPeers - others.length, MAX_HALF_OPEN - this.#dialing.size)
  }

  /** What a person names, and what is on this network, is nobody's victim. */
  #mayDial({ origin, endpoint }: KnownPeer): boolean {
    if (origin === 'manual' || scopeOf(endpoint.host) !== 'global') return true
    return this.#parts.dialLimit.take(endpoint.host)
  }

  async #dial(peer: KnownPeer, only?: 'utp'): Promise<void> {
    this.#dialing.add(peer)
    try {
      const stream = await this.#call(peer, only)
      this.#dialing.delete(peer)
      this.#connected(stream, peer)
    } catch (error) {
      this.#dialing.delete(peer)
      if (isCcbtError(error, 'TRANSPORT_ENCRYPTION_FAILED')) this.#refused(peer)
      else if (isCcbtError(error, 'TRANSPORT_CONNECT_FAILED')) {
        this.#released(peer, false)
        if (only === undefined && !this.#abort.signal.aborted) this.#parts.onUnreachable?.(peer.endpoint)
      } else throw error
    }
  }

  #call(peer: KnownPeer, only: 'utp' | undefined): Promise<ByteStream> {
    const { network, greeting } = this.#parts
    const infoHash = this.#hashes.of(peer)
    const { endpoint, speaksUtp } = peer
    return network.dial({
      endpoint,
      infoHash,
      greeting: greeting(infoHash),
      isEncrypted: dialsEncrypted(network.policy, peer),
      speaksUtp,
      ...(only === undefined ? {} : { only }),
      timeoutMs: DIAL_TIMEOUT_MS,
      signal: this.#abort.signal,
    })
  }

  /** The peer does not take the handshake that it got; it may take the other one, on a connection of its own. */
  #refused(peer: KnownPeer): void {
    if (!changesHandshake(this.#parts.network.policy, peer)) {
      this.#hashes.refused(peer)
      this.#released(peer, false)
      return
    }
    this.#parts.book.retried(peer, this.#parts.clock.now())
    this.fill()
  }

  #released(peer: KnownPeer, wasUseful: boolean): void {
    this.#parts.book.released(peer, this.#parts.clock.now(), wasUseful)
  }

  /** Meanwhile others may have come from there, and only now is it known where a name leads. */
  #connected(stream: ByteStream, peer: KnownPeer): void {
    const { book, clock, connected, onConnected } = this.#parts
    if (stream.transport === 'utp') peer.speaksUtp = true
    const isWelcome = hasPlaceAt(stream.remote.host, connected()) && book.refusal(stream.remote) === undefined
    if (isWelcome && !this.#abort.signal.aborted) {
      onConnected(stream, peer)
      return
    }
    stream.close()
    book.postponed(peer, clock.now())
  }
}
