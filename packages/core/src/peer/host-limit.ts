// How many connections of one torrent may go to the same place: somebody with one machine is not to take all of them.
// Behind a local address may be a whole laboratory.

import { ipToBytes, isLocalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { toHex } from '@ccbt/primitives'

/** For a global address or, in IPv6, a /64: behind one address of a provider's NAT there are several peers. */
const MAX_PER_GLOBAL_HOST = 8
const MAX_PER_LOCAL_HOST = 64
/** What one customer gets at least, to choose addresses from. */
const V6_NETWORK_BYTES = 8

/**
 * Whether one more connection with `host` may be added to those with `others`.
 * @example hasPlaceAt('203.0.113.5', Array.from(connections, (c) => c.stream.remote))
 */
export function hasPlaceAt(host: string, others: Iterable<Endpoint>): boolean {
  const place = placeOf(host)
  let left = isLocalIp(host) ? MAX_PER_LOCAL_HOST : MAX_PER_GLOBAL_HOST
  for (const other of others) {
    if (other.host !== host && placeOf(other.host) !== place) continue
    if (--left === 0) return false
  }
  return true
}

/** Names of hosts, which a person gave, stand for themselves. */
function placeOf(host: string): string {
  const bytes = host.includes(':') && !isLocalIp(host) ? ipToBytes(host) : undefined
  return bytes?.length === 16 ? toHex(bytes.subarray(0, V6_NETWORK_BYTES)) : host
}
