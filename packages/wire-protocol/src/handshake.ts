// The handshake (BEP 3): 68 bytes, and the features in its reserved bits.

import { bug } from '@ccbt/primitives'

/** Length of a handshake in bytes. */
export const HANDSHAKE_BYTES = 68

const PROTOCOL = Uint8Array.from('\x13BitTorrent protocol', (char) => char.charCodeAt(0))
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

/** The bytes of a handshake. */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_BYTES)
  writeHandshake(bytes, 0, handshake)
  return bytes
}

/** Features that the reserved bits announce. */
export interface ReservedBits {
  /** Fast extension (BEP 6). */
  readonly fast: boolean
  /** Extension protocol (BEP 10). */
  readonly extended: boolean
  /** DHT (BEP 5). */
  readonly dht: boolean
  /** The sender can upgrade a hybrid torrent to v2 (BEP 52). */
  readonly v2: boolean
}

/** Byte and bit of each feature. */
const FEATURES = {
  extended: { at: 5, bit: 0x10 },
  v2: { at: 7, bit: 0x10 },
  fast: { at: 7, bit: 0x04 },
  dht: { at: 7, bit: 0x01 },
} as const

/**
 * The 8 reserved bytes that announce these features.
 * @example makeReserved({ fast: true, extended: true })
 */
export function makeReserved(features: Partial<ReservedBits>): Uint8Array {
  const reserved = new Uint8Array(8)
  for (const name of ['extended', 'v2', 'fast', 'dht'] as const) {
    if (features[name] === true) reserved[FEATURES[name].at]! |= FEATURES[name].bit
  }
  return reserved
}

/** The features that 8 reserved bytes announce; bits nobody has defined are ignored. */
export function parseReserved(reserved: Uint8Array): ReservedBits {
  const has = (feature: { at: number; bit: number }): boolean => (reserved[feature.at]! & feature.bit) !== 0
  return { extended: has(FEATURES.extended), v2: has(FEATURES.v2), fast: has(FEATURES.fast), dht: has(FEATURES.dht) }
}

/** Writes a handshake of {@link HANDSHAKE_BYTES} bytes at `at`. */
export function writeHandshake(out: Uint8Array, at: number, handshake: Handshake): void {
  const { reserved, infoHash, peerId } = handshake
  if (reserved.length !== 8 || infoHash.length !== 20 || peerId.length !== 20) throw bug('handshake of odd parts')
  out.set(PROTOCOL, at)
  out.set(reserved, at + RESERVED_AT)
  out.set(infoHash, at + INFO_HASH_AT)
  out.set(peerId, at + PEER_ID_AT)
}

/** The parts, as copies, of {@link HANDSHAKE_BYTES} bytes that {@link isHandshakeStart} has accepted. */
export function readHandshake(bytes: Uint8Array): Handshake {
  return {
    reserved: bytes.slice(RESERVED_AT, INFO_HASH_AT),
    infoHash: bytes.slice(INFO_HASH_AT, PEER_ID_AT),
    peerId: bytes.slice(PEER_ID_AT, HANDSHAKE_BYTES),
  }
}

/** Whether the first `length` bytes can be those of a handshake. */
export function isHandshakeStart(bytes: Uint8Array, length: number): boolean {
  const count = Math.min(length, PROTOCOL.length)
  for (let i = 0; i < count; i++) if (bytes[i] !== PROTOCOL[i]) return false
  return true
}
