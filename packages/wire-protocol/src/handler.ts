import type { HashRange } from '@ccbt/primitives'

import type { Handshake } from './handshake.ts'

/**
 * Receives the messages of one connection in the order they arrive. Integers are what the peer sent (u32), checked
 * against nothing. A method may throw (the decoder passes it on and takes nothing more) or call the decoder's `stop()`.
 */
export interface WireHandler {
  /** The first message (BEP 3); its parts are copies. */
  handshake(handshake: Handshake): void
  keepAlive(): void
  choke(): void
  unchoke(): void
  interested(): void
  notInterested(): void
  have(piece: number): void
  /** All that the peer has; usually the first message, but it may come again. `bits` is a view, valid until this returns. */
  bitfield(bits: Uint8Array): void
  /** In place of a bitfield (BEP 6). */
  haveAll(): void
  /** In place of a bitfield (BEP 6). */
  haveNone(): void
  /** `begin` and `length` are bytes. */
  request(piece: number, begin: number, length: number): void
  cancel(piece: number, begin: number, length: number): void
  /** BEP 6. */
  reject(piece: number, begin: number, length: number): void
  /** BEP 6. */
  suggest(piece: number): void
  /** BEP 6. */
  allowedFast(piece: number): void
  /** The peer's DHT port (BEP 5). */
  port(port: number): void
  /**
   * A block begins to arrive. The answer is where its payload goes: a view of exactly `length` bytes, which the decoder
   * fills as the bytes arrive, over as many reads as it takes; undefined = the payload is skipped.
   */
  blockBegin(piece: number, begin: number, length: number): Uint8Array | undefined
  /** All bytes of the block have arrived, also when they were skipped. */
  blockEnd(piece: number, begin: number, length: number): void
  /** An extension message (BEP 10); `payload` is a view, valid until this returns. */
  extended(id: number, payload: Uint8Array): void
  /** BEP 52, like the two below; whoever has no v2 torrents leaves them out. The root in `range` is a view, valid until this returns. */
  hashRequest?(range: HashRange): void
  /**
   * The hashes of `range` followed by the uncle hashes of its proof layers, from the lowest up, 32 bytes each: a view,
   * valid until this returns. There are as many as `range` demands; whether they are true is not known.
   */
  hashes?(range: HashRange, hashes: Uint8Array): void
  hashReject?(range: HashRange): void
}
