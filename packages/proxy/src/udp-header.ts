// The header of a datagram between us and a SOCKS5 relay (RFC 1928, 7).

import type { Endpoint } from '@ccbt/address'
import { concatBytes } from '@ccbt/primitives'

import { addressBytes, readAddress } from './socks-address.ts'

const RESERVED_AND_FRAGMENT = new Uint8Array(3)

/** Longest header of an IP address. */
export const UDP_HEADER_BYTES = 22

/** What stands in front of a datagram to `target`. */
export function udpHeader(target: Endpoint): Uint8Array {
  return concatBytes([RESERVED_AND_FRAGMENT, addressBytes(target)])
}

/** Who sent a datagram, and what; `undefined` for what is no datagram, and for fragments. */
export function readDatagram(bytes: Uint8Array): { readonly from: Endpoint; readonly payload: Uint8Array } | undefined {
  if (bytes.length < RESERVED_AND_FRAGMENT.length || bytes[2] !== 0) return undefined
  const address = readAddress(bytes, RESERVED_AND_FRAGMENT.length)
  if (typeof address === 'string') return undefined
  return { from: address.endpoint, payload: bytes.subarray(address.end) }
}
