// The canonical priority of BEP 40: both ends of a connection compute the same number, so that a swarm in which each
// keeps the peers of the highest numbers is well connected, and nobody fills our places from one network.

import { crc32c } from './crc32c.ts'
import type { Endpoint } from './endpoint.ts'
import { ipToBytes } from './ip.ts'

/** Bits of an address that count where two differ beyond the network. */
const HOST_MASK = 0x55
/** Bytes that always count in full: the /16 of IPv4, the /48 of IPv6. */
const V4_NETWORK_BYTES = 2
const V6_NETWORK_BYTES = 6

/**
 * How much a connection between `a` and `b` is worth, as an unsigned 32-bit number: more is better. `undefined` when
 * they are not of one family, or not IP literals.
 * @example canonicalPriority({ host: '123.213.32.10', port: 1 }, { host: '98.76.54.32', port: 1 }) // 0xec2d7224
 */
export function canonicalPriority(a: Endpoint, b: Endpoint): number | undefined {
  const ours = ipToBytes(a.host)
  const theirs = ipToBytes(b.host)
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length) return undefined
  const differsAt = ours.findIndex((byte, at) => byte !== theirs[at])
  if (differsAt === -1) return crc32c(sorted(portBytes(a.port), portBytes(b.port)))
  const network = ours.length === 4 ? V4_NETWORK_BYTES : V6_NETWORK_BYTES
  // The longer the part that they share, the more of the rest counts.
  const whole = Math.max(network, differsAt + 1)
  return crc32c(sorted(masked(ours, whole), masked(theirs, whole)))
}

function masked(ip: Uint8Array, whole: number): Uint8Array {
  return ip.map((byte, at) => (at < whole ? byte : byte & HOST_MASK))
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >>> 8, port & 0xff)
}

/** Both in the order of their bytes, so that the result is the same for either side. */
function sorted(a: Uint8Array, b: Uint8Array): Uint8Array {
  const differsAt = a.findIndex((byte, at) => byte !== b[at])
  const isInOrder = differsAt === -1 || a[differsAt]! < b[differsAt]!
  return Uint8Array.from(isInOrder ? [...a, ...b] : [...b, ...a])
}
