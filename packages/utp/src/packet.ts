// The uTP packet (BEP 29): 20 bytes of header, a chain of extensions, payload. Everything is checked here, once; what
// does not fit the format is no packet.

import { readU32, writeU32 } from '@ccbt/primitives'

/** Bytes of a header without extensions. */
export const HEADER_BYTES = 20

/** Packet types of BEP 29. */
export const PacketType = { data: 0, fin: 1, state: 2, reset: 3, syn: 4 } as const

/** Most bytes of a selective-ACK mask that we send: the largest multiple of 4 (BEP 29) that its length byte can say. */
export const MAX_SACK_BYTES = 252

/** The first bit of a selective ACK stands for the packet this far after the last one received in order. */
export const SACK_FIRST = 2

const VERSION = 1
const LAST_TYPE = PacketType.syn
const EXTENSION_SACK = 1
/** An extension that nobody knows, and that everybody has to pass over: it pads probes of the packet size. */
const EXTENSION_PADDING = 0x7f
const EXTENSION_HEAD_BYTES = 2
const MAX_EXTENSION_BYTES = 255

/** The fields of a packet; one object is filled again and again. */
export interface PacketHead {
  type: number
  connectionId: number
  /** The sender's clock when it was sent, 32 bits of microseconds. */
  timestampUs: number
  /** What the sender saw as (its clock − our timestamp) in our last packet; 0: none yet. */
  delayUs: number
  windowBytes: number
  sequence: number
  ack: number
  /** Where the selective-ACK mask is, and its length; 0 bytes: there is none. */
  sackAt: number
  sackBytes: number
  payloadAt: number
}

/** An empty head to read into. */
export function createHead(): PacketHead {
  return {
    type: 0,
    connectionId: 0,
    timestampUs: 0,
    delayUs: 0,
    windowBytes: 0,
    sequence: 0,
    ack: 0,
    sackAt: 0,
    sackBytes: 0,
    payloadAt: HEADER_BYTES,
  }
}

/**
 * Reads the head of a packet into `head`; false when it is none: short, another version or type, a chain of extensions
 * that leaves the packet, a selective ACK that is empty or there twice. Its length may be any: libtorrent 2.0 sends masks
 * of 6 bytes.
 * @example if (readHead(datagram, head)) connection.input(datagram, head, nowUs)
 */
export function readHead(packet: Uint8Array, head: PacketHead): boolean {
  if (packet.length < HEADER_BYTES) return false
  const first = packet[0]!
  head.type = first >>> 4
  if ((first & 0xf) !== VERSION || head.type > LAST_TYPE) return false
  head.connectionId = readU16(packet, 2)
  head.timestampUs = readU32(packet, 4)
  head.delayUs = readU32(packet, 8)
  head.windowBytes = readU32(packet, 12)
  head.sequence = readU16(packet, 16)
  head.ack = readU16(packet, 18)
  head.sackAt = 0
  head.sackBytes = 0
  return readExtensions(packet, head)
}

/** Writes the header of `head`, without extensions, to the start of `packet`. */
export function writeHead(packet: Uint8Array, head: PacketHead): void {
  packet[0] = (head.type << 4) | VERSION
  packet[1] = 0
  writeU16(packet, 2, head.connectionId)
  writeU32(packet, 4, head.timestampUs)
  writeU32(packet, 8, head.delayUs)
  writeU32(packet, 12, head.windowBytes)
  writeU16(packet, 16, head.sequence)
  writeU16(packet, 18, head.ack)
}

/** Adds a selective ACK of `bytes` bytes, all bits 0, to a header just written; gives where its mask begins. */
export function writeSack(packet: Uint8Array, bytes: number): number {
  packet[1] = EXTENSION_SACK
  packet[HEADER_BYTES] = 0
  packet[HEADER_BYTES + 1] = bytes
  const at = HEADER_BYTES + EXTENSION_HEAD_BYTES
  packet.fill(0, at, at + bytes)
  return at
}

/**
 * Adds extensions without meaning to a header just written, `bytes` bytes in all; gives where the payload begins.
 * `bytes` is at least 2.
 */
export function writePadding(packet: Uint8Array, bytes: number): number {
  let kindAt = 1
  let at = HEADER_BYTES
  for (let left = bytes; left > 0;) {
    let length = Math.min(left - EXTENSION_HEAD_BYTES, MAX_EXTENSION_BYTES)
    // One byte cannot be an extension.
    if (left - EXTENSION_HEAD_BYTES - length === 1) length--
    packet[kindAt] = EXTENSION_PADDING
    packet[at] = 0
    packet[at + 1] = length
    packet.fill(0, at + EXTENSION_HEAD_BYTES, at + EXTENSION_HEAD_BYTES + length)
    kindAt = at
    at += EXTENSION_HEAD_BYTES + length
    left -= EXTENSION_HEAD_BYTES + length
  }
  return at
}

function readExtensions(packet: Uint8Array, head: PacketHead): boolean {
  let kind = packet[1]!
  let at = HEADER_BYTES
  while (kind !== 0) {
    if (at + EXTENSION_HEAD_BYTES > packet.length) return false
    const length = packet[at + 1]!
    const bodyAt = at + EXTENSION_HEAD_BYTES
    if (bodyAt + length > packet.length) return false
    if (kind === EXTENSION_SACK) {
      if (length === 0 || head.sackBytes > 0) return false
      head.sackAt = bodyAt
      head.sackBytes = length
    }
    kind = packet[at]!
    at = bodyAt + length
  }
  head.payloadAt = at
  return true
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}
