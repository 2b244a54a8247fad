// Nodes of the DHT as the protocol writes them (BEP 5, BEP 32), and which addresses may be one.

import { familyOf, formatEndpoint, ipToBytes, readCompact, scopeOf, writeCompact } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { concatBytes, toHex } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import { randomId } from './node-id.ts'
import type { NodeId } from './node-id.ts'

/** Length of node ids, info-hashes and targets. */
export const ID_BYTES = 20

/** A node: its id and its address, an IP literal in normal form. */
export interface Contact extends Endpoint {
  readonly id: NodeId
}

const PORT_BYTES = 2

/** The key of `nodes` and the bytes of an entry, by family. */
export const NODES_KEY: Readonly<Record<IpFamily, 'nodes' | 'nodes6'>> = { ipv4: 'nodes', ipv6: 'nodes6' }

/** Bytes of one entry of `nodes` (26) or `nodes6` (38). */
export function nodeBytes(family: IpFamily): number {
  return ID_BYTES + PORT_BYTES + (family === 'ipv4' ? 4 : 16)
}

/** The first `most` entries of `nodes` or `nodes6`, as they are; a rest that is no entry is dropped. */
export function readNodes(bytes: Uint8Array, family: IpFamily, most: number): Contact[] {
  const step = nodeBytes(family)
  const contacts: Contact[] = []
  for (let at = 0; at + step <= bytes.length && contacts.length < most; at += step) {
    const endpoint = readCompact(bytes.subarray(at + ID_BYTES, at + step), family)[0]
    // The id is copied: a view would keep the whole datagram in memory.
    if (endpoint !== undefined) contacts.push({ id: bytes.slice(at, at + ID_BYTES), ...endpoint })
  }
  return contacts
}

/** The inverse of {@link readNodes}. */
export function writeNodes(contacts: readonly Contact[]): Uint8Array {
  return concatBytes(contacts.flatMap((contact) => [contact.id, compactEndpoint(contact)]))
}

/** The 6 or 18 bytes of an endpoint. */
export function compactEndpoint(endpoint: Endpoint): Uint8Array {
  const { v4, v6 } = writeCompact([endpoint])
  return v4.length > 0 ? v4 : v6
}

/** A random id that begins with the first `bits` of `id`. */
export function idWithPrefix(id: NodeId, bits: number, random: Random): NodeId {
  const made = randomId(random)
  const whole = bits >>> 3
  made.set(id.subarray(0, whole))
  const mask = 0xff00 >>> (bits & 7)
  if (whole < ID_BYTES) made[whole] = (id[whole]! & mask) | (made[whole]! & ~mask)
  return made
}

/** A text that only this endpoint has. */
export function endpointKey(endpoint: Endpoint): string {
  return formatEndpoint(endpoint)
}

/**
 * What one operator is likely to own: the /24 of an IPv4 address, the /64 of an IPv6 address. Addresses that are not
 * global have no such owner: each endpoint is on its own.
 */
export function networkOf(endpoint: Endpoint): string {
  const { host } = endpoint
  if (scopeOf(host) !== 'global') return endpointKey(endpoint)
  if (familyOf(host) === 'ipv4') return host.slice(0, host.lastIndexOf('.'))
  const bytes = ipToBytes(host)
  return bytes === undefined ? host : toHex(bytes.subarray(0, 8))
}

/** Whether datagrams may go to this address: a global one of `family`, or a local one where these are allowed. */
export function isDialable(endpoint: Endpoint, family: IpFamily, allowLocal: boolean): boolean {
  if (endpoint.port < 1 || endpoint.port > 65_535 || familyOf(endpoint.host) !== family) return false
  const scope = scopeOf(endpoint.host)
  return scope === 'global' || (allowLocal && scope !== 'unusable')
}
