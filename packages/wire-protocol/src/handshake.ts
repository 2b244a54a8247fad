// The 68-byte handshake (BEP 3) and its reserved bits.

import { handshakeInvalid } from './errors.ts'

/** Length of a handshake in bytes. */
export const HANDSHAKE_BYTES = 68

const PROTOCOL = Uint8Array.from('\x13BitTorrent protocol', (c) => c.charCodeAt(0))
const RESERVED_AT = 20
const INFO_HASH_AT = 28
const PEER_ID_AT = 48

/** What both sides say first. */
export interface Handshake {
  /** 8 bytes of feature bits; see {@link parseReserved}. */
  readonly reserved: Uint8Array
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
}

/** Features named in the reserved bits. */
export interface ReservedBits {
  /** BEP 6. */
  readonly fast: boolean
  /** BEP 10. */
  readonly extended: boolean
  /** BEP 5. */
  readonly dht: boolean
  /** BEP 52. */
  readonly v2: boolean
}

/** The reserved bytes that announce these features. */
export function makeReserved(features: Partial<ReservedBits>): Uint8Array {
  const reserved = new Uint8Array(8)
  if (features.extended === true) reserved[5]! |= 0x10
  if (features.fast === true) reserved[7]! |= 0x04
  if (features.dht === true) reserved[7]! |= 0x01
  if (features.v2 === true) reserved[7]! |= 0x10
  return reserved
}

/** The features that reserved bytes announce; unknown bits are ignored. */
export function parseReserved(reserved: Uint8Array): ReservedBits {
  return {
    extended: (reserved[5]! & 0x10) !== 0,
    fast: (reserved[7]! & 0x04) !== 0,
    dht: (reserved[7]! & 0x01) !== 0,
    v2: (reserved[7]! & 0x10) !== 0,
  }
}

/** Writes a handshake of {@link HANDSHAKE_BYTES} at `at`. */
export function writeHandshake(out: Uint8Array, at: number, handshake: Handshake): void {
  out.set(PROTOCOL, at)
  out.set(handshake.reserved, at + RESERVED_AT)
  out.set(handshake.infoHash, at + INFO_HASH_AT)
  out.set(handshake.peerId, at + PEER_ID_AT)
}

/** Reads a handshake; the parts are copies. @throws WIRE_HANDSHAKE_INVALID */
export function readHandshake(bytes: Uint8Array): Handshake {
  for (let i = 0; i < PROTOCOL.length; i++) if (bytes[i] !== PROTOCOL[i]) throw handshakeInvalid()
  return {
    reserved: bytes.slice(RESERVED_AT, INFO_HASH_AT),
    infoHash: bytes.slice(INFO_HASH_AT, PEER_ID_AT),
    peerId: bytes.slice(PEER_ID_AT, HANDSHAKE_BYTES),
  }
}

/** Whether the bytes so far can still become a handshake. */
export function mayBeHandshake(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PROTOCOL.length)
  for (let i = 0; i < length; i++) if (bytes[i] !== PROTOCOL[i]) return false
  return true
}
