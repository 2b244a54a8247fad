import type { Handshake } from './handshake.ts'

/** Receives the decoded messages of one connection. It may throw or call `stop()` on the decoder at any time. */
export interface WireHandler {
  handshake(handshake: Handshake): void
  keepAlive(): void
  choke(): void
  unchoke(): void
  interested(): void
  notInterested(): void
  have(piece: number): void
  /** `bits` is a view, valid until this returns. */
  bitfield(bits: Uint8Array): void
  haveAll(): void
  haveNone(): void
  request(piece: number, begin: number, length: number): void
  cancel(piece: number, begin: number, length: number): void
  reject(piece: number, begin: number, length: number): void
  suggest(piece: number): void
  allowedFast(piece: number): void
  port(port: number): void
  /**
   * Where the payload of a block goes: a view of exactly `length` bytes, into which the decoder writes as the bytes
   * arrive; undefined = they are skipped. `blockEnd` follows in both cases.
   */
  blockBegin(piece: number, begin: number, length: number): Uint8Array | undefined
  blockEnd(piece: number, begin: number, length: number): void
  /** An extension message (BEP 10); `payload` is a view, valid until this returns. */
  extended(id: number, payload: Uint8Array): void
}
