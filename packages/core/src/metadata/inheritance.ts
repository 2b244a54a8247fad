// What a torrent that knew only its infohash leaves to the live one: whom it knows, and the connections that it has.

import type { ByteStream } from '@ccbt/transport'

import type { KnownPeer, PeerBook } from '../peer/peer-book.ts'
import type { PeerFinder } from '../sources/peer-finder.ts'

/** A connection on which both sides have said hello. */
export interface GreetedStream {
  readonly stream: ByteStream
  readonly direction: 'in' | 'out'
  /** Its entry in the inherited book, which counts as busy. */
  readonly known?: KnownPeer
  /**
   * What the peer has said so far, to be read as if it came now: its handshake, its extension handshake and whatever
   * else, without ut_metadata; the last message may be incomplete.
   *
   * It has got our handshake with the fast and extension bits, where it speaks them Have None and an extension
   * handshake in which ut_metadata is message 1, and nothing else.
   */
  readonly head: Uint8Array
}

/** Taken over by a torrent when it goes live. */
export interface Inheritance {
  /** Addresses, bans, and who is connected. */
  readonly book: PeerBook
  /** The connections; from here on they belong to the caller, who attaches to each at once. */
  takeConnections(): readonly GreetedStream[]
  /** Who finds more of them; from here on it is the caller's to stop. */
  takeFinder(): PeerFinder | undefined
}
