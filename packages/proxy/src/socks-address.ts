// An address as SOCKS5 writes it (RFC 1928, 5): its kind, the address or name, the port.

import { ipFromBytes, ipToBytes } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

const IPV4 = 1
const NAME = 3
const IPV6 = 4
const PORT_BYTES = 2

/** An address and where it ends, or why there is none. */
export type ReadAddress = { readonly endpoint: Endpoint; readonly end: number } | 'incomplete' | 'invalid'

/** The bytes of an address; the host is an IP literal or a name of at most 255 ASCII characters. */
export function addressBytes({ host, port }: Endpoint): Uint8Array {
  const ip = ipToBytes(host)
  const kind = ip === undefined ? [NAME, host.length] : [ip.length === 4 ? IPV4 : IPV6]
  return Uint8Array.of(...kind, ...(ip ?? new TextEncoder().encode(host)), port >>> 8, port & 0xff)
}

/** Reads the address that begins at `at`. */
export function readAddress(bytes: Uint8Array, at: number): ReadAddress {
  const kind = bytes[at]
  if (kind === undefined) return 'incomplete'
  const place = placeOf(bytes, at)
  if (place === undefined) return kind === NAME ? 'incomplete' : 'invalid'
  const end = place.end + PORT_BYTES
  if (bytes.length < end) return 'incomplete'
  const raw = bytes.subarray(place.start, place.end)
  const host = kind === NAME ? nameOf(raw) : ipFromBytes(raw)
  if (host === undefined) return 'invalid'
  return { endpoint: { host, port: bytes[place.end]! * 256 + bytes[place.end + 1]! }, end }
}

/** Where the host is; `undefined` when that is not known. */
function placeOf(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | undefined {
  const kind = bytes[at]
  if (kind === IPV4) return { start: at + 1, end: at + 5 }
  if (kind === IPV6) return { start: at + 1, end: at + 17 }
  const length = bytes[at + 1]
  return kind === NAME && length !== undefined ? { start: at + 2, end: at + 2 + length } : undefined
}

/** Printable ASCII only: it may end up in a message. */
function nameOf(raw: Uint8Array): string | undefined {
  const name = String.fromCharCode(...raw)
  return /^[\x21-\x7e]*$/.test(name) ? name : undefined
}
