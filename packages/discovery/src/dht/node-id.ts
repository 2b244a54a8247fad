// Ids of DHT nodes: how near they are to each other (BEP 5), and which ones an address may have (BEP 42). The first
// 21 bits of an id follow from the node's address, so that nobody can choose to be the neighbour of a torrent.

import { crc32c, ipToBytes, scopeOf } from '@ccbt/address'
import { writeU32 } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

/** 20 bytes: an id of a node. Targets and info-hashes are compared with it byte by byte. */
export type NodeId = Uint8Array

const NODE_ID_BYTES = 20
const V4_MASK = [0x03, 0x0f, 0x3f, 0xff]
/** Only the network half of an IPv6 address counts. */
const V6_MASK = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff]
/** The first 21 bits. */
const PREFIX_MASK = 0xffff_f800

/** An id that follows no rule: what a node has as long as it does not know its address, and targets of lookups. */
export function randomId(random: Random): NodeId {
  const id = new Uint8Array(NODE_ID_BYTES)
  for (let at = 0; at < NODE_ID_BYTES; at += 4) writeU32(id, at, random.u32())
  return id
}

/**
 * An id for the node at `ip`, which is an IP literal (BEP 42).
 * @example nodeIdFor('124.31.75.21', random) // one of eight prefixes, the rest random
 */
export function nodeIdFor(ip: string, random: Random): NodeId {
  const id = randomId(random)
  const prefix = prefixOf(ip, id[NODE_ID_BYTES - 1]!)
  id[0] = prefix >>> 24
  id[1] = prefix >>> 16
  id[2] = ((prefix >>> 8) & 0xf8) | (id[2]! & 0x07)
  return id
}

/** Whether the node at `ip` may have this id (BEP 42). Addresses that are not global may have any. */
export function isIdRightFor(id: NodeId, ip: string): boolean {
  if (scopeOf(ip) !== 'global') return true
  const actual = (id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8)
  return ((actual ^ prefixOf(ip, id[NODE_ID_BYTES - 1]!)) & PREFIX_MASK) === 0
}

/**
 * Orders ids by their distance to `target` (BEP 5: XOR): negative when `a` is nearer than `b`, 0 when they are equal.
 * @example contacts.sort((a, b) => closer(target, a.id, b.id))
 */
export function closer(target: Uint8Array, a: NodeId, b: NodeId): number {
  for (let at = 0; at < NODE_ID_BYTES; at++) {
    const order = (a[at]! ^ target[at]!) - (b[at]! ^ target[at]!)
    if (order !== 0) return order
  }
  return 0
}

/** How many first bits two ids share: 0 to 159, or 160 when they are equal. */
export function bucketIndex(own: NodeId, other: NodeId): number {
  for (let at = 0; at < NODE_ID_BYTES; at++) {
    const difference = own[at]! ^ other[at]!
    if (difference !== 0) return at * 8 + Math.clz32(difference) - 24
  }
  return NODE_ID_BYTES * 8
}

/** The 32 bits of which the first 21 are the rule; `seed` is the last byte of the id, of which three bits count. */
function prefixOf(ip: string, seed: number): number {
  const address = ipToBytes(ip) ?? new Uint8Array(V4_MASK.length)
  const mask = address.length === V4_MASK.length ? V4_MASK : V6_MASK
  const masked = Uint8Array.from(mask, (bits, at) => address[at]! & bits)
  masked[0] = masked[0]! | ((seed & 7) << 5)
  return crc32c(masked)
}
